# Images by both builders of layers, with a tag that is given and with one that is the hash of the image.
{
  pkgs,
  ports,
  server,
  revision,
}:

let
  inherit (pkgs) lib;

  users = {
    backend = 10001;
    frontend = 10002;
    prometheus = 10003;
  };

  common = name: {
    inherit name;
    extraCommands = ''
      mkdir -m 1777 tmp
    '';
  };

  contentsOf =
    name:
    let
      id = toString users.${name};
    in
    [
      (pkgs.writeTextDir "etc/passwd" ''
        root:x:0:0:root:/:/sbin/nologin
        ${name}:x:${id}:${id}:${name}:/tmp:/sbin/nologin
      '')
      (pkgs.writeTextDir "etc/group" ''
        root:x:0:
        ${name}:x:${id}:
      '')
      pkgs.dockerTools.caCertificates
    ];

  configOf =
    name:
    {
      Cmd,
      Env ? [ ],
      path,
    }:
    {
      inherit Cmd;
      User = "${toString users.${name}}:${toString users.${name}}";
      WorkingDir = "/";
      Env = [
        "SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt"
        "TZDIR=${pkgs.tzdata}/share/zoneinfo"
      ]
      ++ Env;
      ExposedPorts."${toString ports.${name}}/tcp" = { };
      Healthcheck = {
        Test = [
          "CMD"
          "${server}/bin/stack-server"
          "-ask"
          "http://127.0.0.1:${toString ports.${name}}${path}"
        ];
        Interval = 2000000000;
        Timeout = 2000000000;
        StartPeriod = 60000000000;
        Retries = 3;
      };
      Labels = {
        "org.opencontainers.image.title" = name;
        "org.opencontainers.image.source" = "https://github.com/betrace-hq/bt-lint";
        "org.opencontainers.image.version" = "1.0.0";
        "org.opencontainers.image.revision" = revision;
        "org.opencontainers.image.licenses" = "MIT OR Apache-2.0";
      };
    };

  caddyfile = pkgs.writeText "Caddyfile" ''
    {
    	admin off
    	auto_https off
    }
    :${toString ports.frontend} {
    	handle /healthz {
    		respond "ok"
    	}
    	handle /api/* {
    		reverse_proxy backend:${toString ports.backend}
    	}
    	handle {
    		respond "the frontend"
    	}
    }
  '';

  scraped = (pkgs.formats.yaml { }).generate "prometheus.yaml" {
    global.scrape_interval = "1s";
    scrape_configs = [
      {
        job_name = "backend";
        static_configs = [ { targets = [ "backend:${toString ports.backend}" ]; } ];
      }
    ];
  };
in
{
  backend = pkgs.dockerTools.streamLayeredImage (
    common "stack-backend"
    // {
      tag = "1.0.0";
      contents = contentsOf "backend";
      config = configOf "backend" {
        path = "/health";
        Cmd = [ "${server}/bin/stack-server" ];
        Env = [ "PORT=${toString ports.backend}" ];
      };
    }
  );

  # The tag is the hash of the image.
  frontend = pkgs.dockerTools.buildLayeredImage (
    common "stack-frontend"
    // {
      contents = contentsOf "frontend";
      config = configOf "frontend" {
        path = "/healthz";
        Cmd = [
          "${lib.getExe pkgs.caddy}"
          "run"
          "--adapter"
          "caddyfile"
          "--config"
          "${caddyfile}"
        ];
        Env = [
          "XDG_CONFIG_HOME=/tmp"
          "XDG_DATA_HOME=/tmp"
        ];
      };
    }
  );

  prometheus = pkgs.dockerTools.buildLayeredImage (
    common "stack-prometheus"
    // {
      tag = "1.0.0";
      contents = contentsOf "prometheus";
      # Fewer layers than store paths: the last holds the others.
      maxLayers = 4;
      fakeRootCommands = ''
        mkdir -p var/lib/prometheus
        chown ${toString users.prometheus}:${toString users.prometheus} var/lib/prometheus
      '';
      config =
        configOf "prometheus" {
          path = "/-/healthy";
          Cmd = [
            "${pkgs.prometheus}/bin/prometheus"
            "--config.file=${scraped}"
            "--storage.tsdb.path=/var/lib/prometheus"
            "--web.listen-address=0.0.0.0:${toString ports.prometheus}"
          ];
        }
        // {
          WorkingDir = "/var/lib/prometheus";
          Volumes."/var/lib/prometheus" = { };
        };
    }
  );
}
