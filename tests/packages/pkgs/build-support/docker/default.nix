# dockerTools, as nixpkgs' manual describes it, by /bin/sh and tar.
{
  lib,
  cacert,
  coreutils,
  runCommand,
  bashInteractive,
  stdenv,
  symlinkJoin,
  writeText,
  writeTextDir,
}:

let
  epoch = "1970-01-01T00:00:01Z";
  defaultArchitecture = stdenv.hostPlatform.go.GOARCH;
  hashOf =
    package:
    builtins.head (lib.splitString "-" (baseNameOf (builtins.unsafeDiscardStringContext package.outPath)));

  compressors = {
    none = {
      extension = "";
      command = "cat";
    };
    gz = {
      extension = ".gz";
      command = "gzip -n";
    };
    zstd = {
      extension = ".zst";
      command = "zstd -q";
    };
  };
  compressorFor =
    image: name:
    compressors.${name}
      or (throw "dockerTools: ${image}: compressor must be one of none, gz, zstd, but is ${name}");

  # Without a base image: reading one takes more than sh and tar.
  without =
    image: arguments:
    lib.foldr (
      name: rest:
      if arguments.${name} then throw "dockerTools: ${image}: ${name} is not supported by the packages for tests" else rest
    ) true (builtins.attrNames arguments);

  baseOf =
    {
      name,
      architecture,
      created,
      config,
    }:
    writeText "${baseNameOf name}-base.json" (
      builtins.toJSON {
        inherit architecture config;
        created = if created == "now" then "@now@" else created;
        os = "linux";
      }
    );

  # The paths that are needed for `roots`, except `roots` themselves, one on each line of the file `closure`.
  closureScript = roots: ''
    grep -h '^/nix/store/' graph-* | sort -u > all
    printf '%s\n' ${lib.escapeShellArgs roots} > roots
    grep -vxFf roots all > closure || true
  '';
  graphsOf = roots: builtins.concatLists (lib.imap0 (n: root: [ "graph-${toString n}" root ]) roots);
