# Images that old nixpkgs cannot make.
{ pkgs, images }:
let
  inherit (pkgs) bash cacert coreutils curl dockerTools jq python3;
  users = pkgs.writeTextDir "etc/passwd" "app:x:1000:1000::/:/bin/sh\n";
  link = pkgs.symlinkJoin {
    name = "link";
    paths = [ coreutils jq ];
  };
in
rec {
  layered = dockerTools.buildLayeredImage {
    name = "layered";
    tag = "1";
    contents = [ users python3 bash ];
    maxLayers = 20;
    config = {
      Entrypoint = [ "${python3}/bin/python3" "-m" "http.server" ];
      User = "app";
      ExposedPorts."8000/tcp" = { };
    };
  };

  stream = dockerTools.streamLayeredImage {
    name = "Stream";
    tag = "latest";
    contents = link;
    fakeRootCommands = "mkdir -p ./data\nchown 1000 ./data\n";
    config = {
      Cmd = [ "curl" "-V" ];
      Env = [ "DB_PASSWORD=hunter2hunter2" ];
    };
  };

  copied = dockerTools.buildImage {
    name = "copied";
    tag = "1";
    fromImage = images.base;
    copyToRoot = pkgs.buildEnv {
      name = "copied-root";
      paths = [ coreutils curl ];
      pathsToLink = [ "/bin" ];
    };
    config = { Cmd = [ "/bin/curl" ]; User = "0:0"; };
  };

  withDatabase = dockerTools.buildImageWithNixDb {
    name = "with-database";
    tag = "1";
    copyToRoot = [ bash coreutils ];
    config.Cmd = [ "/bin/bash" ];
  };

  layeredWithDatabase = dockerTools.buildLayeredImageWithNixDb {
    name = "layered-with-database";
    tag = "1";
    contents = [ coreutils ];
    config = { Cmd = [ "/bin/ls" ]; User = "nobody"; };
  };

  # Users that nixpkgs brings along.
  nobody = dockerTools.buildLayeredImage {
    name = "nobody";
    tag = "1";
    contents = [ pkgs.fakeNss coreutils ];
    config = { Cmd = [ "/bin/ls" ]; User = "nobody"; };
  };
  somebody = dockerTools.buildLayeredImage {
    name = "somebody";
    tag = "1";
    contents = [ pkgs.fakeNss coreutils ];
    config = { Cmd = [ "/bin/ls" ]; User = "somebody"; };
  };

  # Changed after it was made.
  changed = layered.override { tag = "2"; };
  renamed = layered.override (old: { name = "renamed"; config = old.config // { User = "root"; }; });

  pulled = dockerTools.pullImage {
    imageName = "docker.io/library/alpine";
    imageDigest = "sha256:e1c082e3d3c45cccac829840a25941e679c25d438cc8412c2fa221cf1a824e6a";
    sha256 = "0000000000000000000000000000000000000000000000000000";
    finalImageName = "alpine";
    finalImageTag = "latest";
  };
  onPulled = dockerTools.buildLayeredImage {
    name = "on-pulled";
    tag = "1";
    fromImage = pulled;
    contents = [ cacert ];
    config.Cmd = [ "/bin/busybox" ];
  };

  # Without a tag: the hash of the image.
  untagged = dockerTools.buildLayeredImage {
    name = "untagged";
    contents = [ jq ];
    config = { Cmd = [ "/bin/jq" ]; User = "1000"; };
  };

  # Their name would have the version of the package in it.
  shell = dockerTools.streamNixShellImage { drv = jq; name = "shell"; tag = "1"; };
  builtShell = dockerTools.buildNixShellImage { drv = jq; name = "built-shell"; tag = "1"; uid = 0; };

  merged = dockerTools.mergeImages [ layered copied ];
  exported = dockerTools.exportImage { fromImage = images.server; };
}
