# uv2nix: Python workspaces by their uv.lock.
{
  description = "A model of pyproject-nix/uv2nix";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
    in
    {
      lib = import ./lib.nix { inherit helper; inherit (helper) lib; };
      packages = helper.eachSystem (system: helper.openSet (helper.pkgsFor system) "uv2nix" { });
      templates = { };
    };
}
