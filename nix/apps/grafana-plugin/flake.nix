{
  description = "Example Grafana panel plugin: which services are up";

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
        manifest = lib.importJSON ./plugin/plugin.json;
      in
      {
        packages = {
          # module.js is written by hand against the modules that Grafana provides: there is nothing to bundle.
          grafana-plugin = pkgs.stdenvNoCC.mkDerivation {
            pname = manifest.id;
            inherit (manifest.info) version;
            src = ./plugin;

            dontConfigure = true;
            dontBuild = true;

            installPhase = ''
              runHook preInstall
              mkdir -p $out/img
              cp plugin.json module.js README.md $out/
              cp img/logo.svg $out/img/
              runHook postInstall
            '';

            meta = {
              inherit (manifest.info) description;
              license = with lib.licenses; [
                mit
                asl20
              ];
            };
          };

          default = self.packages.${system}.grafana-plugin;
        };
      }
    );
}
