# The functions of `flake-parts.lib`. `core` are the modules that every flake has, `extra` those that it may import.
{ lib, core, extra }:
let
  inherit (lib) mkOption setDefaultModuleLocation types;
  isFlake = value: if value ? _type then value._type == "flake" else value ? inputs && value ? outputs && value ? sourceInfo;
  module = static: types.deferredModuleWith { staticModules = [ static ]; };
in
rec {
  evalFlakeModule = { inputs ? self.inputs, self ? inputs.self, specialArgs ? { }, moduleLocation ? "${self.outPath}/flake.nix" }@args:
    let
      given = builtins.unsafeGetAttrPos "inputs" args;
      location = args.moduleLocation or (if given != null then given.file else "<mkFlake argument>");
    in
    if !(args ? inputs || args ? self) then throw "mkFlake needs the arguments of the flake's outputs: mkFlake { inherit inputs; } { ... }"
    else if args ? inputs && !(args ? self) && !(inputs ? self) then throw "the `inputs` for mkFlake must be all arguments of the flake's outputs, with `self`"
    else top: lib.evalModules {
      class = "flake";
      specialArgs = { inherit inputs self moduleLocation; flake-parts-lib = import ./lib.nix { inherit lib core extra; }; } // specialArgs;
      modules = builtins.attrValues core ++ [ (setDefaultModuleLocation location top) ];
    };
  mkFlake = args: top: (evalFlakeModule args top).config.processedFlake;
  defaultModule = flake: if isFlake flake then flake.flakeModules.default or flake else flake;

  # Option types that join: whatever is declared for `perSystem` becomes one module for every system.
  mkPerSystemType = module;
  mkPerSystemOption = static: mkOption { type = module static; };
  mkDeferredModuleType = module;
  mkDeferredModuleOption = mkPerSystemOption;
  deferredModuleWith = types.deferredModuleWith;
  mkSubmoduleOptions = options: mkOption { type = types.submoduleWith { modules = [{ inherit options; }]; }; };
  attrsWith = types.attrsWith or ({ elemType, lazy ? false, placeholder ? "name" }:
    if lazy then types.lazyAttrsOf elemType else types.attrsOf elemType);

  # perSystem.NAME for each system is flake.NAME.SYSTEM.
  mkTransposedPerSystemModule = { name, option, file }: {
    _file = file;
    options.flake.${name} = mkOption {
      type = attrsWith { elemType = option.type; lazy = true; placeholder = "system"; };
      default = { };
    };
    options.perSystem = mkPerSystemOption { _file = file; options.${name} = option; };
    config.transposition.${name} = { };
  };

  mkAliasOptionModule = from: to: { config, options, ... }:
    let
      target = lib.attrByPath to { } options;
      value = lib.attrByPath to (throw "the option `${lib.showOption to}' that an alias stands for does not exist") config;
    in
    {
      options = lib.setAttrByPath from (mkOption { apply = _: value; type = target.type or (types.submodule { }); });
      config = lib.modules.mkAliasAndWrapDefsWithPriority (lib.setAttrByPath to) (lib.getAttrFromPath from options);
    };
  importApply = path: argument: setDefaultModuleLocation path (import path argument);
  importAndPublish = name: published: { ... }: {
    _class = "flake";
    imports = [ published extra.modules ];
    flake.modules.flake.${name} = published;
  };
  memoizeStr = f: f;
}
