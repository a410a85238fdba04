# Images as every nixpkgs makes them: nothing but what 16.09 knows.
{ pkgs }:
let
  inherit (pkgs) bash cacert coreutils curl dockerTools jq lib python3;

  passwd = pkgs.writeTextFile {
    name = "passwd";
    destination = "/etc/passwd";
    text = "app:x:1000:1000::/:/bin/sh\n";
  };
  start = pkgs.writeScriptBin "start" ''
    #!${bash}/bin/bash
    exec ${python3}/bin/python3 -m http.server 8080
  '';
  base = dockerTools.buildImage {
    name = "registry.example.org/team/base";
    tag = "1.2";
    contents = [ cacert passwd ];
    config.User = "1000";
  };
in
rec {
  inherit base;

  # As it should be, but for the shell.
  server = dockerTools.buildImage {
    name = "server";
    tag = "2.0";
    contents = [ passwd start cacert ];
    config = {
      Cmd = [ "${start}/bin/start" ];
      User = "app";
      WorkingDir = "/srv";
      ExposedPorts = { "8080/tcp" = { }; };
      Env = [ "SSL_CERT_FILE=${cacert}/etc/ssl/certs/ca-bundle.crt" "PORT=8080" ];
      Labels = { "org.opencontainers.image.title" = "server"; };
      Healthcheck = {
        Test = [ "CMD" "${curl}/bin/curl" "-f" "http://localhost:8080/" ];
        Interval = 30000000000;
      };
    };
  };

  # Everything wrong that can be seen in the text.
  worker = dockerTools.buildImage {
    name = "worker";
    tag = "latest";
    contents = [ bash coreutils curl jq ];
    config = {
      Entrypoint = [ "worker" "--queue" "jobs" ];
      Cmd = "start";
      User = "nobody2";
      ExposedPorts = { "8080/http/tcp" = { }; };
      Env = [ "API_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ456789" "PATH=/bin" ];
      Healthcheck.Test = [ "CMD-SHELL" "wget -q http://localhost/" ];
    };
  };

  # On another one.
  derived = dockerTools.buildImage {
    name = "derived";
    tag = "3";
    fromImage = base;
    contents = pkgs.buildEnv {
      name = "derived-root";
      paths = [ coreutils jq ];
    };
    extraCommands = "mkdir -p srv tmp";
    config.Cmd = [ "/bin/jq" "--help" ];
  };

  # Made by a function, as root, and changed afterwards.
  tools = let
    image = name: contents: dockerTools.buildImage {
      inherit name contents;
      tag = "7";
      runAsRoot = "mkdir -p /data";
      config = { Cmd = [ "${python3}/bin/python3" ]; Volumes."/data" = { }; };
    };
  in
  {
    first = image "tools-first" [ python3 ];
    second = image "tools-second" (lib.singleton jq) // { note = "an attribute more"; };
  };

  # Packages by way of another one.
  environment = dockerTools.buildImage {
    name = "environment";
    tag = "1";
    contents = pkgs.buildEnv {
      name = "environment-root";
      paths = [ coreutils passwd ]
        ++ [ bash ];
    };
    config = { Cmd = [ "/bin/jq" "." ]; User = "app"; };
  };
  joined = dockerTools.buildImage {
    name = "joined";
    tag = "1";
    contents = [
      (pkgs.symlinkJoin { name = "programs"; paths = [ curl start ]; })
      (pkgs.symlinkJoin { name = "changed-programs"; paths = [ jq ]; postBuild = "touch $out/bin/more"; })
    ];
    config = { Cmd = [ "/bin/start" ]; Entrypoint = [ "/bin/begin" ]; User = "app"; };
  };
  files = dockerTools.buildImage {
    name = "files";
    tag = "1";
    contents = [
      (pkgs.writeTextFile { name = "settings"; destination = "/etc/app.conf"; text = "port = 80\n"; })
      (pkgs.writeText "single" "a file, not a directory\n")
      ./files
    ];
    config = { Cmd = [ "${python3}/bin/python3" "--config=/etc/app.conf" "--users=/etc/users" ]; User = "1000"; };
  };

  # A program of this flake, made by its own phase.
  own = dockerTools.buildImage {
    name = "own";
    tag = "1";
    contents = [
      (pkgs.stdenv.mkDerivation {
        name = "own-program-1";
        src = ./files;
        installPhase = "mkdir -p $out/bin\ninstall -m 755 data.txt $out/bin/program";
      })
    ];
    config = { Cmd = [ "/bin/other" ]; User = "1000"; };
  };

  # Of something that fails.
  broken = dockerTools.buildImage {
    name = "broken";
    tag = "1";
    contents = [ coreutils (throw "these contents cannot be evaluated") ];
    config = { Cmd = [ "/bin/true" ]; User = "1000"; Env = [ (throw "this variable cannot be evaluated") ]; };
  };
}
