# Programs of the host, copied at build time: the sandbox has to be off, and what is built depends on the host.
{ lib, pkgs }:

let
  inherit (pkgs) runCommand stdenv;

  # What the images need no building of is named, and says so when it is built.
  unavailable =
    pname:
    stdenv.mkDerivation {
      inherit pname;
      version = "0";
      buildCommand = ''
        echo "${pname} is only a name in the packages for tests: no host program stands for it" >&2
        exit 1
      '';
      meta.mainProgram = pname;
    };

  # Copies a program and the libraries that it needs, and makes it load those: then it runs where the host has none.
  copyProgram = ''
    copyProgram() { # PROGRAM OUTPUT
      file=$(command -v "$1") || {
        echo "the host has no program '$1'" >&2
        exit 1
      }
      mkdir -p "$2/bin"
      cp -L "$file" "$2/bin/$1"
      chmod u+w "$2/bin/$1"
      libraries=$(ldd "$file" 2>/dev/null | grep -o '/[^ ]*') || return 0
      mkdir -p "$2/lib"
      for library in $libraries; do
        cp -L "$library" "$2/lib/"
        chmod u+w "$2/lib/$(basename "$library")"
        case $library in
          */ld-*) loader=$2/lib/$(basename "$library") ;;
        esac
      done
      patchelf --set-interpreter "$loader" --set-rpath "$2/lib" "$2/bin/$1"
    }
  '';

  program =
    pname: version: names:
    stdenv.mkDerivation {
      inherit pname version;
      buildCommand = copyProgram + lib.concatMapStrings (name: "copyProgram ${name} $out\n") names;
      meta.mainProgram = builtins.head names;
    };
in
{
  caddy = program "caddy" "0" [ "caddy" ];

  prometheus = stdenv.mkDerivation {
    pname = "prometheus";
    version = "0";
    outputs = [
      "out"
      "cli"
    ];
    buildCommand = copyProgram + ''
      copyProgram prometheus $out
      copyProgram promtool $cli
    '';
    meta.mainProgram = "prometheus";
  };

  busybox = stdenv.mkDerivation {
    pname = "busybox";
    version = "0";
    buildCommand = ''
      file=$(command -v busybox)
      if ldd "$file" >/dev/null 2>&1; then
        echo "the host's busybox is not static" >&2
        exit 1
      fi
      mkdir -p $out/bin
      cp -L "$file" $out/bin/busybox
      for name in $("$file" --list); do
        [ "$name" = busybox ] || ln -s busybox "$out/bin/$name"
      done
    '';
    meta.mainProgram = "busybox";
  };

  cacert = runCommand "nss-cacert" { } ''
    mkdir -p $out/etc/ssl/certs
    cp -L /etc/ssl/certs/ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt
    ln -s ca-bundle.crt $out/etc/ssl/certs/ca-certificates.crt
  '';

  tzdata = runCommand "tzdata" { } ''
    mkdir -p $out/share
    cp -RL /usr/share/zoneinfo $out/share/zoneinfo
  '';

  # Only modules without dependencies: there is no network.
  buildGoModule =
    arguments:
    stdenv.mkDerivation (
      removeAttrs arguments [ "ldflags" ]
      // {
        env = {
          GOPROXY = "off";
          GOTOOLCHAIN = "local";
          GOFLAGS = "-mod=mod -trimpath";
        }
        // arguments.env or { };
        buildPhase = ''
          export GOCACHE=$HOME/cache GOPATH=$HOME/go
          mkdir -p $HOME/bin
          go build -o $HOME/bin/ -ldflags ${
            lib.escapeShellArg (builtins.concatStringsSep " " ([ "-buildid=" ] ++ arguments.ldflags or [ ]))
          } ./...
        '';
        installPhase = ''
          mkdir -p $out
          cp -R $HOME/bin $out/bin
        '';
      }
    );

  rustPlatform.buildRustPackage =
    arguments:
    unavailable arguments.pname
    // {
      meta = arguments.meta or { };
      inherit (arguments) version;
    };
}
// lib.genAttrs [
  "bash"
  "bashInteractive"
  "cargo"
  "clippy"
  "coreutils"
  "curl"
  "docker"
  "docker-compose"
  "go"
  "grafana"
  "grafana-alloy"
  "grafana-loki"
  "nixfmt"
  "nixfmt-tree"
  "process-compose"
  "pyroscope"
  "rust-analyzer"
  "rustc"
  "rustfmt"
  "skopeo"
  "tempo"
] unavailable
