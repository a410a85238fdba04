# For those who import the source.
{ system ? builtins.currentSystem, pkgs ? null, ... }:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
in
helper.openSet (if pkgs == null then helper.pkgsFor system else pkgs) "fenix" { }
