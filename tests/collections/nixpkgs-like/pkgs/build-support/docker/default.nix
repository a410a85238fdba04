{ lib, bashInteractive, callPackage, coreutils, fakeNss, gzip, nix, python3, runCommand, skopeo, symlinkJoin, writeText }:
let
  compress = { none = "cat"; gz = "${gzip}/bin/gzip -n"; };
  hashOf = image: builtins.head (builtins.match "([a-z0-9]+)-.*" (baseNameOf (builtins.unsafeDiscardStringContext image.outPath)));
  database = contents: "${nix}/bin/nix-store --load-db < ${writeText "registration" (toString contents)}\n";
in
rec {
  pullImage =
    let
      plain = builtins.replaceStrings [ "/" ":" ] [ "-" "-" ];
    in
    { imageName, imageDigest, sha256, finalImageName ? imageName, finalImageTag ? "latest", name ? plain "docker-image-${finalImageName}-${finalImageTag}.tar" }:
    runCommand name
      {
        inherit imageDigest;
        imageName = finalImageName;
        imageTag = finalImageTag;
        outputHashAlgo = "sha256";
        outputHashMode = "flat";
        outputHash = sha256;
      } "${skopeo}/bin/skopeo copy docker://${imageName}@${imageDigest} docker-archive://$out";

  layerOf = { name, contents, extraCommands }: runCommand "docker-layer-${name}" { inherit contents extraCommands; } ''
    mkdir -p $out layer
    for each in $contents; do cp -r $each/. layer; done
    (cd layer; eval "$extraCommands")
    tar -C layer -cf $out/layer.tar .
  '';

  buildImage = lib.makeOverridable (arguments@{ name, tag ? null, fromImage ? null, copyToRoot ? null, contents ? null, config ? null, runAsRoot ? null, extraCommands ? "", compressor ? "gz" }:
    let
      root = if copyToRoot == null then contents else copyToRoot;
      settings = writeText "${baseNameOf name}-config.json" (builtins.toJSON { inherit config; os = "linux"; });
      layer = layerOf { inherit extraCommands; name = baseNameOf name; contents = root; };
      result = runCommand "docker-image-${baseNameOf name}.tar"
        {
          inherit fromImage settings;
          imageName = lib.toLower name;
          passthru = {
            inherit layer;
            buildArgs = arguments;
            imageTag = if tag == null then hashOf result else tag;
          };
        } "tar -c ${layer} $settings | ${compress.${compressor}} > $out";
    in
    if copyToRoot != null && contents != null then throw "${name}: contents and copyToRoot" else result);

  buildLayeredImage = lib.makeOverridable ({ name, compressor ? "gz", ... }@arguments:
    let
      stream = streamLayeredImage (removeAttrs arguments [ "compressor" ]);
    in
    runCommand "${baseNameOf name}.tar"
      {
        inherit (stream) imageName;
        passthru = { inherit (stream) imageTag; inherit stream; };
      } "${stream} | ${compress.${compressor}} > $out");

  streamLayeredImage = lib.makeOverridable ({ name, tag ? null, fromImage ? null, contents ? [ ], config ? { }, maxLayers ? 100, extraCommands ? "", fakeRootCommands ? "" }:
    assert maxLayers > 1;
    let
      settings = writeText "${baseNameOf name}-base.json" (builtins.toJSON { inherit config; os = "linux"; });
      layer = symlinkJoin {
        name = "${baseNameOf name}-customisation-layer";
        paths = if builtins.isList contents then contents else [ contents ];
        inherit extraCommands fakeRootCommands;
        postBuild = "tar -C $out -cf layer.tar .";
      };
      conf = runCommand "${baseNameOf name}-conf.json"
        {
          inherit fromImage maxLayers;
          imageName = lib.toLower name;
          passthru.imageTag = if tag == null then hashOf conf else tag;
        } "cat ${settings} ${layer} > $out";
    in
    runCommand "stream-${baseNameOf name}"
      {
        inherit (conf) imageName;
        passthru = { inherit (conf) imageTag; isExe = true; };
      } "echo ${python3}/bin/python3 ${conf} > $out");

  buildImageWithNixDb = arguments@{ copyToRoot ? contents, contents ? null, extraCommands ? "", ... }:
    buildImage (arguments // { extraCommands = database copyToRoot + extraCommands; });
  buildLayeredImageWithNixDb = arguments@{ contents ? null, extraCommands ? "", ... }:
    buildLayeredImage (arguments // { extraCommands = database contents + extraCommands; });

  streamNixShellImage = { drv, name ? drv.name + "-env", tag ? null, uid ? 1000, gid ? 1000 }: streamLayeredImage {
    inherit name tag;
    contents = [ binSh fakeNss ];
    config = {
      User = "${toString uid}:${toString gid}";
      Cmd = [ "${bashInteractive}/bin/bash" "--rcfile" (writeText "rc" "${drv}") ];
    };
  };
  buildNixShellImage = { drv, compressor ? "gz", ... }@arguments:
    let
      stream = streamNixShellImage (removeAttrs arguments [ "compressor" ]);
    in
    runCommand "${drv.name}-env.tar"
      {
        inherit (stream) imageName;
        passthru = { inherit (stream) imageTag; };
      } "${stream} | ${compress.${compressor}} > $out";

  mergeImages = images: runCommand "merge-docker-images" { inherit images; } "tar -c $images > $out";
  exportImage = { fromImage, name ? fromImage.name }: runCommand name { inherit fromImage; } "tar -xf $fromImage > $out";

  binSh = runCommand "bin-sh" { } "mkdir -p $out/bin\nln -s ${bashInteractive}/bin/bash $out/bin/sh\n";
  usrBinEnv = runCommand "usr-bin-env" { } "mkdir -p $out/usr/bin\nln -s ${coreutils}/bin/env $out/usr/bin\n";
}
