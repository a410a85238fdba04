# A configuration that nobody evaluated: scripts and shells are opaque.
{ helper, pkgs }:
helper.openSet pkgs "devenv.config" {
  shell = pkgs.mkShell { name = "devenv-shell"; };
  ciDerivation = helper.package pkgs "devenv.ci" { };
  env = { };
  containers = { };
  processes = { };
  packages = [ ];
}
