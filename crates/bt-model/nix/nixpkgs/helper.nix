# What the stand-ins for helper flakes share. `inputs` are those of the flake, which may be none: then nixpkgs is the
# model itself. Anything that builds is an opaque package of the model, whatever nixpkgs the rest comes from.
{ bt, inputs ? { } }:
let
  own = (import ./flake.nix).outputs { self = own; };
  nixpkgs = inputs.nixpkgs or own;
  inherit (nixpkgs) lib;
  common = [ "aarch64-darwin" "aarch64-linux" "x86_64-darwin" "x86_64-linux" ];
in
rec {
  inherit bt lib nixpkgs;
  # A value for each system: those that flakes usually support, and any other that is asked for.
  eachSystem = f: bt.open (lib.genAttrs common f) f;
  pkgsFor = system: nixpkgs.legacyPackages.${system};
  # The model's functions for a set of packages.
  model = pkgs: pkgs.__model or own.legacyPackages.${pkgs.stdenv.hostPlatform.system or pkgs.system}.__model;
  package = pkgs: (model pkgs).drv.package;
  # A set that has `known`, and opaque packages, which can be called like builders, for all other names.
  openSet = pkgs: path: known: bt.open known (name: package pkgs "${path}.${name}" { });
  # A builder with the conventions of stdenv.mkDerivation.
  builder = pkgs: kind: (model pkgs).drv.builder { inherit kind; };
  fixed = pkgs: (model pkgs).builders.fixed;
}
