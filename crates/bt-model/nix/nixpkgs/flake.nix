# The model as a flake: what `inputs.nixpkgs` offers.
{
  description = "A model of nixpkgs for linting: its packages can be named and followed, but not built";

  outputs = { self, ... }:
    let
      bt = __bt;
      base = import ./lib/all.nix { inherit bt; };
      # A system configuration is not evaluated: whatever is asked of it is an unknown package.
      nixos = import ./nixos/system.nix { inherit bt; lib = base; };
      lib = base.extend (final: prev: {
        nixos = { inherit (nixos) evalModules runTest; };
        nixosSystem = args: nixos.system args;
      });
    in
    {
      inherit lib;
      legacyPackages = base.genAttrs base.systems.flakeExposed (system:
        import ./pkgs/top-level.nix {
          inherit bt;
          lib = base;
          localSystem = system;
          crossSystem = null;
          config = { };
          overlays = [ ];
        });
      nixosModules = bt.open { notDetected = { }; readOnlyPkgs = { }; } (_: { });
      formatter = base.genAttrs base.systems.flakeExposed (system: self.legacyPackages.${system}.nixfmt);
    };
}
