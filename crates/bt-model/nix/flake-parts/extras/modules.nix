# flake.modules.CLASS.NAME: modules of any class for other flakes.
{ lib, moduleLocation, ... }:
let
  inherit (lib) mkOption types;
  published = class: name: module:
    if class == "generic" then module
    # A function, which submodules take for a module and not for configuration.
    else { ... }: {
      _class = class;
      _file = "${toString moduleLocation}#modules.${lib.strings.escapeNixIdentifier class}.${lib.strings.escapeNixIdentifier name}";
      imports = [ module ];
    };
in
{
  options.flake.modules = mkOption {
    type = types.lazyAttrsOf (types.lazyAttrsOf types.deferredModule);
    apply = builtins.mapAttrs (class: builtins.mapAttrs (published class));
  };
}
