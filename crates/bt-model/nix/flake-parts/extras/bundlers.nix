# perSystem.bundlers: functions from a package to a package.
{ flake-parts-lib, lib, ... }:
flake-parts-lib.mkTransposedPerSystemModule {
  name = "bundlers";
  file = ./bundlers.nix;
  option = lib.mkOption { type = lib.types.lazyAttrsOf (lib.types.functionTo lib.types.package); default = { }; };
}
