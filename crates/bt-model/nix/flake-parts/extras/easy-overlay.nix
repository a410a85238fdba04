# overlays.default from perSystem.overlayAttrs, which is evaluated again with the packages that the overlay is given.
{ config, flake-parts-lib, getSystemIgnoreWarning, lib, ... }:
let
  inherit (lib) mkOption types;
  overlays = config.flake.overlays;
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption ({ extendModules, pkgs, ... }: {
    _file = ./easy-overlay.nix;
    options = {
      overlayAttrs = mkOption { type = types.lazyAttrsOf types.raw; default = { }; };
      extendModules = mkOption { type = types.raw; default = extendModules; internal = true; };
    };
    config._module.args.final = lib.mkDefault (pkgs.extend overlays.default);
  });
  config.flake.overlays.default = final: prev:
    let
      system = prev.stdenv.hostPlatform.system or prev.system;
      again = (getSystemIgnoreWarning system).extendModules {
        modules = [{
          _file = ./easy-overlay.nix;
          _module.args = { pkgs = lib.mkForce prev; final = lib.mkForce final; };
        }];
      };
    in
    again.config.overlayAttrs;
}
