# NixOS configurations are outside the model: the option tree is that of thousands of modules. They evaluate to open
# sets, so that a flake which also defines machines still has its images looked at.
{ bt, lib }:
let
  unknown = path:
    let
      self = bt.open
        {
          type = "derivation";
          name = path;
          outputs = [ "out" ];
          outputName = "out";
          meta = { };
          btModel = "nixos";
          inherit (drv) drvPath outPath;
        }
        # What is not known to be on is off.
        (name: if builtins.match "enable.*" name != null then false else unknown "${path}.${name}");
      drv = derivation {
        name = lib.strings.sanitizeDerivationName path;
        system = "x86_64-linux";
        builder = "bt-model";
        btModel = "nixos";
      };
    in
    self;
  system = args: {
    _type = "configuration";
    class = "nixos";
    config = unknown "config";
    options = unknown "options";
    pkgs = args.pkgs or (unknown "pkgs");
    inherit lib;
    extendModules = extra: system (args // { modules = args.modules or [ ] ++ extra.modules or [ ]; });
    type = lib.types.deferredModule;
    _module.args = { };
  };
in
{
  inherit system unknown;
  evalModules = system;
  runTest = _: unknown "nixos-test";
}
