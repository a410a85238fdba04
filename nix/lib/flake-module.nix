# The same for flakes that are made with flake-parts: `imports = [ bt-lint.flakeModules.default ];`, and in `perSystem`
# what mkDeployment takes, below `containers`. Packages come of it: container-NAME, containers-all, docker-compose and
# docker-compose-json.
{
  # package of the probe by system
  probeFor,
}:

{ lib, flake-parts-lib, ... }:

let
  inherit (lib) mkOption types;

  perSystem =
    {
      config,
      pkgs,
      system,
      ...
    }:
    let
      cfg = config.containers;
    in
    {
      options.containers = {
        services = mkOption {
          type = types.lazyAttrsOf types.raw;
          default = { };
          description = "The services; nothing comes of none.";
        };
        pkgs = mkOption {
          type = types.raw;
          default = pkgs;
          description = "The packages that images are built from: those of a Linux.";
        };
        name = mkOption {
          type = types.str;
          description = "Name of the compose project.";
        };
        version = mkOption {
          type = types.str;
          description = "Tag of the images.";
        };
        revision = mkOption {
          type = types.str;
          default = "unknown";
          description = "Revision of the sources, for the labels.";
        };
        source = mkOption {
          type = types.str;
          description = "Where the sources are, for the labels.";
        };
        licenses = mkOption {
          type = types.str;
          description = "SPDX expression of the licences, for the labels.";
        };
        prefix = mkOption {
          type = types.str;
          default = "${cfg.name}-";
          description = "What the names of images begin with.";
        };
        probe = mkOption {
          type = types.raw;
          default = probeFor system;
          description = "The program that asks a service whether it is well.";
        };
        extra = mkOption {
          type = types.lazyAttrsOf types.raw;
          default = { };
          description = "By service: keys of compose that only this deployment knows.";
        };
        networks = mkOption {
          type = types.nullOr (types.lazyAttrsOf types.raw);
          default = null;
          description = "Networks of compose; those that services name when it is null.";
        };
        secrets = mkOption {
          type = types.lazyAttrsOf types.raw;
          default = { };
          description = "Secrets of compose.";
        };
        address = mkOption {
          type = types.str;
          default = "127.0.0.1";
          description = "Address of the host that published ports are bound to.";
        };
      };

      config = lib.mkIf (cfg.services != { }) {
        packages =
          (import ./mk-deployment.nix {
            inherit (cfg)
              pkgs
              name
              version
              revision
              source
              licenses
              prefix
              probe
              services
              extra
              networks
              secrets
              address
              ;
            hostPkgs = pkgs;
          }).packages;
      };
    };
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption perSystem;
}