in
rec {
  streamLayeredImage = lib.makeOverridable (
    {
      name,
      tag ? null,
      fromImage ? null,
      contents ? [ ],
      config ? { },
      architecture ? defaultArchitecture,
      created ? epoch,
      mtime ? epoch,
      uid ? 0,
      gid ? 0,
      uname ? "root",
      gname ? "root",
      maxLayers ? 100,
      extraCommands ? "",
      fakeRootCommands ? "",
      enableFakechroot ? false,
      includeStorePaths ? true,
      includeNixDB ? false,
      debug ? false,
      passthru ? { },
      meta ? { },
    }:
    assert lib.assertMsg (maxLayers > 1)
      "the maxLayers argument of dockerTools.buildLayeredImage must be greater than 1, but is ${toString maxLayers}";
    assert without name {
      fromImage = fromImage != null;
      inherit enableFakechroot includeNixDB;
      mtime = mtime != epoch;
    };
    let
      baseName = baseNameOf name;
      base = baseOf {
        inherit
          name
          architecture
          created
          config
          ;
      };

      root = symlinkJoin {
        name = "${baseName}-contents";
        paths = lib.toList contents;
      };

      # What is not in the store: links to the contents, and what the commands make.
      customisationLayer =
        runCommand "${baseName}-customisation-layer" { inherit extraCommands fakeRootCommands; }
          ''
            mkdir layer $out
            cp -R -P ${root}/. layer
            chmod -R u+w layer
            cd layer
            eval "$extraCommands"
            owner="--owner=${uname}:${toString uid} --group=${gname}:${toString gid}"
            if [ -n "$fakeRootCommands" ]; then
              owner=
            fi
            # A user who is not root needs fakeroot to give files away.
            as_root=
            if [ -n "$fakeRootCommands" ] && [ "$(id -u)" != 0 ]; then
              as_root=fakeroot
            fi
            export PATH owner
            $as_root /bin/sh -euc '
              eval "$fakeRootCommands"
              tar --sort=name --format=gnu --numeric-owner --mtime=@1 --hard-dereference $owner -cf $out/layer.tar .
            '
          '';

      roots = [
        base
        customisationLayer
      ];

      # What the image is made of. A tag that is not given is the hash of this.
      plan = runCommand "${baseName}-conf.json" { exportReferencesGraph = graphsOf roots; } ''
        ${closureScript roots}
        ${lib.optionalString (!includeStorePaths) ": > closure"}
        tag=${if tag == null then "$(basename $out | cut -d- -f1)" else lib.escapeShellArg tag}
        {
          echo "name ${lib.toLower name}:$tag"
          echo "owner --owner=${uname}:${toString uid} --group=${gname}:${toString gid}"
          echo "base ${base}"
          # One layer for each path, and one for those that are too many; the last is for what is not in the store.
          awk -v most=${toString (maxLayers - 2)} '
            NR <= most { print "layer " $0; next }
            { rest = rest " " $0 }
            END { if (rest) print "layer" rest }
          ' closure
          echo "customisation ${customisationLayer}/layer.tar"
        } > $out
      '';

      stream =
        runCommand "stream-${baseName}"
          {
            imageName = lib.toLower name;
            passthru = passthru // {
              imageTag = if tag == null then hashOf plan else tag;
              isExe = true;
              conf = plan;
            };
            meta = {
              mainProgram = "stream-${baseName}";
            }
            // meta;
          }
          ''
            printf '#!/bin/sh\nexec /bin/sh %s %s\n' ${./stream.sh} ${plan} > $out
            chmod +x $out
          '';
    in
    stream
  );

  buildLayeredImage = lib.makeOverridable (
    {
      name,
      compressor ? "gz",
      ...
    }@arguments:
    let
      stream = streamLayeredImage (removeAttrs arguments [ "compressor" ]);
      compress = compressorFor name compressor;
    in
    runCommand "${baseNameOf name}.tar${compress.extension}"
      {
        inherit (stream) imageName;
        passthru = {
          inherit (stream) imageTag;
          inherit stream;
        };
      }
      ''
        ${stream} | ${compress.command} > $out
      ''
  );

  # One layer with everything.
  buildImage = lib.makeOverridable (
    {
      name,
      tag ? null,
      fromImage ? null,
      fromImageName ? null,
      fromImageTag ? null,
      copyToRoot ? null,
      contents ? null,
      keepContentsDirlinks ? false,
      config ? null,
      architecture ? defaultArchitecture,
      created ? epoch,
      compressor ? "gz",
      diskSize ? 1024,
      buildVMMemorySize ? 512,
      runAsRoot ? null,
      extraCommands ? "",
      uid ? 0,
      gid ? 0,
      includeNixDB ? false,
      meta ? { },
    }@arguments:
    assert lib.assertMsg (
      contents == null || copyToRoot == null
    ) "in docker image ${name}: You can not specify both contents and copyToRoot.";
    assert without name {
      fromImage = fromImage != null;
      runAsRoot = runAsRoot != null;
      inherit includeNixDB;
    };
    let
      baseName = baseNameOf name;
      compress = compressorFor name compressor;
      paths = if copyToRoot == null then contents else copyToRoot;
      base = baseOf {
        inherit name architecture created;
        config = if config == null then { } else config;
      };

      layer =
        runCommand "docker-layer-${baseName}"
          {
            inherit extraCommands;
            contents = lib.optionals (paths != null) (lib.toList paths);
          }
          ''
            mkdir -p layer $out
            for each in $contents; do
              cp -R -P "$each/." layer
              chmod -R u+w layer
            done
            cd layer
            eval "$extraCommands"
            tar --sort=name --format=gnu --numeric-owner --owner=${toString uid} --group=${toString gid} \
              --mtime=@1 --hard-dereference -cf $out/layer.tar .
          '';
      roots = [
        base
        layer
      ];

      image =
        runCommand "docker-image-${baseName}.tar${compress.extension}"
          {
            imageName = lib.toLower name;
            exportReferencesGraph = graphsOf roots;
            inherit meta;
            passthru = {
              inherit layer;
              buildArgs = arguments;
              imageTag = if tag == null then hashOf image else tag;
            };
          }
          ''
            ${closureScript roots}
            tag=${if tag == null then "$(basename $out | cut -d- -f1)" else lib.escapeShellArg tag}
            {
              echo "name ${lib.toLower name}:$tag"
              echo "owner --owner=root:0 --group=root:0"
              echo "base ${base}"
              echo "whole ${layer}/layer.tar $(tr '\n' ' ' < closure)"
            } > plan
            /bin/sh ${./stream.sh} plan | ${compress.command} > $out
          '';
    in
    image
  );

  binSh = runCommand "bin-sh" { } ''
    mkdir -p $out/bin
    ln -s ${bashInteractive}/bin/bash $out/bin/sh
  '';
  usrBinEnv = runCommand "usr-bin-env" { } ''
    mkdir -p $out/usr/bin
    ln -s ${coreutils}/bin/env $out/usr/bin
  '';
  caCertificates = runCommand "ca-certificates" { } ''
    mkdir -p $out/etc/ssl/certs $out/etc/pki/tls/certs
    ln -s ${cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/ssl/certs/ca-bundle.crt
    ln -s ${cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/ssl/certs/ca-certificates.crt
    ln -s ${cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/pki/tls/certs/ca-bundle.crt
  '';
  fakeNss = symlinkJoin {
    name = "fake-nss";
    paths = [
      (writeTextDir "etc/passwd" ''
        root:x:0:0:root user:/var/empty:/bin/sh
        nobody:x:65534:65534:nobody:/var/empty:/bin/sh
      '')
      (writeTextDir "etc/group" ''
        root:x:0:
        nobody:x:65534:
      '')
      (writeTextDir "etc/nsswitch.conf" ''
        hosts: files dns
      '')
      (runCommand "var-empty" { } ''
        mkdir -p $out/var/empty
      '')
    ];
  };
}
