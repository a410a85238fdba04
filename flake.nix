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
    let
      version = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).workspace.package.version;
      revision = self.rev or self.dirtyRev or "unknown";

      # Images hold Linux programs. On macOS they are those of the Linux of the same processor, built by a remote
      # builder.
      linuxOf = builtins.replaceStrings [ "darwin" ] [ "linux" ];

      buildLint =
        pkgs:
        let
          inherit (pkgs) lib;
        in
        pkgs.rustPlatform.buildRustPackage {
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
    in
    {
      # Images and compose files for flakes of your own: nix/lib/README.md.
      lib = import ./nix/lib;

      flakeModules.default = import ./nix/lib/flake-module.nix {
        probeFor = system: probe.packages.${linuxOf system}.default;
      };

      overlays.default = final: _: { bt-lint = buildLint final; };
    }
    // flake-utils.lib.eachDefaultSystem (
      system:
      let
        pkgs = nixpkgs.legacyPackages.${system};
        inherit (pkgs) lib;

        bt-lint = buildLint pkgs;

        linux = linuxOf system;
        linuxPkgs = nixpkgs.legacyPackages.${linux};

        healthProbe = probe.packages.${linux}.default;

        ports = import ./nix/ports.nix;

        servicesWith =
          configs:
          import ./nix/services.nix {
            pkgs = linuxPkgs;
            inherit ports configs;
            backend = backend.packages.${linux}.default;
            grafana-plugin = grafana-plugin.packages.${linux}.default;
          };

        configsWith =
          pkgs: more:
          import ./nix/container-configs (
            {
              inherit pkgs ports services;
              siteRoot = frontend.packages.${pkgs.stdenv.hostPlatform.system}.default;
            }
            // more
          );

        configs = configsWith linuxPkgs { };
        services = servicesWith configs;

        # Programs that run side by side are on the loopback interface, in one container or in none.
        localConfigs = configsWith linuxPkgs { host = _: "127.0.0.1"; };
        localServices = servicesWith localConfigs;

        # Without a container, state lies where whoever starts the programs says.
        nativeConfigs = configsWith pkgs {
          host = _: "127.0.0.1";
          listen = "127.0.0.1";
          state = name: "\${BT_STATE_DIR}/${name}";
        };

        images = import ./nix/containers.nix {
          pkgs = linuxPkgs;
          inherit
            version
            revision
            ports
            services
            localServices
            ;
          probe = healthProbe;
        };

        compose = import ./nix/docker-compose-generator.nix {
          inherit
            pkgs
            ports
            services
            images
            ;
          probe = healthProbe;
        };

        load-containers = pkgs.writeShellApplication {
          name = "load-containers";
          text = lib.concatMapStrings (image: ''
            docker load --input ${image}
          '') (lib.attrValues (removeAttrs images [ "all-in-one" ]));
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

          # The alternative to separate images: all of it in one, run by process-compose.
          container-all-in-one = images.all-in-one;

          # An image is one file: a link to each.
          containers-all = pkgs.linkFarm "containers-all" (
            lib.mapAttrsToList (name: path: {
              name = "bt-${name}.tar.gz";
              inherit path;
            }) images
          );

          # The configuration files for programs that run on the host.
          native-configs = pkgs.symlinkJoin {
            name = "native-configs";
            paths = lib.attrValues nativeConfigs;
          };

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
            meta.description = "Build the images of the compose file and load them into Docker";
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

                caddy validate --adapter caddyfile --config ${nativeConfigs.frontend}/etc/caddy/Caddyfile
                promtool check config ${nativeConfigs.prometheus}/etc/prometheus/prometheus.yaml
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
