# Container images and a compose file from one description of services: plain functions, no inputs. README.md beside
# this file says what they take and what comes by default.
{
  # The port numbers of the reference deployment.
  ports = import ../ports.nix;

  mkService = import ./mk-service.nix;
  mkImage = import ./mk-image.nix;
  mkAllInOne = import ./mk-all-in-one.nix;
  mkCompose = import ./mk-compose.nix;
  mkDeployment = import ./mk-deployment.nix;
}
