# The functions for one set of packages.
{ system ? builtins.currentSystem, inputs ? null, nixpkgs ? (import ./nixpkgs/helper.nix { bt = __bt; }).pkgsFor system }:
rec {
  importTOML = import ./import-toml.nix;
  eval = { configuration, extraSpecialArgs ? { }, lib ? nixpkgs.lib }:
    let
      module = lib.evalModules {
        modules = [ ./module.nix { _module.args.pkgs = nixpkgs; } configuration ];
        specialArgs = { extraModulesPath = ""; } // extraSpecialArgs;
      };
    in
    { inherit (module) config options; inherit (module.config.devshell) shell; };
  mkShell = configuration: (eval { inherit configuration; }).shell;
  fromTOML = file: mkShell (importTOML file);
  mkNakedShell = { name, ... }: nixpkgs.mkShell { inherit name; };
  extraModulesDir = "";
  extraModulesPath = "";
}
