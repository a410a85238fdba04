# The module argument `pkgs`.
{
  perSystem = { inputs', lib, ... }: {
    _module.args.pkgs = lib.mkOptionDefault
      (inputs'.nixpkgs or (throw "the flake has no input `nixpkgs`: add it, or set perSystem._module.args.pkgs")).legacyPackages;
  };
}
