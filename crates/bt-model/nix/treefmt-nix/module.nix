# The options that others read; the rest is free.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  package = helper.package pkgs;
  program = types.submodule ({ name, ... }: {
    freeformType = types.lazyAttrsOf types.anything;
    options = {
      enable = mkOption { type = types.bool; default = false; };
      package = mkOption { type = types.raw; default = pkgs.${name}; };
    };
  });
  enabled = lib.filterAttrs (_: p: p.enable) config.programs;
  programs = builtins.mapAttrs (_: p: p.package) enabled;
  wrapper = package "treefmt" { mainProgram = "treefmt"; };
in
{
  freeformType = types.lazyAttrsOf types.anything;
  options = {
    package = mkOption { type = types.raw; default = pkgs.treefmt; };
    projectRootFile = mkOption { type = types.nullOr types.str; default = ".git/config"; };
    enableDefaultExcludes = mkOption { type = types.bool; default = true; };
    programs = mkOption { type = types.lazyAttrsOf program; default = { }; };
    settings = mkOption { type = types.lazyAttrsOf types.anything; default = { }; };
    build = lib.genAttrs [ "check" "configFile" "devShell" "programs" "wrapper" ] (_: mkOption { type = types.raw; });
  };
  config.build = {
    inherit programs wrapper;
    check = _: package "treefmt-check" { };
    configFile = package "treefmt.toml" { };
    devShell = pkgs.mkShell { name = "treefmt"; packages = [ wrapper ] ++ builtins.attrValues programs; };
  };
}
