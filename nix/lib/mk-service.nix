# A service with all that its description leaves open: mkImage, mkAllInOne and mkCompose read services through this, so
# that an image and its compose service cannot disagree. What is complete stays as it is.
{
  # package of the probe, which asks URLs and exits with 0 or 1; not needed by a service that has a `health` of its own
  probe ? null,
  name,
  service,
}:

let
  ready = if service.ready or null == null then null else { path = "/"; } // service.ready;
in
{
  summary = name;
  uid = 10001;
  config = { };
  exposed = if ready == null then [ ] else [ ready.port ];
  published = [ ];
  state = null;
  volumes = if service.state or null == null then [ ] else [ service.state ];
  health =
    if ready == null then
      throw "service ${name} has neither `ready`, the port and path that tell whether it is well, nor `health`, a command that does"
    else if probe == null then
      throw "service ${name} is asked at its `ready`, which takes a `probe`; or give it a `health` of its own"
    else
      [
        "${probe}/bin/probe"
        "http://127.0.0.1:${toString ready.port}${ready.path}"
      ];
  networks = [ "default" ];
  after = { };
  limits = {
    memory = "256M";
    cpus = "0.50";
    pids = 128;
  };
}
// service
// {
  inherit ready;
}
