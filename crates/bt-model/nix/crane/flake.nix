# crane: builds of cargo projects.
{
  description = "A model of ipetkov/crane";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
      mkLib = pkgs: import ./default.nix { inherit pkgs; };
    in
    {
      inherit mkLib;
      # Until 2024 the functions were here, by system.
      lib = helper.eachSystem (system: mkLib (helper.pkgsFor system));
      overlays.default = _: _: { };
      templates = { };
    };
}
