# For those who import the source: the tool itself.
{ pkgs, ... }: (import ./builders.nix { inherit pkgs; }).gomod2nix
