# Configuration files of the programs in the images, each in a directory of its own.
#
# The files beside this one are templates in the programs' own languages: @ports.loki@ stands for a number of
# ports.nix, @hosts.loki@ for the address of a service, @state.loki@ for its state directory, @listen@ for the address
# that programs listen on, @siteRoot@ and @dashboards@ for directories. A name that is not known stops the evaluation.
{
  pkgs,
  ports,
  siteRoot,
  # names and state directories
  services,
  # address of a service by its name: on a network of compose that is its name
  host ? name: name,
  listen ? "0.0.0.0",
  state ? name: services.${name}.state,
}:

let
  inherit (pkgs) lib;

  dashboards = place "overview.json" ./grafana/overview.json;

  values = {
    inherit listen;
    siteRoot = "${siteRoot}";
    dashboards = "${dashboards}";
  }
  // lib.mapAttrs' (name: port: lib.nameValuePair "ports.${name}" (toString port)) ports
  // lib.mapAttrs' (name: _: lib.nameValuePair "hosts.${name}" (host name)) services
  // lib.mapAttrs' (name: _: lib.nameValuePair "state.${name}" (state name)) services;

  render =
    file:
    lib.concatStrings (
      map (
        part:
        if lib.isString part then
          part
        else
          let
            name = lib.head part;
          in
          values.${name} or (throw "${baseNameOf file}: unknown placeholder @${name}@")
      ) (builtins.split "@([a-zA-Z.]+)@" (builtins.readFile file))
    );

  place = path: file: pkgs.writeTextDir path (render file);
in
{
  frontend = place "etc/caddy/Caddyfile" ./Caddyfile;
  loki = place "etc/loki/loki.yaml" ./loki.yaml;
  tempo = place "etc/tempo/tempo.yaml" ./tempo.yaml;
  prometheus = place "etc/prometheus/prometheus.yaml" ./prometheus.yaml;
  pyroscope = place "etc/pyroscope/pyroscope.yaml" ./pyroscope.yaml;
  alloy = place "etc/alloy/config.alloy" ./config.alloy;

  grafana = pkgs.symlinkJoin {
    name = "grafana-config";
    paths = [
      (place "etc/grafana/grafana.ini" ./grafana/grafana.ini)
      (place "etc/grafana/provisioning/datasources/datasources.yaml" ./grafana/datasources.yaml)
      (place "etc/grafana/provisioning/dashboards/dashboards.yaml" ./grafana/dashboards.yaml)
    ];
  };
}
