# fenix: Rust toolchains. All of them are opaque packages that can be called, joined and overridden.
{
  description = "A model of nix-community/fenix";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
      overlay = import ./overlay.nix;
    in
    {
      packages = helper.eachSystem (system: helper.openSet (helper.pkgsFor system) "fenix" { });
      inherit overlay;
      overlays.default = overlay;
    };
}
