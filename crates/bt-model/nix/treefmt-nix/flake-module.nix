# perSystem.treefmt.
{ flake-parts-lib, lib, self, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption ({ config, pkgs, ... }: {
    options.treefmt = mkOption {
      default = { };
      type = (import ./default.nix).submoduleWith lib {
        modules = [{
          options = {
            pkgs = mkOption { default = pkgs; };
            flakeCheck = mkOption { type = types.bool; default = true; };
            flakeFormatter = mkOption { type = types.bool; default = true; };
            projectRoot = mkOption { type = types.raw; default = self; };
          };
          config.projectRootFile = lib.mkDefault "flake.nix";
        }];
      };
    };
    config = {
      checks = lib.mkIf config.treefmt.flakeCheck { treefmt = config.treefmt.build.check config.treefmt.projectRoot; };
      formatter = lib.mkIf config.treefmt.flakeFormatter (lib.mkDefault config.treefmt.build.wrapper);
    };
  });
}
