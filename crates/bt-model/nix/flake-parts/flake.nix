# flake-parts: flakes as modules. The module system is that of the input `nixpkgs-lib`, or the model's.
{
  description = "A model of hercules-ci/flake-parts";

  outputs = inputs:
    let
      lib = inputs.nixpkgs-lib.lib or (import ./nixpkgs/lib/all.nix { bt = __bt; });
      core = {
        args = ./modules/args.nix;
        debug = ./modules/debug.nix;
        flake = ./modules/flake.nix;
        formatter = ./modules/formatter.nix;
        nixpkgs = ./modules/nixpkgs.nix;
        perSystem = ./modules/per-system.nix;
        transposition = ./modules/transposition.nix;
      } // import ./modules/outputs.nix { inherit lib; parts = self; };
      extra = {
        bundlers = ./extras/bundlers.nix;
        easyOverlay = ./extras/easy-overlay.nix;
        flakeModules = ./extras/flake-modules.nix;
        modules = ./extras/modules.nix;
        partitions = ./extras/partitions.nix;
        touchup = ./extras/touchup.nix;
      };
      self = import ./lib.nix { inherit lib core extra; };
    in
    {
      lib = self;
      flakeModules = core // extra;
      templates = { };
    };
}
