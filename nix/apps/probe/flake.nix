{
  description = "Health check for images without a shell: asks a URL, exits with 0 or 1";

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
          probe = pkgs.buildGoModule {
            pname = "probe";
            inherit version;

            src = lib.fileset.toSource {
              root = ./.;
              fileset = lib.fileset.unions [
                ./go.mod
                ./main.go
                ./main_test.go
              ];
            };

            # Only the standard library is used.
            vendorHash = null;
            env.CGO_ENABLED = 0;
            ldflags = [
              "-s"
              "-w"
            ];

            # The tests listen on the loopback address.
            __darwinAllowLocalNetworking = true;

            meta = {
              description = "Health check for images without a shell: asks a URL, exits with 0 or 1";
              license = with lib.licenses; [
                mit
                asl20
              ];
              mainProgram = "probe";
            };
          };

          default = self.packages.${system}.probe;
        };
      }
    );
}
