# perSystem.devshells.
{ flake-parts-lib, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption ({ config, pkgs, ... }: {
    options.devshells = mkOption {
      default = { };
      type = types.lazyAttrsOf (types.submoduleWith {
        modules = [ ./module.nix { _module.args = { inherit pkgs; }; } ];
        specialArgs.extraModulesPath = "";
      });
    };
    config.devShells = builtins.mapAttrs (_: shell: shell.devshell.shell) config.devshells;
  });
}
