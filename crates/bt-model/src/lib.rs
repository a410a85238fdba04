//! The embedded stand-in for nixpkgs and common helper flakes, written in Nix.
