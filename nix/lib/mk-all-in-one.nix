# All services in one image, run by process-compose: for a trial or a small host, where separate containers are too much.
#
# What is given up: all programs run as one user and can read each other's files, share one set of limits, and are
# reachable for each other on every port. So their own addresses have to be those of the loopback interface.
{
  pkgs,
  name,
  version,
  source,
  licenses,
  probe,
  # as for mkImage, each with `ready`
  services,
  uid,
  imageName ? name,
  revision ? "unknown",
}:

let
  inherit (pkgs) lib;

  described = lib.mapAttrs (
    name: service: import ./mk-service.nix { inherit probe name service; }
  ) services;
  all = lib.attrValues described;

  conditions = {
    service_started = "process_started";
    service_healthy = "process_healthy";
    service_completed_successfully = "process_completed_successfully";
  };

  # `entrypoint` is run as it is, while `command` would need a shell, and so would a probe that is a command.
  process = service: {
    description = service.summary;
    entrypoint = lib.toList (service.config.Entrypoint or [ ]) ++ lib.toList (service.config.Cmd or [ ]);
    environment = service.config.Env or [ ];
    working_dir = if service.volumes == [ ] then "/tmp" else lib.head service.volumes;
    availability = {
      restart = "always";
      backoff_seconds = 2;
    };
    depends_on = lib.mapAttrs (_: condition: { condition = conditions.${condition}; }) service.after;
    readiness_probe = {
      http_get = {
        host = "127.0.0.1";
        inherit (service.ready) port path;
      };
      initial_delay_seconds = 2;
      period_seconds = 10;
      timeout_seconds = 5;
      failure_threshold = 6;
    };
    shutdown.timeout_seconds = 8;
  };

  # JSON is YAML. A dollar sign would begin the name of a variable.
  config = pkgs.writeText "process-compose.yaml" (
    lib.replaceStrings [ "$" ] [ "$$" ] (
      builtins.toJSON {
        version = "0.5";
        is_strict = true;
        processes = lib.mapAttrs (_: process) described;
      }
    )
  );
in
import ./mk-image.nix {
  inherit
    pkgs
    name
    version
    source
    licenses
    probe
    imageName
    revision
    ;
  service = {
    summary = "All services in one image, run by process-compose";
    inherit uid;
    config = {
      Cmd = [
        "${pkgs.process-compose}/bin/process-compose"
        "up"
        "--config=${config}"
        "--tui=false"
        "--no-server"
        "--disable-dotenv"
        "--log-file=/tmp/process-compose.log"
      ];
    };
    exposed = lib.concatMap (service: service.published) all;
    published = lib.concatMap (service: service.published) all;
    volumes = lib.concatMap (service: service.volumes) all;
    # Well is only what all services are.
    health = [
      "${probe}/bin/probe"
    ]
    ++ map (service: "http://127.0.0.1:${toString service.ready.port}${service.ready.path}") all;
  };
}
