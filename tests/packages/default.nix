# `import nixpkgs { system; }`.
{
  system ? builtins.currentSystem,
  overlays ? [ ],
  config ? { },
}:

let
  lib = import ./lib;

  first =
    self:
    let
      inherit (self) callPackage;
    in
    {
      inherit lib system;
      callPackage = lib.callPackageWith self;
      pkgs = self;
      buildPackages = self;
    }
    // import ./pkgs/stdenv.nix { inherit lib system; }
    // {
      buildEnv = callPackage ./pkgs/build-support/buildenv { };
      dockerTools = callPackage ./pkgs/build-support/docker { };
      formats = callPackage ./pkgs/formats.nix { };
    }
    // import ./pkgs/trivial-builders.nix { inherit lib; pkgs = self; }
    // import ./pkgs/programs.nix { inherit lib; pkgs = self; };

  compose =
    base: overlay: self:
    let
      previous = base self;
    in
    previous // overlay self previous;
  whole = builtins.foldl' compose first overlays;
  self = whole self;
in
self
