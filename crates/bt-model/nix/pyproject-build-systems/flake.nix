# build-system-pkgs: the tools that build Python packages, which any set of the model has anyway.
{
  description = "A model of pyproject-nix/build-system-pkgs";

  outputs = _: { overlays = import ./default.nix { }; };
}
