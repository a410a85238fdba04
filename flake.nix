{
  description = "bt-lint, and its reference deployment: container images and a compose file of the Grafana stack";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    flake-utils.url = "github:numtide/flake-utils";

    # Applications are flakes that export packages, and know nothing of containers.
    backend = {
      url = "path:./nix/apps/backend";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.flake-utils.follows = "flake-utils";
    };
    frontend = {
      url = "path:./nix/apps/frontend";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.flake-utils.follows = "flake-utils";
    };
    grafana-plugin = {
      url = "path:./nix/apps/grafana-plugin";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.flake-utils.follows = "flake-utils";
    };
    probe = {
      url = "path:./nix/apps/probe";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.flake-utils.follows = "flake-utils";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      flake-utils,
      backend,
      frontend,
      grafana-plugin,
      probe,
    }:
    flake-utils.lib.eachDefaultSystem (
      system:
      let
        pkgs = nixpkgs.legacyPackages.${system};
        inherit (pkgs) lib;

        version = (lib.importTOML ./Cargo.toml).workspace.package.version;
        revision = self.rev or self.dirtyRev or "unknown";

        bt-lint = pkgs.rustPlatform.buildRustPackage {
          pname = "bt-lint";
          inherit version;

          src = lib.fileset.toSource {
            root = ./.;
            fileset = lib.fileset.unions [
              ./Cargo.lock
              ./Cargo.toml
              ./benches
              ./crates
              ./tests
            ];
          };
          cargoLock.lockFile = ./Cargo.lock;

          # The tests compare with Nix itself, which a build sandbox cannot run.
          doCheck = false;

          meta = {
            description = "Evaluates a Nix flake in-process and checks the containers it defines";
            homepage = "https://github.com/betrace-hq/bt-lint";
            license = with lib.licenses; [
              mit
              asl20
            ];
            mainProgram = "bt-lint";
          };
        };

        # Images hold Linux programs. On macOS they are those of the Linux of the same processor, built by a remote
        # builder.
        linux = builtins.replaceStrings [ "darwin" ] [ "linux" ] system;
        linuxPkgs = nixpkgs.legacyPackages.${linux};

        ports = import ./nix/ports.nix;

        services = import ./nix/services.nix {
          inherit ports;
          backend = backend.packages.${linux}.default;
          probe = probe.packages.${linux}.default;
        };

        configs = import ./nix/container-configs {
          pkgs = linuxPkgs;
          inherit ports;
          siteRoot = frontend.packages.${linux}.default;
        };

        images = import ./nix/containers.nix {
          pkgs = linuxPkgs;
          inherit
            version
            revision
            ports
            services
            configs
            ;
          backend = backend.packages.${linux}.default;
          grafana-plugin = grafana-plugin.packages.${linux}.default;
        };

        compose = import ./nix/docker-compose-generator.nix {
          inherit
            pkgs
            ports
            services
            images
            ;
        };

        load-containers = pkgs.writeShellApplication {
          name = "load-containers";
          text = lib.concatMapStrings (image: ''
            docker load --input ${image}
          '') (lib.attrValues images);
        };
      in
      {
        packages = {
          inherit bt-lint load-containers;

          backend = backend.packages.${system}.default;
          frontend = frontend.packages.${system}.default;
          grafana-plugin = grafana-plugin.packages.${system}.default;
          probe = probe.packages.${system}.default;

          container-backend = images.backend;
          container-frontend = images.frontend;
          container-grafana = images.grafana;
          container-loki = images.loki;
          container-tempo = images.tempo;
          container-prometheus = images.prometheus;
          container-pyroscope = images.pyroscope;
          container-alloy = images.alloy;

          # An image is one file: a link to each.
          containers-all = pkgs.linkFarm "containers-all" (
            lib.mapAttrsToList (name: path: {
              name = "bt-${name}.tar.gz";
              inherit path;
            }) images
          );

          docker-compose = compose.yaml;
          docker-compose-json = compose.json;

          default = bt-lint;
        };

        apps = {
          bt-lint = {
            type = "app";
            program = lib.getExe bt-lint;
            meta.description = "Check the flake in the current directory";
          };
          load-containers = {
            type = "app";
            program = lib.getExe load-containers;
            meta.description = "Build all images and load them into Docker";
          };
          default = self.apps.${system}.bt-lint;
        };

        checks = {
          inherit bt-lint;

          lint = pkgs.runCommand "bt-lint-check" { nativeBuildInputs = [ bt-lint ]; } ''
            bt-lint check --offline --nixpkgs model ${self}
            touch $out
          '';

          # What each program says of its own configuration.
          configs =
            pkgs.runCommand "container-configs-check"
              {
                nativeBuildInputs = [
                  pkgs.caddy
                  pkgs.grafana-alloy
                  pkgs.grafana-loki
                  pkgs.prometheus.cli
                  pkgs.tempo
                ];
              }
              ''
                export HOME=$TMPDIR
                caddy validate --adapter caddyfile --config ${configs.frontend}/etc/caddy/Caddyfile
                promtool check config ${configs.prometheus}/etc/prometheus/prometheus.yaml
                loki -verify-config -config.file=${configs.loki}/etc/loki/loki.yaml
                tempo -config.verify=true -config.file=${configs.tempo}/etc/tempo/tempo.yaml
                alloy validate ${configs.alloy}/etc/alloy/config.alloy
                touch $out
              '';
        };

        devShells.default = pkgs.mkShell {
          packages = [
            pkgs.cargo
            pkgs.clippy
            pkgs.rust-analyzer
            pkgs.rustc
            pkgs.rustfmt

            pkgs.caddy
            pkgs.go
            pkgs.prometheus.cli
          ];
        };

        formatter = pkgs.nixfmt-tree;
      }
    );
}
