# A compose file over the images, generated.
{ images, layered }:
let
  reference = image: "${image.imageName}:${image.imageTag}";
in
{
  services = {
    server = {
      image = reference images.server;
      ports = [ "8080:8080" "9090:9090" ];
      depends_on = [ "worker" "missing" ];
      environment.WORKER_URL = "http://wrker:80";
    };
    worker = {
      image = reference images.worker;
      ports = [ "8080:80" ];
      healthcheck.test = [ "CMD" "wget" "-q" "http://localhost/" ];
    };
  } // (if layered ? layered then {
    layered = { image = reference layered.layered; ports = [ "8000:8000" "8001:8001" ]; };
    stream = { image = reference layered.stream; user = "app"; };
  } else { });
}
