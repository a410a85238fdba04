# Containers that are linted on several collections of packages: the model, a small one beside this file, and real ones.
# `nixpkgs` is no flake here, because old collections are none.
{
  inputs.nixpkgs = {
    url = "github:NixOS/nixpkgs/nixos-26.05";
    flake = false;
  };

  outputs = { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = import ./pkgs.nix { inherit nixpkgs system; };
      images = import ./images.nix { inherit pkgs; };
      layered = if pkgs.dockerTools ? streamLayeredImage then import ./layered.nix { inherit pkgs images; } else { };
      compose = import ./compose.nix { inherit images layered; };
    in
    {
      packages.${system} = images // layered // { compose = pkgs.writeText "compose.json" (builtins.toJSON compose); };
    };
}
