# The functions of the overlay.
{ pkgs }:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  package = helper.package pkgs;
in
{
  buildGoApplication = given:
    helper.builder pkgs "buildGoModule" (if pkgs.lib.isFunction given then given else { inherit (pkgs) go; } // given);
  mkGoEnv = args: package "mkGoEnv" { pname = "go-env"; attrs = removeAttrs args [ "pwd" ]; };
  mkGoCacheEnv = args: package "mkGoCacheEnv" { pname = "go-cache-env"; };
  mkVendorEnv = args: package "mkVendorEnv" { pname = "vendor-env"; };
  gomod2nix = package "gomod2nix" { mainProgram = "gomod2nix"; };
}
