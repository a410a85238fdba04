# The image of one service, built by dockerTools: no Dockerfile, no base image, no shell.
#
# Programs are named by absolute store path, which is also what brings them into the image: `contents` holds only what
# must be found at a fixed place, such as /etc/passwd.
{
  pkgs,
  name,
  version,
  # where the sources are, and what licences they are under: for the labels
  source,
  licenses,
  service,
  probe ? null,
  imageName ? name,
  revision ? "unknown",
  # more packages to find below /
  contents ? [ ],
  # no more than a runtime can stack, with some left for images that are built on this one
  maxLayers ? 100,
}:

let
  inherit (pkgs) lib;

  described = import ./mk-service.nix { inherit probe name service; };
  inherit (described) volumes;

  user = "${toString described.uid}:${toString described.uid}";

  # Nanoseconds, the unit of health check times in an image's configuration.
  seconds = n: n * 1000000000;

  passwd = pkgs.writeTextDir "etc/passwd" ''
    root:x:0:0:root:/:/sbin/nologin
    ${name}:x:${user}:${name}:/tmp:/sbin/nologin
  '';
  group = pkgs.writeTextDir "etc/group" ''
    root:x:0:
    ${name}:x:${toString described.uid}:
  '';
  nsswitch = pkgs.writeTextDir "etc/nsswitch.conf" ''
    passwd: files
    group: files
    hosts: files dns
  '';
in
pkgs.dockerTools.buildLayeredImage {
  name = imageName;
  tag = version;
  inherit maxLayers;

  contents = [
    passwd
    group
    nsswitch
    pkgs.dockerTools.caCertificates
  ]
  ++ contents;

  extraCommands = ''
    mkdir ./tmp
    chmod 1777 ./tmp
  '';

  # A new named volume takes its owner from the directory that it is mounted on.
  fakeRootCommands = lib.concatMapStrings (path: ''
    mkdir -p .${path}
    chown ${user} .${path}
  '') volumes;

  config = {
    User = user;
    WorkingDir = if volumes == [ ] then "/" else lib.head volumes;
    ExposedPorts = lib.listToAttrs (
      map (port: lib.nameValuePair "${toString port}/tcp" { }) described.exposed
    );
    Healthcheck = {
      Test = [ "CMD" ] ++ described.health;
      Interval = seconds 15;
      Timeout = seconds 5;
      StartPeriod = seconds 60;
      Retries = 3;
    };
  }
  // lib.optionalAttrs (volumes != [ ]) {
    Volumes = lib.genAttrs volumes (_: { });
  }
  # The service's own set, so that a mistake in it is found where it is written.
  // described.config
  // {
    Env = [
      "SSL_CERT_FILE=${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt"
      "TZDIR=${pkgs.tzdata}/share/zoneinfo"
      "ZONEINFO=${pkgs.tzdata}/share/zoneinfo"
    ]
    ++ described.config.Env or [ ];
    Labels = {
      "org.opencontainers.image.title" = imageName;
      "org.opencontainers.image.description" = described.summary;
      "org.opencontainers.image.version" = version;
      "org.opencontainers.image.revision" = revision;
      "org.opencontainers.image.source" = source;
      "org.opencontainers.image.licenses" = licenses;
    }
    // described.config.Labels or { };
  };
}
