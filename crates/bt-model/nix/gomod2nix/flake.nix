# gomod2nix: builds of Go programs from a gomod2nix.toml.
{
  description = "A model of nix-community/gomod2nix";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
      builders = system: import ./builders.nix { pkgs = helper.pkgsFor system; };
    in
    {
      overlays.default = import ./overlay.nix;
      legacyPackages = helper.eachSystem builders;
      packages = helper.eachSystem (system: let inherit (builders system) gomod2nix; in { inherit gomod2nix; default = gomod2nix; });
      templates = { };
    };
}
