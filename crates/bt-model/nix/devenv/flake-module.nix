# perSystem.devenv. Containers of a shell are not made: they come from options that are not known here.
{ flake-parts-lib, lib, ... }:
let
  inherit (lib) mkOption types;
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption ({ config, pkgs, ... }: {
    options.devenv = {
      modules = mkOption { type = types.listOf types.deferredModule; default = [ ]; };
      root = mkOption { type = types.nullOr types.str; default = null; };
      shells = mkOption { type = types.lazyAttrsOf types.deferredModule; default = { }; apply = builtins.mapAttrs (_: _: import ./config.nix { inherit helper pkgs; }); };
    };
    config.devShells = builtins.mapAttrs (_: shell: shell.shell) config.devenv.shells;
  });
}
