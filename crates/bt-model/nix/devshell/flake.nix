# devshell: shells for developers.
{
  description = "A model of numtide/devshell";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
    in
    {
      legacyPackages = helper.eachSystem (system: import ./default.nix { nixpkgs = helper.pkgsFor system; });
      packages = helper.eachSystem (system: helper.openSet (helper.pkgsFor system) "devshell" { });
      lib.importTOML = import ./import-toml.nix;
      overlay = import ./overlay.nix;
      overlays.default = import ./overlay.nix;
      flakeModule = ./flake-module.nix;
      flakeModules.default = ./flake-module.nix;
      templates = { };
    };
}
