# haskell-flake: Haskell projects for flake-parts.
{
  description = "A model of srid/haskell-flake";

  outputs = _: {
    flakeModule = ./flake-module.nix;
    flakeModules.default = ./flake-module.nix;
    lib = { };
    templates = { };
  };
}
