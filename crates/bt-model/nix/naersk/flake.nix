# naersk: builds of cargo projects.
{
  description = "A model of nix-community/naersk";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
      overlay = final: _: { naersk = final.callPackage ./default.nix { }; };
    in
    {
      lib = helper.eachSystem (system: (helper.pkgsFor system).callPackage ./default.nix { });
      inherit overlay;
      overlays.default = overlay;
      defaultTemplate = { };
      templates = { };
    };
}
