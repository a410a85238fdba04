# devenv: shells with services and processes. Its options are many; what a shell is configured with stays opaque.
{
  description = "A model of cachix/devenv";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
      own = system: helper.openSet (helper.pkgsFor system) "devenv" { };
      lib = {
        mkEval = { pkgs, modules ? [ ], inputs ? { }, lib ? pkgs.lib }: {
          config = import ./config.nix { inherit helper pkgs; };
          options = { };
          type = lib.types.raw;
        };
        mkConfig = args: (lib.mkEval args).config;
        mkShell = args:
          let
            config = lib.mkConfig args;
          in
          config.shell // { inherit config; ci = config.ciDerivation; };
      };
      module = ./flake-module.nix;
    in
    {
      inherit lib;
      packages = helper.eachSystem own;
      modules = ./.;
      flakeModule = module;
      flakeModules = { default = module; readDevenvRoot = { }; };
      overlays.default = final: _: { devenv = helper.package final "devenv" { mainProgram = "devenv"; }; };
      templates = { };
    };
}
