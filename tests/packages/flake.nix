{
  description = "Packages for tests: host programs in the place of nixpkgs";

  outputs =
    { self }:
    let
      lib = import ./lib;
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs lib.systems.flakeExposed (system: import ./. { inherit system; });
    };
}
