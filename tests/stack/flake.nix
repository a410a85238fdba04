{
  description = "A backend, a frontend that passes requests on to it, and Prometheus, which watches both";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      ports = import ./ports.nix;
      server = pkgs.buildGoModule {
        pname = "stack-server";
        version = "1.0.0";
        src = ./server;
        vendorHash = null;
        env.CGO_ENABLED = 0;
        ldflags = [
          "-s"
          "-w"
        ];
        meta.mainProgram = "stack-server";
      };
      images = import ./images.nix {
        inherit pkgs ports server;
        revision = self.rev or self.dirtyRev or "unknown";
      };
      compose = import ./compose.nix {
        inherit
          pkgs
          ports
          server
          images
          ;
      };
    in
    {
      packages.${system} = {
        inherit server;
        container-backend = images.backend;
        container-frontend = images.frontend;
        container-prometheus = images.prometheus;
        docker-compose = compose.file;
      };
      compose = compose.config;
    };
}
