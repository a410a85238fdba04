# Only keys that docker-compose 1.29 knows as well.
{
  pkgs,
  ports,
  server,
  images,
}:

let
  service = name: path: rest: {
    image = "${images.${name}.imageName}:${images.${name}.imageTag}";
    pull_policy = "never";
    restart = "unless-stopped";
    read_only = true;
    tmpfs = [ "/tmp:mode=1777,size=16m" ];
    cap_drop = [ "ALL" ];
    security_opt = [ "no-new-privileges:true" ];
    pids_limit = 128;
    deploy.resources.limits = {
      memory = "256M";
      cpus = "1.00";
    };
    ports = [ "127.0.0.1:${toString ports.${name}}:${toString ports.${name}}" ];
    networks = [ "stack" ];
    healthcheck = {
      test = [
        "CMD"
        "${server}/bin/stack-server"
        "-ask"
        "http://127.0.0.1:${toString ports.${name}}${path}"
      ];
      interval = "2s";
      timeout = "2s";
      start_period = "60s";
      retries = 3;
    };
    logging = {
      driver = "json-file";
      options = {
        max-size = "1m";
        max-file = "2";
      };
    };
  }
  // rest;

  config = {
    services = {
      backend = service "backend" "/health" { };
      frontend = service "frontend" "/healthz" { depends_on.backend.condition = "service_healthy"; };
      prometheus = service "prometheus" "/-/healthy" {
        depends_on.backend.condition = "service_started";
        volumes = [ "prometheus-data:/var/lib/prometheus" ];
      };
    };
    networks.stack = { };
    volumes.prometheus-data = { };
  };
in
{
  inherit config;
  file = (pkgs.formats.json { }).generate "docker-compose.json" config;
}
