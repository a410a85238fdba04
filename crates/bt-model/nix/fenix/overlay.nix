# `fenix` and the editor support in a set of packages.
final: prev:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  fenix = helper.openSet final "fenix" { };
in
{
  inherit fenix;
  rust-analyzer-nightly = fenix.rust-analyzer;
}
