# The services, described once: containers.nix and docker-compose-generator.nix both read this, so that an image and
# its compose service cannot disagree about a port, a user, a state directory or a health check.
#
# Per service:
#   summary    one line, for the image's label
#   uid        the numeric user and group that the program runs as
#   exposed    ports that the program listens on for others
#   published  the part of them that the compose file binds on the host's loopback address
#   state      directory that outlives the container, or null
#   health     command that tells whether the program is well. There is no shell and no curl in the images: either the
#              program can tell itself, or the probe asks it over HTTP.
#   networks   compose networks; a service reaches only those it shares one with
#   after      services to wait for, and what to wait for
#   limits     memory, CPUs, processes
{
  ports,
  backend,
  probe,
}:

let
  ask = port: path: [
    "${probe}/bin/probe"
    "http://127.0.0.1:${toString port}${path}"
  ];
in
{
  backend = {
    summary = "Example service with health, metrics and OTLP traces";
    uid = 10001;
    exposed = [ ports.backend ];
    published = [ ports.backend ];
    state = null;
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
    exposed = [ ports.frontend ];
    published = [ ports.frontend ];
    state = null;
    health = ask ports.frontend "/healthz";
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
    exposed = [ ports.grafana ];
    published = [ ports.grafana ];
    state = "/var/lib/grafana";
    health = ask ports.grafana "/api/health";
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
    exposed = [ ports.loki ];
    published = [ ];
    state = "/var/lib/loki";
    health = ask ports.loki "/ready";
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
    exposed = [
      ports.tempo
      ports.tempoOtlpGrpc
    ];
    published = [ ];
    state = "/var/tempo";
    health = ask ports.tempo "/ready";
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
    exposed = [ ports.prometheus ];
    published = [ ports.prometheus ];
    state = "/var/lib/prometheus";
    health = ask ports.prometheus "/-/healthy";
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
    exposed = [ ports.pyroscope ];
    published = [ ];
    state = "/var/lib/pyroscope";
    health = ask ports.pyroscope "/ready";
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
    health = ask ports.alloy "/-/ready";
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
