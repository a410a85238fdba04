# touchup: which attributes of the flake are shown, and how they are changed.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  # The options for a set of attributes; those of one attribute also say whether it is there.
  level = { config, options, ... }:
    let
      one = name: value:
        let
          module = if config.attr ? ${name} then config.attr.${name} else attribute;
          result = (lib.evalModules {
            prefix = lib.init options.attr.loc;
            specialArgs.attrName = name;
            modules = [ module ] ++ lib.optional (config.any != null) config.any;
          }).config;
        in
        lib.optionalAttrs result.enable { ${name} = result.touchupApply value; };
      deferred = types.deferredModuleWith { staticModules = [ attribute ]; };
    in
    {
      options = {
        attr = mkOption { type = types.lazyAttrsOf deferred; default = { }; };
        any = mkOption { type = types.nullOr deferred; default = null; };
        type = mkOption { type = types.raw; default = types.raw; };
        finish = mkOption { type = types.functionTo config.type; default = lib.id; };
        touchupApply = mkOption { type = types.functionTo types.raw; readOnly = true; internal = true; };
      };
      config.touchupApply = value:
        config.finish (if config.attr == { } && config.any == null then value else lib.concatMapAttrs one value);
    };
  attribute = {
    key = "touchup-attribute";
    imports = [ level ];
    options.enable = mkOption { type = types.bool; default = true; };
  };
in
{
  options.touchup = mkOption { type = types.submoduleWith { modules = [ level ]; }; };
  config.processedFlake = config.touchup.touchupApply config.flake;
}
