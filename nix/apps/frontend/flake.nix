{
  description = "Example frontend: a static site";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    flake-utils.url = "github:numtide/flake-utils";
  };

  outputs =
    {
      self,
      nixpkgs,
      flake-utils,
    }:
    flake-utils.lib.eachDefaultSystem (
      system:
      let
        pkgs = nixpkgs.legacyPackages.${system};
        inherit (pkgs) lib;
      in
      {
        packages = {
          frontend = pkgs.stdenvNoCC.mkDerivation {
            pname = "bt-frontend";
            version = "0.1.0";
            src = ./site;

            dontConfigure = true;
            dontBuild = true;

            installPhase = ''
              runHook preInstall
              mkdir $out
              cp index.html app.js style.css $out/
              runHook postInstall
            '';

            meta = {
              description = "Example frontend: a static site";
              license = with lib.licenses; [
                mit
                asl20
              ];
            };
          };

          default = self.packages.${system}.frontend;
        };
      }
    );
}
