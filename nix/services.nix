# The services, described once: containers.nix and docker-compose-generator.nix both read this, so that an image and
# its compose service cannot disagree about a port, a user, a state directory or a health check.
#
# Per service (lib/README.md has all, and what comes by default):
#   summary    one line, for the image's label
#   uid        the numeric user and group that the program runs as
#   config     what makes the image's configuration its own: the command by store paths, variables
#   exposed    ports that the program listens on for others
#   published  the part of them that the compose file binds on the host's loopback address
#   state      directory that outlives the container, or null
#   ready      port and path that tell whether the program is well. There is no shell and no curl in the images: the
#              probe asks over HTTP, unless the program can tell itself (`health`).
#   networks   compose networks; a service reaches only those it shares one with
#   after      services to wait for, and what to wait for
#   limits     memory, CPUs, processes
{
  pkgs,
  ports,
  configs,
  backend,
  grafana-plugin,
}:

let
  # Grafana looks for one directory per plugin. From Grafana 13.1 on, more and more data sources are plugins as well:
  # they join this list as pkgs.grafanaPlugins.tempo and so on.
  grafanaPlugins = pkgs.linkFarm "grafana-plugins" [
    {
      name = "betracehq-status-panel";
      path = grafana-plugin;
    }
  ];
in
{
  backend = {
    summary = "Example service with health, metrics and OTLP traces";
    uid = 10001;
    config = {
      Cmd = [ "${backend}/bin/bt-backend" ];
      Env = [
        "PORT=${toString ports.backend}"
        "OTEL_SERVICE_NAME=bt-backend"
      ];
    };
    exposed = [ ports.backend ];
    published = [ ports.backend ];
    state = null;
    ready = {
      port = ports.backend;
      path = "/health";
    };
    health = [
      "${backend}/bin/bt-backend"
      "--healthcheck"
    ];
    networks = [
      "app"
      "telemetry"
    ];
    # Telemetry that cannot be delivered is dropped: it is no reason not to start.
    after.alloy = "service_started";
    limits = {
      memory = "128M";
      cpus = "0.50";
      pids = 64;
    };
  };

  frontend = {
    summary = "Static site served by Caddy, which also passes /api on to the backend";
    uid = 10002;
    config = {
      Cmd = [
        "${pkgs.caddy}/bin/caddy"
        "run"
        "--adapter"
        "caddyfile"
        "--config"
        "${configs.frontend}/etc/caddy/Caddyfile"
      ];
      Env = [
        "XDG_CONFIG_HOME=/tmp"
        "XDG_DATA_HOME=/tmp"
      ];
    };
    exposed = [ ports.frontend ];
    published = [ ports.frontend ];
    state = null;
    ready = {
      port = ports.frontend;
      path = "/healthz";
    };
    networks = [ "app" ];
    after.backend = "service_healthy";
    limits = {
      memory = "128M";
      cpus = "0.50";
      pids = 64;
    };
  };

  grafana = {
    summary = "Grafana with the status panel plugin and provisioned data sources";
    uid = 10003;
    config = {
      Cmd = [
        "${pkgs.grafana}/bin/grafana"
        "server"
        "--homepath=${pkgs.grafana}/share/grafana"
        "--config=${configs.grafana}/etc/grafana/grafana.ini"
      ];
      Env = [
        "GF_PATHS_DATA=/var/lib/grafana"
        "GF_PATHS_LOGS=/var/lib/grafana/log"
        "GF_PATHS_PLUGINS=${grafanaPlugins}"
        "GF_PATHS_PROVISIONING=${configs.grafana}/etc/grafana/provisioning"
      ];
    };
    exposed = [ ports.grafana ];
    published = [ ports.grafana ];
    state = "/var/lib/grafana";
    ready = {
      port = ports.grafana;
      path = "/api/health";
    };
    networks = [ "telemetry" ];
    after = {
      loki = "service_started";
      prometheus = "service_started";
      pyroscope = "service_started";
      tempo = "service_started";
    };
    limits = {
      memory = "512M";
      cpus = "1.00";
      pids = 256;
    };
  };

  loki = {
    summary = "Loki, the log store, as a single process";
    uid = 10004;
    config = {
      Cmd = [
        "${pkgs.grafana-loki}/bin/loki"
        "-config.file=${configs.loki}/etc/loki/loki.yaml"
      ];
    };
    exposed = [ ports.loki ];
    published = [ ];
    state = "/var/lib/loki";
    ready = {
      port = ports.loki;
      path = "/ready";
    };
    networks = [ "telemetry" ];
    after = { };
    limits = {
      memory = "512M";
      cpus = "1.00";
      pids = 256;
    };
  };

  tempo = {
    summary = "Tempo, the trace store, as a single process";
    uid = 10005;
    config = {
      Cmd = [
        "${pkgs.tempo}/bin/tempo"
        "-config.file=${configs.tempo}/etc/tempo/tempo.yaml"
      ];
    };
    exposed = [
      ports.tempo
      ports.tempoOtlpGrpc
    ];
    published = [ ];
    state = "/var/lib/tempo";
    ready = {
      port = ports.tempo;
      path = "/ready";
    };
    networks = [ "telemetry" ];
    after.prometheus = "service_started";
    limits = {
      memory = "512M";
      cpus = "1.00";
      pids = 256;
    };
  };

  prometheus = {
    summary = "Prometheus, the metrics store";
    uid = 10006;
    config = {
      Cmd = [
        "${pkgs.prometheus}/bin/prometheus"
        "--config.file=${configs.prometheus}/etc/prometheus/prometheus.yaml"
        "--storage.tsdb.path=/var/lib/prometheus"
        "--storage.tsdb.retention.time=15d"
        "--web.listen-address=0.0.0.0:${toString ports.prometheus}"
        "--web.enable-remote-write-receiver"
        "--enable-feature=exemplar-storage"
      ];
    };
    exposed = [ ports.prometheus ];
    published = [ ports.prometheus ];
    state = "/var/lib/prometheus";
    ready = {
      port = ports.prometheus;
      path = "/-/healthy";
    };
    networks = [ "telemetry" ];
    after = { };
    limits = {
      memory = "512M";
      cpus = "1.00";
      pids = 256;
    };
  };

  pyroscope = {
    summary = "Pyroscope, the profile store, as a single process";
    uid = 10007;
    # Paths that its configuration leaves at their defaults are relative: they land in the working directory.
    config = {
      Cmd = [
        "${pkgs.pyroscope}/bin/pyroscope"
        "-config.file=${configs.pyroscope}/etc/pyroscope/pyroscope.yaml"
      ];
    };
    exposed = [ ports.pyroscope ];
    published = [ ];
    state = "/var/lib/pyroscope";
    ready = {
      port = ports.pyroscope;
      path = "/ready";
    };
    networks = [ "telemetry" ];
    after = { };
    limits = {
      memory = "512M";
      cpus = "1.00";
      pids = 256;
    };
  };

  alloy = {
    summary = "Alloy, which receives OTLP and hands it on to the stores";
    uid = 10008;
    config = {
      Cmd = [
        "${pkgs.grafana-alloy}/bin/alloy"
        "run"
        "--disable-reporting"
        "--server.http.listen-addr=0.0.0.0:${toString ports.alloy}"
        "--storage.path=/var/lib/alloy"
        "${configs.alloy}/etc/alloy/config.alloy"
      ];
    };
    exposed = [
      ports.alloy
      ports.otlpGrpc
      ports.otlpHttp
    ];
    published = [
      ports.otlpGrpc
      ports.otlpHttp
    ];
    state = "/var/lib/alloy";
    ready = {
      port = ports.alloy;
      path = "/-/ready";
    };
    networks = [ "telemetry" ];
    after = {
      loki = "service_started";
      prometheus = "service_started";
      pyroscope = "service_started";
      tempo = "service_started";
    };
    limits = {
      memory = "512M";
      cpus = "1.00";
      pids = 256;
    };
  };
}
