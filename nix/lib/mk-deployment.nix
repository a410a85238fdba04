# The images and the compose file of a set of services, and all of it as packages of a flake.
{
  # where images are built for: a package set of Linux
  pkgs,
  # name of the compose project, and what the names of images begin with
  name,
  version,
  source,
  licenses,
  services,
  probe ? null,
  revision ? "unknown",
  prefix ? "${name}-",
  extra ? { },
  networks ? null,
  secrets ? { },
  address ? "127.0.0.1",
  # for what is no image: the compose file and the link to all images
  hostPkgs ? pkgs,
}:

let
  inherit (pkgs) lib;

  images = lib.mapAttrs (
    name: service:
    import ./mk-image.nix {
      inherit
        pkgs
        name
        version
        source
        licenses
        service
        probe
        revision
        ;
      imageName = "${prefix}${name}";
    }
  ) services;

  compose = import ./mk-compose.nix {
    pkgs = hostPkgs;
    inherit
      name
      services
      images
      probe
      extra
      networks
      secrets
      address
      ;
  };
in
{
  inherit images compose;

  packages =
    lib.mapAttrs' (name: image: lib.nameValuePair "container-${name}" image) images
    // {
      # An image is one file: a link to each.
      containers-all = hostPkgs.linkFarm "containers-all" (
        lib.mapAttrsToList (name: path: {
          name = "${prefix}${name}.tar.gz";
          inherit path;
        }) images
      );

      docker-compose = compose.yaml;
      docker-compose-json = compose.json;
    };
}
