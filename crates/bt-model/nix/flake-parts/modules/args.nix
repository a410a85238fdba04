# Ways from the top level into a system: withSystem, moduleWithSystem and getSystem.
{ config, getSystem, lib, flake-parts-lib, withSystem, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption ({ config, options, specialArgs, ... }: {
    _file = ./args.nix;
    options.allModuleArgs = mkOption { type = types.lazyAttrsOf types.raw; internal = true; readOnly = true; };
    config.allModuleArgs = config._module.args // specialArgs // { inherit config options; };
  });
  config._module.args = {
    getSystem = system: config.allSystems.${system} or (config.perSystem system);
    getSystemIgnoreWarning = system: config.allSystems.${system} or (config.perSystem system);
    withSystem = system: f: f (getSystem system).allModuleArgs;
    moduleWithSystem = module: { config, ... }:
      let
        known = config._module.args;
        system = known.system or known.pkgs.stdenv.hostPlatform.system;
        available = withSystem system lib.id;
        argument = name: _: available.${name} or (throw "moduleWithSystem: there is no module argument `${name}`");
      in
      # Only what the module names is passed, so that nothing else is looked at.
      { imports = [ (module (builtins.mapAttrs argument (lib.functionArgs module))) ]; };
  };
}
