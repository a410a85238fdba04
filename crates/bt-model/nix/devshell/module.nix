# The options of a shell that others read; the rest is free.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  freeformType = types.lazyAttrsOf types.anything;
  options = {
    name = mkOption { type = types.str; default = "devshell"; };
    packages = mkOption { type = types.listOf types.raw; default = [ ]; };
    packagesFrom = mkOption { type = types.listOf types.raw; default = [ ]; };
    commands = mkOption { type = types.listOf types.raw; default = [ ]; };
    env = mkOption { type = types.listOf types.raw; default = [ ]; };
    devshell = mkOption {
      default = { };
      type = types.submodule {
        freeformType = types.lazyAttrsOf types.anything;
        options = {
          name = mkOption { type = types.str; default = config.name; };
          packages = mkOption { type = types.listOf types.raw; default = [ ]; };
          shell = mkOption {
            type = types.raw;
            default = pkgs.mkShell { name = config.devshell.name; packages = config.packages ++ config.devshell.packages; };
          };
        };
      };
    };
  };
}
