# perSystem.pre-commit.
{ flake-parts-lib, lib, self, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption ({ config, pkgs, ... }:
    let
      cfg = config.pre-commit;
      shown = default: type: mkOption { inherit default type; readOnly = true; };
    in
    {
      options.pre-commit = {
        check.enable = mkOption { type = types.bool; default = true; };
        pkgs = mkOption { type = types.uniq (types.lazyAttrsOf types.raw); default = pkgs; };
        settings = mkOption {
          default = { };
          type = types.submoduleWith { modules = [ ./module.nix ]; specialArgs = { inherit (cfg) pkgs; }; };
        };
        shellHook = shown cfg.settings.shellHook types.str;
        installationScript = shown cfg.settings.installationScript types.str;
        devShell = shown (pkgs.mkShell { inherit (cfg.settings) shellHook; nativeBuildInputs = cfg.settings.enabledPackages; }) types.package;
      };
      config = {
        checks = lib.optionalAttrs cfg.check.enable { pre-commit = cfg.settings.run; };
        pre-commit.settings.rootSrc = self.outPath;
      };
    });
}
