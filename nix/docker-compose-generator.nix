# The compose file, as data and as derivations. What follows from services.nix is in lib/mk-compose.nix; here is what
# only this deployment knows.
{
  pkgs,
  ports,
  probe,
  services,
  images,
}:

let
  inherit (pkgs) lib;
  inherit (import ./lib) mkCompose;

  # Grafana's secrets: files on the host, mounted at /run/secrets/NAME. Their directory is not known here, and a path
  # relative to the compose file would lie in the Nix store.
  secretNames = [
    "grafana-admin-password"
    "grafana-secret-key"
  ];
in
mkCompose {
  inherit
    pkgs
    probe
    services
    images
    ;
  name = "bt-reference";

  extra = {
    backend.environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT = "http://alloy:${toString ports.otlpHttp}";
      OTEL_EXPORTER_OTLP_PROTOCOL = "http/json";
    };
    grafana.secrets = secretNames;
  };

  networks = {
    app = { };
    telemetry = { };
  };

  secrets = lib.genAttrs secretNames (name: {
    file = "\${BT_SECRETS_DIR:?directory of the secret files}/${name}";
  });
}
