# `import nixpkgs { system; }`.
{ system, overlays ? [ ] }:
let
  lib = import ./lib.nix;
  first = self: {
    inherit lib system;
    callPackage = lib.callPackageWith self;
    buildPackages = self;
    stdenv = import ./stdenv.nix { inherit lib system; };
    buildEnv = self.callPackage ./pkgs/build-support/buildenv { };
    dockerTools = self.callPackage ./pkgs/build-support/docker { };
    inherit (self.callPackage ./trivial-builders.nix { })
      runCommand symlinkJoin writeScript writeScriptBin writeText writeTextDir writeTextFile;
  } // import ./packages.nix self;
  compose = base: overlay: self: let previous = base self; in previous // overlay self previous;
  whole = builtins.foldl' compose first overlays;
  self = whole self;
in
self
