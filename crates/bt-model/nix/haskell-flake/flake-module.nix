# perSystem.haskellProjects. Which packages a project has is in its Cabal files, which are not read: none are added.
{ flake-parts-lib, lib, ... }:
let
  inherit (lib) mkOption types;
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption ({ pkgs, ... }: {
    options.haskellProjects = mkOption {
      default = { };
      type = types.lazyAttrsOf types.deferredModule;
      apply = builtins.mapAttrs (name: _: {
        outputs = helper.openSet pkgs "haskellProjects.${name}" {
          devShell = pkgs.mkShell { inherit name; };
          packages = helper.bt.open { } (package: { package = helper.package pkgs "haskellPackages.${package}" { }; exes = { }; });
          apps = { };
          checks = { };
        };
      });
    };
  });
  options.flake.haskellFlakeProjectModules = mkOption { type = types.lazyAttrsOf types.deferredModule; default = { }; };
}
