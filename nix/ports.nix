# Every port number of the deployment, once.
#
# Images (ExposedPorts, PORT), the compose file (published ports, health checks, endpoints) and the configuration
# files in container-configs/ all take their numbers from here. All numbers differ, so that the same set also serves
# when the programs run side by side on one host, without containers.
{
  # applications
  frontend = 12010;
  backend = 12011;
  grafana = 12015;

  # what applications send telemetry to
  alloy = 12345;
  otlpGrpc = 4317;
  otlpHttp = 4318;

  # stores
  prometheus = 9090;
  loki = 3100;
  lokiGrpc = 9096;
  tempo = 3200;
  tempoGrpc = 9097;
  tempoOtlpGrpc = 4319;
  pyroscope = 3210;
  pyroscopeGrpc = 9105;
}
