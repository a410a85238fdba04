# pyproject.nix: Python projects by their pyproject.toml.
{
  description = "A model of pyproject-nix/pyproject.nix";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
    in
    import ./default.nix { inherit (helper) lib; } // {
      packages = helper.eachSystem (system: helper.openSet (helper.pkgsFor system) "pyproject-nix" { });
      templates = { };
    };
}
