# The container images, built by dockerTools: no Dockerfile, no base image, no shell.
#
# What all images share is in `mkImage`; what makes each of them itself (command, environment) follows below.
# Programs are named by absolute store path, which is also what brings them into the image: `contents` holds only what
# must be found at a fixed place, such as /etc/passwd.
{
  pkgs,
  version,
  revision,
  ports,
  services,
  configs,
  backend,
  grafana-plugin,
}:

let
  inherit (pkgs) lib;

  # Nanoseconds, the unit of health check times in an image's configuration.
  seconds = n: n * 1000000000;

  nsswitch = pkgs.writeTextDir "etc/nsswitch.conf" ''
    passwd: files
    group: files
    hosts: files dns
  '';

  mkImage =
    name:
    {
      Cmd,
      Env ? [ ],
    }:
    let
      service = services.${name};
      user = "${toString service.uid}:${toString service.uid}";
      hasState = service.state != null;

      passwd = pkgs.writeTextDir "etc/passwd" ''
        root:x:0:0:root:/:/sbin/nologin
        ${name}:x:${user}:${name}:/tmp:/sbin/nologin
      '';
      group = pkgs.writeTextDir "etc/group" ''
        root:x:0:
        ${name}:x:${toString service.uid}:
      '';
    in
    pkgs.dockerTools.buildLayeredImage {
      name = "bt-${name}";
      tag = version;
      maxLayers = 100;

      contents = [
        passwd
        group
        nsswitch
        pkgs.dockerTools.caCertificates
      ];

      extraCommands = ''
        mkdir ./tmp
        chmod 1777 ./tmp
      '';

      # A new named volume takes its owner from the directory that it is mounted on.
      fakeRootCommands = lib.optionalString hasState ''
        mkdir -p .${service.state}
        chown ${user} .${service.state}
      '';

      config = {
        inherit Cmd;
        User = user;
        WorkingDir = if hasState then service.state else "/";
        Env = [
          "SSL_CERT_FILE=${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt"
          "TZDIR=${pkgs.tzdata}/share/zoneinfo"
          "ZONEINFO=${pkgs.tzdata}/share/zoneinfo"
        ]
        ++ Env;
        ExposedPorts = lib.listToAttrs (
          map (port: lib.nameValuePair "${toString port}/tcp" { }) service.exposed
        );
        Healthcheck = {
          Test = [ "CMD" ] ++ service.health;
          Interval = seconds 15;
          Timeout = seconds 5;
          StartPeriod = seconds 60;
          Retries = 3;
        };
        Labels = {
          "org.opencontainers.image.title" = "bt-${name}";
          "org.opencontainers.image.description" = service.summary;
          "org.opencontainers.image.version" = version;
          "org.opencontainers.image.revision" = revision;
          "org.opencontainers.image.source" = "https://github.com/betrace-hq/bt-lint";
          "org.opencontainers.image.licenses" = "MIT OR Apache-2.0";
        };
      }
      // lib.optionalAttrs hasState {
        Volumes.${service.state} = { };
      };
    };

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
  backend = mkImage "backend" {
    Cmd = [ "${backend}/bin/bt-backend" ];
    Env = [
      "PORT=${toString ports.backend}"
      "OTEL_SERVICE_NAME=bt-backend"
    ];
  };

  frontend = mkImage "frontend" {
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

  grafana = mkImage "grafana" {
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

  loki = mkImage "loki" {
    Cmd = [
      "${pkgs.grafana-loki}/bin/loki"
      "-config.file=${configs.loki}/etc/loki/loki.yaml"
    ];
  };

  tempo = mkImage "tempo" {
    Cmd = [
      "${pkgs.tempo}/bin/tempo"
      "-config.file=${configs.tempo}/etc/tempo/tempo.yaml"
    ];
  };

  prometheus = mkImage "prometheus" {
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

  # Paths that its configuration leaves at their defaults are relative: they land in the working directory.
  pyroscope = mkImage "pyroscope" {
    Cmd = [
      "${pkgs.pyroscope}/bin/pyroscope"
      "-config.file=${configs.pyroscope}/etc/pyroscope/pyroscope.yaml"
    ];
  };

  alloy = mkImage "alloy" {
    Cmd = [
      "${pkgs.grafana-alloy}/bin/alloy"
      "run"
      "--disable-reporting"
      "--server.http.listen-addr=0.0.0.0:${toString ports.alloy}"
      "--storage.path=/var/lib/alloy"
      "${configs.alloy}/etc/alloy/config.alloy"
    ];
  };
}
