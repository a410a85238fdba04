# flake.flakeModules: modules for other flakes.
{ flake-parts-lib, lib, moduleLocation, ... }:
let
  inherit (lib) mkOption types;
  published = name: module:
    let
      place = "${toString moduleLocation}#flakeModules.${name}";
    in
    { _class = "flake"; _file = place; key = place; imports = [ module ]; };
in
{
  options.flake = mkOption {
    type = types.submoduleWith {
      modules = [
        (flake-parts-lib.mkAliasOptionModule [ "flakeModule" ] [ "flakeModules" "default" ])
        {
          options.flakeModules = mkOption {
            type = types.lazyAttrsOf types.deferredModule;
            default = { };
            apply = builtins.mapAttrs published;
          };
        }
      ];
    };
  };
}
