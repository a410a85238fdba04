# dockerTools with the formals of nixpkgs, so that a wrong argument is an error here too. The evaluator observes the
# calls of these builders by this file's name and the name that each lambda is bound to: keep the lambda with its
# formals the first in its binding, and let no builder call another.
{ lib, drv, builders, pkgs }:
let
  inherit (builders) runCommand symlinkJoin writeTextDir;
  inherit (builtins) baseNameOf toJSON unsafeDiscardStringContext;

  defaultArchitecture = pkgs.stdenv.hostPlatform.go.GOARCH;
  epoch = "1970-01-01T00:00:01Z";
  extensions = { none = ""; gz = ".gz"; zstd = ".zst"; };
  checkCompressor = compressor:
    extensions.${compressor} or (throw "compressor must be one of \"none\", \"gz\", \"zstd\", but is: \"${compressor}\"");
  # Every image: `args` are the arguments with their defaults, `given` those that the caller wrote.
  image = { fileName, name, tag, given, contents, config ? null, passthru ? { }, meta ? { } }:
    let
      result = builders.fixed {
        kind = "image";
        name = fileName;
        env = {
          imageName = lib.toLower name;
          imageTag = if tag == null then "" else tag;
          inherit contents;
        } // (if config == null then { } else { config = toJSON config; })
          // (if given ? fromImage && given.fromImage != null then { inherit (given) fromImage; } else { });
        attrs = { inherit contents config; };
        inherit meta;
        passthru = {
          imageName = lib.toLower name;
          imageTag =
            if tag != null then tag
            else builtins.substring 0 32 (baseNameOf (unsafeDiscardStringContext result.outPath));
          buildArgs = given;
        } // passthru;
      };
    in
    result;
  contentsOf = contents: if contents == null then [ ] else lib.toList contents;
  maxLayersValid = maxLayers: lib.assertMsg (maxLayers > 1)
    "the maxLayers argument of dockerTools.buildLayeredImage function must be greather than 1 (current value: ${toString maxLayers})";
