# The overlay.
final: _:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  build = helper.builder final "buildGoModule";
in
{
  go-bin = helper.openSet final "go-bin" { };
  buildGoApplication = build;
  buildGoWorkspace = build;
  mkVendorEnv = args: helper.package final "mkVendorEnv" { pname = "vendor-env"; };
}
