# git-hooks.nix: checks that run when something is committed.
{
  description = "A model of cachix/git-hooks.nix";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
      tools = system: helper.openSet (helper.pkgsFor system) "git-hooks" { };
    in
    {
      lib = helper.eachSystem (system: { run = import ./run.nix { pkgs = helper.pkgsFor system; }; });
      packages = helper.eachSystem tools;
      legacyPackages = helper.eachSystem tools;
      flakeModule = ./flake-module.nix;
      flakeModules.default = ./flake-module.nix;
      templates = { };
    };
}
