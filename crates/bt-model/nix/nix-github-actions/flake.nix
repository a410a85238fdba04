# nix-github-actions: a build matrix from the attributes of a flake.
{
  description = "A model of nix-community/nix-github-actions";

  outputs = _: { lib = import ./default.nix; };
}
