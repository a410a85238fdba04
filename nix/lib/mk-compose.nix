# The compose file, as data and as derivations. It says nothing of a service that the description or the image knows
# already: image, tag, ports, health check and state come from there.
{
  pkgs,
  # name of the compose project
  name,
  services,
  # images by service, with `imageName` and `imageTag`
  images,
  probe ? null,
  # by service: keys of compose that only this deployment knows, over those below
  extra ? { },
  # by name: those of compose
  networks ? null,
  secrets ? { },
  # address of the host that published ports are bound to
  address ? "127.0.0.1",
}:

let
  inherit (pkgs) lib;

  described = lib.mapAttrs (
    name: service: import ./mk-service.nix { inherit probe name service; }
  ) services;

  # One volume per directory; the names of further ones end in the directory's own.
  volumesOf =
    name: service:
    map (path: {
      inherit path;
      name = if path == service.state then "${name}-data" else "${name}-${baseNameOf path}";
    }) service.volumes;

  used = lib.concatMap (service: service.networks) (lib.attrValues described);

  mkService =
    name: service:
    {
      image = "${images.${name}.imageName}:${images.${name}.imageTag}";
      pull_policy = "never";
      restart = "unless-stopped";
      networks = service.networks;

      read_only = true;
      tmpfs = [ "/tmp:mode=1777,size=64m" ];
      cap_drop = [ "ALL" ];
      security_opt = [ "no-new-privileges:true" ];
      deploy.resources.limits = service.limits;

      healthcheck = {
        test = [ "CMD" ] ++ service.health;
        interval = "15s";
        timeout = "5s";
        start_period = "60s";
        retries = 3;
      };

      logging = {
        driver = "json-file";
        options = {
          max-size = "10m";
          max-file = "3";
        };
      };
    }
    // lib.optionalAttrs (service.published != [ ]) {
      ports = map (port: "${address}:${toString port}:${toString port}") service.published;
    }
    // lib.optionalAttrs (service.volumes != [ ]) {
      volumes = map (volume: "${volume.name}:${volume.path}") (volumesOf name service);
    }
    // lib.optionalAttrs (service.after != { }) {
      depends_on = lib.mapAttrs (_: condition: { inherit condition; }) service.after;
    }
    // extra.${name} or { };

  config = {
    inherit name;

    services = lib.mapAttrs mkService described;

    networks = if networks == null then lib.genAttrs used (_: { }) else networks;

    volumes = lib.listToAttrs (
      map (volume: lib.nameValuePair volume.name { }) (
        lib.concatLists (lib.attrValues (lib.mapAttrs volumesOf described))
      )
    );
  }
  // lib.optionalAttrs (secrets != { }) { inherit secrets; };
in
{
  inherit config;
  yaml = (pkgs.formats.yaml { }).generate "docker-compose.yaml" config;
  json = pkgs.writeText "docker-compose.json" (builtins.toJSON config);
}
