# The outputs that flakes usually have, as modules.
{ lib, parts }:
let
  inherit (lib) mkOption types;
  file = ./outputs.nix;
  perSystem = name: type: parts.mkTransposedPerSystemModule { inherit name file; option = mkOption { inherit type; default = { }; }; };
  derivation = types.package // { check = lib.isDerivation; };
  app = types.submodule {
    options = {
      type = mkOption { type = types.enum [ "app" ]; default = "app"; };
      program = mkOption { type = types.coercedTo derivation lib.getExe types.str; };
      meta = mkOption { type = types.lazyAttrsOf types.raw; default = { }; };
    };
  };
  overlay = types.uniq (types.functionTo (types.functionTo (types.lazyAttrsOf types.unspecified)));
in
{
  apps = perSystem "apps" (types.lazyAttrsOf app);
  checks = perSystem "checks" (types.lazyAttrsOf types.package);
  devShells = perSystem "devShells" (types.lazyAttrsOf types.package);
  legacyPackages = perSystem "legacyPackages" (types.lazyAttrsOf types.raw);
  packages = perSystem "packages" (types.lazyAttrsOf types.package);
  nixosConfigurations = {
    _file = file;
    options.flake.nixosConfigurations = mkOption { type = types.lazyAttrsOf types.raw; default = { }; };
  };
  nixosModules = { moduleLocation, ... }: {
    _file = file;
    options.flake.nixosModules = mkOption {
      type = types.lazyAttrsOf types.deferredModule;
      default = { };
      apply = builtins.mapAttrs (name: module: {
        _class = "nixos";
        _file = "${toString moduleLocation}#nixosModules.${name}";
        imports = [ module ];
      });
    };
  };
  overlays = {
    _file = file;
    options.flake.overlays = mkOption {
      type = types.lazyAttrsOf overlay;
      default = { };
      # An overlay is a plain function.
      apply = builtins.mapAttrs (_: merged: final: prev: merged final prev);
    };
  };
}
