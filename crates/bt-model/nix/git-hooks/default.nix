# For those who import the source.
{ system ? builtins.currentSystem, ... }:
{ run = import ./run.nix { pkgs = (import ./nixpkgs/helper.nix { bt = __bt; }).pkgsFor system; }; }
