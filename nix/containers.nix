# The container images: one per service, and one that holds all of them. What they have in common is in lib/mk-image.nix,
# what makes each of them itself in services.nix.
{
  pkgs,
  version,
  revision,
  ports,
  probe,
  services,
  # the same services with addresses on the loopback interface, for the image that holds all
  localServices,
}:

let
  inherit (pkgs) lib;
  inherit (import ./lib) mkAllInOne mkImage;

  common = {
    inherit
      pkgs
      version
      revision
      probe
      ;
    source = "https://github.com/betrace-hq/bt-lint";
    licenses = "MIT OR Apache-2.0";
  };
in
lib.mapAttrs (
  name: service:
  mkImage (
    common
    // {
      inherit name service;
      imageName = "bt-${name}";
    }
  )
) services
// {
  all-in-one = mkAllInOne (
    common
    // {
      name = "all-in-one";
      imageName = "bt-all-in-one";
      uid = 10000;
      services = localServices // {
        # In a compose file this is for the deployment to say.
        backend = localServices.backend // {
          config = localServices.backend.config // {
            Env = localServices.backend.config.Env ++ [
              "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${toString ports.otlpHttp}"
              "OTEL_EXPORTER_OTLP_PROTOCOL=http/json"
            ];
          };
        };
      };
    }
  );
}
