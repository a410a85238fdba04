# Partitions: outputs that come from another evaluation of the modules, with inputs of their own. What a further
# flake.lock pins is not resolved here, except nixpkgs, which the model stands in for.
{ config, extendModules, inputs, lib, partitionStack, self, ... }:
let
  inherit (lib) mkOption types;
  model = (import ../nixpkgs/flake.nix).outputs { self = model; } // { _type = "flake"; outPath = toString ../nixpkgs; };
  inputsOf = flake:
    let
      lock = builtins.fromJSON (builtins.readFile "${toString flake}/flake.lock");
      input = name: key:
        let
          pinned = lock.nodes.${if builtins.isString key then key else lib.last key} or { };
        in
        if lib.toLower (pinned.locked.repo or pinned.original.repo or "") == "nixpkgs" then model
        else inputs.${name} or (throw "the input `${name}` of the partition's flake ${toString flake} is not available");
    in
    builtins.mapAttrs input (lock.nodes.${lock.root}.inputs or { });
  partition = { config, name, options, ... }: {
    options = {
      extraInputsFlake = mkOption { type = types.raw; };
      extraInputs = mkOption { type = types.lazyAttrsOf types.raw; default = { }; };
      module = mkOption {
        default = { };
        type = (extendModules {
          specialArgs =
            let
              all = inputs // config.extraInputs // { self = own; };
              own = self // { inputs = all; };
            in
            { inputs = all; self = own; partitionStack = partitionStack ++ [ name ]; };
        }).type;
      };
    };
    config.extraInputs = lib.mkIf options.extraInputsFlake.isDefined (inputsOf options.extraInputsFlake.value);
  };
in
{
  options = {
    partitions = mkOption { type = types.attrsOf (types.submodule partition); default = { }; };
    partitionedAttrs = mkOption { type = types.attrsOf types.str; default = { }; };
  };
  config = {
    _module.args.partitionStack = [ ];
    flake = lib.optionalAttrs (partitionStack == [ ]) (builtins.mapAttrs
      (name: from: lib.mkForce config.partitions.${from}.module.flake.${name})
      config.partitionedAttrs);
  };
}
