# Its options are accepted and have no effect: what runs after a build is no package.
{ flake-parts-lib, lib, ... }:
let
  inherit (lib) mkOption types;
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  free = mkOption { type = types.lazyAttrsOf types.anything; default = { }; };
in
{
  options = {
    defaultEffectSystem = mkOption { type = types.str; default = "x86_64-linux"; };
    hercules-ci = free;
    herculesCI = mkOption { type = types.deferredModule; default = { }; };
    flake.herculesCI = mkOption { type = types.raw; default = _: { }; };
    perSystem = flake-parts-lib.mkPerSystemOption ({ pkgs, ... }: {
      options.hercules-ci = free;
      config._module.args.hci-effects = helper.openSet pkgs "hci-effects" { };
    });
  };
}
