# The compose file, as data and as derivations. It holds nothing that services.nix or an image knows already.
{
  pkgs,
  ports,
  services,
  images,
}:

let
  inherit (pkgs) lib;

  volumeName = name: "${name}-data";

  # Grafana's secrets: files on the host, mounted at /run/secrets/NAME. Their directory is not known here, and a path
  # relative to the compose file would lie in the Nix store.
  secretNames = [
    "grafana-admin-password"
    "grafana-secret-key"
  ];

  # What only the deployment knows, over what the image brings along.
  extra = {
    backend.environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT = "http://alloy:${toString ports.otlpHttp}";
      OTEL_EXPORTER_OTLP_PROTOCOL = "http/json";
    };
    grafana.secrets = secretNames;
  };

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
      ports = map (port: "127.0.0.1:${toString port}:${toString port}") service.published;
    }
    // lib.optionalAttrs (service.state != null) {
      volumes = [ "${volumeName name}:${service.state}" ];
    }
    // lib.optionalAttrs (service.after != { }) {
      depends_on = lib.mapAttrs (_: condition: { inherit condition; }) service.after;
    }
    // extra.${name} or { };

  stateful = lib.filterAttrs (_: service: service.state != null) services;

  config = {
    name = "bt-reference";

    services = lib.mapAttrs mkService services;

    networks = {
      app = { };
      telemetry = { };
    };

    volumes = lib.mapAttrs' (name: _: lib.nameValuePair (volumeName name) { }) stateful;

    secrets = lib.genAttrs secretNames (name: {
      file = "\${BT_SECRETS_DIR:?directory of the secret files}/${name}";
    });
  };
in
{
  inherit config;
  yaml = (pkgs.formats.yaml { }).generate "docker-compose.yaml" config;
  json = pkgs.writeText "docker-compose.json" (builtins.toJSON config);
}
