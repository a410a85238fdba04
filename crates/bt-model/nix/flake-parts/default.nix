# For those who import the source: what the flake has.
(import ./flake.nix).outputs { }
