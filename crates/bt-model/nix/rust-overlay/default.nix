# The overlay. A toolchain is an opaque package: its version is in its path (rust-bin.stable."1.80.0".default).
final: prev:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  set = path: helper.openSet final path;
  rust-bin = prev.rust-bin or { } // set "rust-bin" {
    # These call their argument with the toolchains there are.
    selectLatestNightlyWith = choose: choose rust-bin.nightly.latest;
  };
  channels = { inherit (rust-bin) stable beta nightly; };
  latest = builtins.mapAttrs (_: channel: channel.latest) channels;
in
{
  inherit rust-bin;
  rustChannels = latest;
  latest = { rustChannels = latest; };
  rustChannelOf = _: set "rust-bin.channel" { };
  rustChannelOfTargets = _: _: _: helper.package final "rust-bin.channel.rust" { };
}