in
rec {
  inherit defaultArchitecture;

  buildImage = lib.makeOverridable
    ({ name
     , tag ? null
     , fromImage ? null
     , fromImageName ? null
     , fromImageTag ? null
     , copyToRoot ? null
     , contents ? null
     , keepContentsDirlinks ? false
     , config ? null
     , architecture ? defaultArchitecture
     , created ? epoch
     , compressor ? "gz"
     , diskSize ? 1024
     , buildVMMemorySize ? 512
     , runAsRoot ? null
     , extraCommands ? ""
     , uid ? 0
     , gid ? 0
     , includeNixDB ? false
     , meta ? { }
     }@args:
      if contents != null && copyToRoot != null
      then throw "in docker image ${name}: You can not specify both contents and copyToRoot."
      else image {
        fileName = "docker-image-${baseNameOf name}.tar${checkCompressor compressor}";
        inherit name tag config meta;
        given = args;
        contents = contentsOf (if copyToRoot == null then contents else copyToRoot);
        passthru = { layer = runCommand "docker-layer-${baseNameOf name}" { } ""; };
      });

  buildLayeredImage = lib.makeOverridable
    ({ name
     , tag ? null
     , fromImage ? null
     , contents ? [ ]
     , config ? { }
     , architecture ? defaultArchitecture
     , created ? epoch
     , mtime ? epoch
     , uid ? 0
     , gid ? 0
     , uname ? "root"
     , gname ? "root"
     , maxLayers ? 100
     , extraCommands ? ""
     , fakeRootCommands ? ""
     , enableFakechroot ? false
     , includeStorePaths ? true
     , includeNixDB ? false
     , layeringPipeline ? null
     , debug ? false
     , passthru ? { }
     , meta ? { }
     , compressor ? "gz"
     }@args:
      assert maxLayersValid maxLayers;
      image {
        fileName = "${baseNameOf name}.tar${checkCompressor compressor}";
        inherit name tag config meta;
        given = args;
        contents = contentsOf contents;
        passthru = { stream = runCommand "stream-${baseNameOf name}" { } ""; } // passthru;
      });

  streamLayeredImage = lib.makeOverridable
    ({ name
     , tag ? null
     , fromImage ? null
     , contents ? [ ]
     , config ? { }
     , architecture ? defaultArchitecture
     , created ? epoch
     , mtime ? epoch
     , uid ? 0
     , gid ? 0
     , uname ? "root"
     , gname ? "root"
     , maxLayers ? 100
     , extraCommands ? ""
     , fakeRootCommands ? ""
     , enableFakechroot ? false
     , includeStorePaths ? true
     , includeNixDB ? false
     , layeringPipeline ? null
     , debug ? false
     , passthru ? { }
     , meta ? { }
     }@args:
      assert maxLayersValid maxLayers;
      image {
        fileName = "stream-${baseNameOf name}";
        inherit name tag config;
        given = args;
        contents = contentsOf contents;
        passthru = { isExe = true; } // passthru;
        meta = { mainProgram = "stream-${baseNameOf name}"; } // meta;
      });

  buildImageWithNixDb = lib.makeOverridable
    ({ name
     , tag ? null
     , fromImage ? null
     , fromImageName ? null
     , fromImageTag ? null
     , copyToRoot ? null
     , contents ? null
     , keepContentsDirlinks ? false
     , config ? null
     , architecture ? defaultArchitecture
     , created ? epoch
     , compressor ? "gz"
     , diskSize ? 1024
     , buildVMMemorySize ? 512
     , runAsRoot ? null
     , extraCommands ? ""
     , uid ? 0
     , gid ? 0
     , includeNixDB ? true
     , meta ? { }
     }@args: image {
      fileName = "docker-image-${baseNameOf name}.tar${checkCompressor compressor}";
      inherit name tag config meta;
      given = args // { includeNixDB = true; };
      contents = contentsOf (if copyToRoot == null then contents else copyToRoot);
    });

  buildLayeredImageWithNixDb = lib.makeOverridable
    ({ name
     , tag ? null
     , fromImage ? null
     , contents ? [ ]
     , config ? { }
     , architecture ? defaultArchitecture
     , created ? epoch
     , mtime ? epoch
     , uid ? 0
     , gid ? 0
     , uname ? "root"
     , gname ? "root"
     , maxLayers ? 100
     , extraCommands ? ""
     , fakeRootCommands ? ""
     , enableFakechroot ? false
     , includeStorePaths ? true
     , includeNixDB ? true
     , layeringPipeline ? null
     , debug ? false
     , passthru ? { }
     , meta ? { }
     , compressor ? "gz"
     }@args:
      assert maxLayersValid maxLayers;
      image {
        fileName = "${baseNameOf name}.tar${checkCompressor compressor}";
        inherit name tag config meta passthru;
        given = args // { includeNixDB = true; };
        contents = contentsOf contents;
      });

  buildNixShellImage = lib.makeOverridable
    ({ drv
     , name ? drv.name + "-env"
     , tag ? null
     , uid ? 1000
     , gid ? 1000
     , homeDirectory ? "/build"
     , shell ? null
     , command ? null
     , run ? null
     , compressor ? "gz"
     }@args: image {
      fileName = "${baseNameOf name}.tar${checkCompressor compressor}";
      inherit name tag;
      given = args;
      contents = [ ];
      config = { User = "${toString uid}:${toString gid}"; WorkingDir = homeDirectory; };
    });

  streamNixShellImage = lib.makeOverridable
    ({ drv
     , name ? drv.name + "-env"
     , tag ? null
     , uid ? 1000
     , gid ? 1000
     , homeDirectory ? "/build"
     , shell ? null
     , command ? null
     , run ? null
     }@args: image {
      fileName = "stream-${baseNameOf name}";
      inherit name tag;
      given = args;
      contents = [ ];
      config = { User = "${toString uid}:${toString gid}"; WorkingDir = homeDirectory; };
      passthru = { isExe = true; };
    });

  pullImage = lib.makeOverridable
    ({ imageName
     , imageDigest
     , hash ? ""
     , sha256 ? ""
     , outputHash ? ""
     , outputHashAlgo ? null
     , os ? "linux"
     , arch ? defaultArchitecture
     , tlsVerify ? true
     , finalImageName ? imageName
     , finalImageTag ? "latest"
     , name ? builtins.replaceStrings [ "/" ":" ] [ "-" "-" ] "docker-image-${finalImageName}-${finalImageTag}.tar"
     }@args:
      builders.fixed {
        kind = "image";
        inherit name;
        env = { inherit imageName imageDigest; };
        passthru = {
          inherit imageDigest os arch finalImageName finalImageTag;
          imageName = finalImageName;
          imageTag = finalImageTag;
          buildArgs = args;
        };
      });

  exportImage = { name ? fromImage.name, fromImage, fromImageName ? null, fromImageTag ? null, diskSize ? 1024 }@args:
    builders.fixed {
      kind = "image";
      inherit name;
      env = { inherit fromImage; };
      attrs = { inherit fromImage; };
      passthru.buildArgs = args;
    };
  mergeImages = images: builders.fixed {
    kind = "image";
    name = "merge-docker-images";
    env = { inherit images; };
    attrs = { inherit images; };
  };
  tarImage = { fromImage }: runCommand "docker-image.tar" { inherit fromImage; } "";
  mergeDrvs = { derivations, onlyDeps ? false }: runCommand "merge-drvs" { inherit derivations onlyDeps; } "";
  mkPureLayer = { name, ... }@args: runCommand "docker-layer-${name}" args "";
  mkRootLayer = { name, ... }@args: runCommand "docker-layer-${name}" args "";
  mkDbExtraCommand = contents: "echo 'the database of these store paths'\n";

  # A shell script for runAsRoot: a root user and what PAM needs.
  shadowSetup = ''
    export PATH=${pkgs.shadow}/bin:$PATH
    mkdir -p /etc/pam.d
    [[ -f /etc/passwd ]] || echo "root:x:0:0::/root:${pkgs.runtimeShell}" > /etc/passwd
    [[ -f /etc/shadow ]] || echo "root:!x:::::::" > /etc/shadow
    [[ -f /etc/group ]] || echo "root:x:0:" > /etc/group
    [[ -f /etc/gshadow ]] || echo "root:x::" > /etc/gshadow
    [[ -f /etc/pam.d/other ]] || printf '%s\n' "account sufficient pam_unix.so" "auth sufficient pam_rootok.so" \
      "password requisite pam_unix.so nullok yescrypt" "session required pam_unix.so" > /etc/pam.d/other
    [[ -f /etc/login.defs ]] || touch /etc/login.defs
  '';

  fakeNss = lib.makeOverridable ({ extraPasswdLines ? [ ], extraGroupLines ? [ ] }:
    let
      lines = extra: lib.concatMapStrings (line: "${line}\n") extra;
    in
    symlinkJoin {
      name = "fake-nss";
      paths = [
        (writeTextDir "etc/passwd" (''
          root:x:0:0:root user:/var/empty:/bin/sh
          nobody:x:65534:65534:nobody:/var/empty:/bin/sh
        '' + lines extraPasswdLines))
        (writeTextDir "etc/group" (''
          root:x:0:
          nobody:x:65534:
        '' + lines extraGroupLines))
        (writeTextDir "etc/nsswitch.conf" ''
          hosts: files dns
        '')
        (runCommand "var-empty" { } "mkdir -p $out/var/empty\n")
      ];
    }) { };
  binSh = runCommand "bin-sh" { } ''
    mkdir -p $out/bin
    ln -s ${pkgs.bashInteractive}/bin/bash $out/bin/sh
  '';
  usrBinEnv = runCommand "usr-bin-env" { } ''
    mkdir -p $out/usr/bin
    ln -s ${pkgs.coreutils}/bin/env $out/usr/bin
  '';
  caCertificates = runCommand "ca-certificates" { } ''
    mkdir -p $out/etc/ssl/certs $out/etc/pki/tls/certs
    ln -s ${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/ssl/certs/ca-bundle.crt
    ln -s ${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/ssl/certs/ca-certificates.crt
    ln -s ${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/pki/tls/certs/ca-bundle.crt
  '';
}
