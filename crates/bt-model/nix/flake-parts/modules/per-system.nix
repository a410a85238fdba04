# perSystem: a module that is evaluated once for every system.
{ config, lib, flake-parts-lib, self, ... }:
let
  inherit (lib) mkOption types;
  top = config;
  misplaced = name: throw "`${name}` is no argument of perSystem but of the top level: write `top@{ ${name}, ... }: { perSystem = ...; }`${lib.optionalString (name == "self" || name == "inputs") ", or use `${name}'`"}";
  ofInput = system: name: input:
    if input._type or null == "flake" then top.perInput system input
    else throw "the input `${name}` is no flake, so it has nothing that depends on a system";
in
{
  options = {
    systems = mkOption { type = types.listOf types.str; };
    perInput = mkOption { type = types.functionTo (types.functionTo (types.lazyAttrsOf types.unspecified)); };
    allSystems = mkOption { type = types.lazyAttrsOf types.unspecified; internal = true; };
    perSystem = mkOption {
      type = flake-parts-lib.mkPerSystemType ({ system, ... }: {
        _file = ./per-system.nix;
        config._module.args = lib.genAttrs [ "self" "inputs" "getSystem" "withSystem" "moduleWithSystem" ] misplaced // {
          inputs' = builtins.mapAttrs (ofInput system) self.inputs;
          self' = top.perInput system self;
        };
      });
      apply = module: system: (lib.evalModules {
        class = "perSystem";
        prefix = [ "perSystem" system ];
        specialArgs = { inherit system; };
        modules = [ module ];
      }).config;
    };
  };
  config.allSystems = lib.genAttrs config.systems config.perSystem;
}
