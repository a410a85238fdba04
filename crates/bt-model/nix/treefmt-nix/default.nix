# The library. Which options the programs have is not known: whatever is set is accepted.
let
  evalModule = pkgs: module: pkgs.lib.evalModules {
    modules = [ ./module.nix { _module.args = { inherit pkgs; }; } module ];
    specialArgs = { mkFormatterModule = _: { }; };
  };
in
{
  inherit evalModule;
  module-options = ./module.nix;
  programs = { modules = [ ]; names = [ ]; };
  all-modules = pkgs: [ ./module.nix { _module.args = { inherit pkgs; }; } ];
  submodule-modules = [ ./module.nix ];
  submoduleWith = lib: { modules ? [ ], specialArgs ? { } }: lib.types.submoduleWith {
    modules = [
      ./module.nix
      ({ config, ... }: {
        options.pkgs = lib.mkOption { type = lib.types.uniq (lib.types.lazyAttrsOf lib.types.raw); };
        config._module.args.pkgs = config.pkgs;
      })
    ] ++ modules;
    specialArgs = { mkFormatterModule = _: { }; } // specialArgs;
  };
  mkConfigFile = pkgs: module: (evalModule pkgs module).config.build.configFile;
  mkWrapper = pkgs: module: (evalModule pkgs module).config.build.wrapper;
}
