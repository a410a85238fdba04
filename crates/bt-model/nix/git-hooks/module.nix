# The options that others read. Hooks have more options than are known here; a hook's package is one of nixpkgs.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  hook = types.submodule ({ name, ... }: {
    freeformType = types.lazyAttrsOf types.anything;
    options = {
      enable = mkOption { type = types.bool; default = false; };
      package = mkOption { type = types.raw; default = pkgs.${name}; };
    };
  });
  enabled = builtins.filter (h: h.enable) (builtins.attrValues config.hooks);
in
{
  freeformType = types.lazyAttrsOf types.anything;
  options = {
    enable = mkOption { type = types.bool; default = true; };
    hooks = mkOption { type = types.lazyAttrsOf hook; default = { }; };
    settings = mkOption { type = types.lazyAttrsOf types.anything; default = { }; };
    excludes = mkOption { type = types.listOf types.str; default = [ ]; };
    tools = mkOption { type = types.lazyAttrsOf types.raw; default = { }; };
    package = mkOption { type = types.raw; default = pkgs.pre-commit; };
    rootSrc = mkOption { type = types.raw; };
    run = mkOption { type = types.raw; default = helper.package pkgs "pre-commit-run" { }; };
    enabledPackages = mkOption { type = types.listOf types.raw; default = [ config.package ] ++ map (h: h.package) enabled; };
    shellHook = mkOption { type = types.str; default = ""; };
    installationScript = mkOption { type = types.str; default = ""; };
  };
}
