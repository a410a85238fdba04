# rust-overlay: Rust toolchains by version.
{
  description = "A model of oxalica/rust-overlay";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
      overlay = import ./default.nix;
    in
    {
      inherit overlay;
      overlays = { default = overlay; inherit overlay; rust-overlay = overlay; };
      lib.mkRustBin = _: pkgs: (overlay pkgs { }).rust-bin;
      packages = helper.eachSystem (system: helper.openSet (helper.pkgsFor system) "rust-overlay" { });
    };
}
