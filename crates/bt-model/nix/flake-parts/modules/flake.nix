# What the flake returns.
{ config, lib, options, ... }:
let
  inherit (lib) mkOption types;
  once = types.unique { message = "No option is declared for this output of the flake, so several definitions cannot be merged."; } types.raw;
in
{
  options = {
    flake = mkOption { type = types.submoduleWith { modules = [{ freeformType = types.lazyAttrsOf once; }]; }; };
    processedFlake = mkOption {
      type = types.raw;
      readOnly = true;
      apply = processed: if options.processedFlake.isDefined then processed else config.flake;
    };
  };
}
