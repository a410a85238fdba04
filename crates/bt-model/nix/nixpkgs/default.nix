# `import nixpkgs { system; overlays; config; }`. Nothing is computed here that the caller does not ask for.
{ localSystem ? { system = args.system or builtins.currentSystem; }
, system ? null
, crossSystem ? null
, config ? { }
, overlays ? [ ]
, crossOverlays ? [ ]
, ...
}@args:
import ./pkgs/top-level.nix {
  bt = __bt;
  lib = import ./lib/all.nix { bt = __bt; };
  inherit localSystem crossSystem config;
  overlays = overlays ++ (if crossSystem == null then [ ] else crossOverlays);
}
