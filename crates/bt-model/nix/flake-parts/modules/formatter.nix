# `formatter` may be unset, and a flake that sets it for no system has none: that is asked of a system that is not there.
{ config, flake-parts-lib, lib, ... }:
let
  inherit (lib) mkOption types;
  nowhere = builtins.tryEval (config.perSystem (throw "the formatter is looked for without a system")).formatter;
  some = !nowhere.success || nowhere.value != null;
  formatterOf = system: values:
    if values.formatter != null then values.formatter else throw "no formatter is defined for ${system}, but perhaps for other systems";
in
{
  options.flake.formatter = mkOption { type = types.lazyAttrsOf (types.nullOr types.package); default = { }; };
  options.perSystem = flake-parts-lib.mkPerSystemOption {
    _file = ./formatter.nix;
    options.formatter = mkOption { type = types.nullOr types.package; default = null; };
  };
  config = {
    flake.formatter = lib.optionalAttrs some (builtins.mapAttrs formatterOf config.allSystems);
    perInput = system: flake: { formatter = flake.formatter.${system}; };
  };
}
