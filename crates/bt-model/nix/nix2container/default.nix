# The builders, with their true formals. The calls of buildImage and buildLayer are known by a formal of theirs.
{ pkgs }:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  inherit (pkgs) lib;
  package = helper.package pkgs;
  fixed = helper.fixed pkgs;
  architecture = pkgs.stdenv.hostPlatform.go.GOARCH or "amd64";
  listOf = value: if value == null then [ ] else lib.toList value;
  oneOf = copyToRoot: contents: result:
    if copyToRoot != null && contents != null then throw "You can not specify both contents and copyToRoot."
    else result (listOf (if copyToRoot == null then contents else copyToRoot));
  tool = name: image: fixed { kind = "writeText"; inherit name; env = { inherit image; }; meta.mainProgram = name; };

  buildImage =
    { name
    , tag ? null
    , config ? { }
    , layers ? [ ]
    , copyToRoot ? null
    , fromImage ? ""
    , arch ? architecture
    , perms ? [ ]
    , maxLayers ? 1
    , initializeNixDatabase ? false
    , nixUid ? 0
    , nixGid ? 0
    , created ? "0001-01-01T00:00:00Z"
    , contents ? null
    , meta ? { }
    }@args: oneOf copyToRoot contents (root:
      let
        image = fixed {
          kind = "image";
          name = "image-${baseNameOf name}.json";
          inherit meta;
          env = { inherit imageName layers fromImage; contents = root; config = builtins.toJSON config; };
          attrs = { inherit config; contents = root; };
          passthru = {
            inherit fromImage imageName imageTag;
            imageRefUnsafe = builtins.unsafeDiscardStringContext "${imageName}:${imageTag}";
            copyToDockerDaemon = tool "copy-to-docker-daemon" image;
            copyToRegistry = tool "copy-to-registry" image;
            copyToPodman = tool "copy-to-podman" image;
            copyTo = tool "copy-to" image;
            buildArgs = args;
          };
        };
        imageName = lib.toLower name;
        imageTag = if tag != null then tag else builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext image.outPath));
      in
      image);

  buildLayer =
    { deps ? [ ]
    , copyToRoot ? null
    , ignore ? null
    , layers ? [ ]
    , reproducible ? true
    , perms ? [ ]
    , maxLayers ? 1
    , contents ? null
    , metadata ? { }
    }: oneOf copyToRoot contents (root: fixed {
      kind = "layer";
      name = "layers.json";
      env = { inherit deps layers; contents = root; };
      attrs = { nestedLayers = lib.concatMap (layer: layer.nestedLayers) layers ++ layers; };
    });

  pulled = imageName: args: fixed {
    kind = "image";
    name = "nix2container-${imageName}.json";
    env = { inherit imageName; };
    passthru.buildArgs = args;
  };
  pullImage = { imageName, imageDigest, sha256, os ? "linux", arch ? architecture, tlsVerify ? true, name ? "" }@args:
    pulled imageName args;
  pullImageFromManifest =
    { imageName
    , imageManifest ? null
    , imageTag ? "latest"
    , os ? "linux"
    , arch ? architecture
    , tlsVerify ? true
    , registryUrl ? "registry-1.docker.io"
    }@args: pulled imageName args // { getManifest = tool "get-manifest" ""; };
in
{
  nix2container = { inherit buildImage buildLayer pullImage pullImageFromManifest; };
  nix2container-bin = package "nix2container" { mainProgram = "nix2container"; };
  skopeo-nix2container = package "skopeo-nix2container" { pname = "skopeo"; mainProgram = "skopeo"; };
}
