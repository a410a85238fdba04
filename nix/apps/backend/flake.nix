{
  description = "Example backend service: health, metrics and OTLP traces, standard library only";

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
        version = "0.1.0";
      in
      {
        packages = {
          backend = pkgs.buildGoModule {
            pname = "bt-backend";
            inherit version;

            src = lib.fileset.toSource {
              root = ./.;
              fileset = lib.fileset.unions [
                ./go.mod
                ./main.go
                ./main_test.go
                ./telemetry.go
              ];
            };

            # Only the standard library is used.
            vendorHash = null;
            env.CGO_ENABLED = 0;
            ldflags = [
              "-s"
              "-w"
              "-X main.version=${version}"
            ];

            # The tests listen on the loopback address.
            __darwinAllowLocalNetworking = true;

            meta = {
              description = "Example backend service: health, metrics and OTLP traces, standard library only";
              license = with lib.licenses; [
                mit
                asl20
              ];
              mainProgram = "bt-backend";
            };
          };

          default = self.packages.${system}.backend;
        };
      }
    );
}
