# Outputs that depend on the system: perSystem.X becomes X.SYSTEM, and inputs.I.X.SYSTEM becomes inputs'.I.X.
{ config, lib, ... }:
let
  inherit (builtins) mapAttrs;
  inherit (lib) mkOption types;
  missing = flake: name: system:
    let
      shown = if flake._type or null == "flake" then "the flake ${toString flake.outPath}" else "a value that is no flake";
      hint =
        if flake ? ${name} then "; it has `${name}`, but not for this system"
        else if name == "packages" && flake ? legacyPackages then "; it has `legacyPackages`"
        else "";
    in
    throw "${shown} has no attribute `${name}.${system}`${hint}";
in
{
  options.transposition = mkOption {
    type = types.lazyAttrsOf (types.submoduleWith {
      modules = [{ options.adHoc = mkOption { type = types.bool; default = false; }; }];
    });
  };
  config = {
    flake = mapAttrs
      (name: _: mapAttrs (_: system: system.${name} or (abort "perSystem has no option `${name}`, which `transposition.${name}` needs")) config.allSystems)
      config.transposition;
    perInput = system: flake: mapAttrs (name: _: flake.${name}.${system} or (missing flake name system)) config.transposition;
    perSystem.options = mapAttrs (_: _: mkOption { }) (lib.filterAttrs (_: t: t.adHoc) config.transposition);
  };
}
