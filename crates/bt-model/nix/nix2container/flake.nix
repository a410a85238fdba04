# nix2container: images whose layers are made of store paths when they are pushed.
{
  description = "A model of nlewo/nix2container";

  outputs = inputs:
    let
      helper = import ./nixpkgs/helper.nix { inherit inputs; bt = __bt; };
    in
    {
      packages = helper.eachSystem (system:
        let
          pkgs = helper.pkgsFor system;
          own = import ./default.nix { inherit pkgs; };
        in
        helper.openSet pkgs "nix2container" (own // { default = own.nix2container-bin; }));
    };
}
