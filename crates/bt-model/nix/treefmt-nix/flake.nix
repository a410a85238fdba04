# treefmt-nix: one formatter made of many.
{
  description = "A model of numtide/treefmt-nix";

  outputs = _: {
    lib = import ./default.nix;
    flakeModule = ./flake-module.nix;
    flakeModules.default = ./flake-module.nix;
  };
}
