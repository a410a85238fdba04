# gitignore.nix: sources without what Git ignores.
{
  description = "A model of hercules-ci/gitignore.nix";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
    in
    {
      lib = import ./default.nix { inherit (helper) lib; };
      overlay = _: prev: import ./default.nix { inherit (prev) lib; };
    };
}
