# go-overlay: Go toolchains by version, and builders.
{
  description = "A model of purpleclay/go-overlay";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
      overlay = import ./default.nix;
    in
    {
      overlays = { default = overlay; go-overlay = overlay; };
      lib.mkGoBin = pkgs: (overlay pkgs { }).go-bin;
      packages = helper.eachSystem (system: helper.openSet (helper.pkgsFor system) "go-overlay" { });
      templates = { };
    };
}
