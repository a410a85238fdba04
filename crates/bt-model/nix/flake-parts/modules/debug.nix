# debug = true: the evaluated modules as outputs.
{ config, extendModules, flake-parts-lib, getSystem, lib, options, ... }:
let
  inherit (lib) mkOption types;
  shown = { config, options, extendModules }@all: config // all // { inherit (config) _module; };
in
{
  options.debug = mkOption { type = types.bool; default = false; };
  options.perSystem = flake-parts-lib.mkPerSystemOption ({ config, extendModules, options, ... }: {
    _file = ./debug.nix;
    options.debug = mkOption { type = types.lazyAttrsOf types.raw; };
    config.debug = shown { inherit config extendModules options; };
  });
  config = lib.mkIf config.debug {
    flake = {
      debug = shown { inherit config extendModules options; };
      allSystems = builtins.mapAttrs (_: system: system.debug) config.allSystems;
    } // lib.optionalAttrs (builtins ? currentSystem) {
      currentSystem = (getSystem builtins.currentSystem).debug;
    };
  };
}
