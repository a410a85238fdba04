# dockerTools: formals, results and the small packages that come with it.
{ lib, pkgs }:
let
  d = pkgs.dockerTools;
  image = d.buildLayeredImage { name = "Reg/App"; tag = "v1"; contents = [ pkgs.jq ]; config = { Cmd = [ "${pkgs.jq}/bin/jq" ]; User = "1"; }; };
in
{
  names = { expr = [ image.name image.imageName image.imageTag image.btModel image.buildArgs.config.User image.type ]; expected = [ "App.tar.gz" "reg/app" "v1" "image" "1" "derivation" ]; };
  hashTag = { expr = let i = d.buildImage { name = "x"; }; in [ (builtins.stringLength i.imageTag) (builtins.hasContext i.imageTag) (lib.hasInfix i.imageTag i.outPath) i.name ]; expected = [ 32 false true "docker-image-x.tar.gz" ]; };
  stream = { expr = let i = d.streamLayeredImage { name = "x"; tag = "t"; }; in [ i.name i.isExe i.imageTag (lib.getExe i == "${i}/bin/stream-x") ]; expected = [ "stream-x" true "t" true ]; };
  lazyImage = { expr = (d.buildLayeredImage { name = "x"; contents = throw "c"; config = throw "d"; }).imageName; expected = "x"; };
  override = { expr = (image.override { tag = "v2"; }).imageTag; expected = "v2"; };
  overrideFunction = { expr = (image.override (old: { name = old.name + "2"; })).imageName; expected = "reg/app2"; };
  configDistinguishes = { expr = (d.buildImage { name = "x"; config.User = "a"; }).outPath == (d.buildImage { name = "x"; config.User = "b"; }).outPath; expected = false; };
  formals = { expr = [ (lib.functionArgs d.buildImage).name (builtins.length (builtins.attrNames (lib.functionArgs d.buildLayeredImage))) ((lib.functionArgs d.buildImage) ? fakeRootCommands) ((lib.functionArgs d.streamLayeredImage) ? compressor) ]; expected = [ false 23 false false ]; };
  tooFewLayers = { throws = (d.buildLayeredImage { name = "x"; maxLayers = 1; }).name; };
  bothContents = { throws = (d.buildImage { name = "x"; contents = [ ]; copyToRoot = [ ]; }).name; };
  compressors = { expr = map (compressor: (d.buildLayeredImage { name = "x"; inherit compressor; }).name) [ "none" "gz" "zstd" ]; expected = [ "x.tar" "x.tar.gz" "x.tar.zst" ]; };
  wrongCompressor = { throws = (d.buildImage { name = "x"; compressor = "xz"; }).name; };
  pullImage = { expr = let p = d.pullImage { imageName = "ghcr.io/a/b"; imageDigest = "sha256:0"; sha256 = throw "hash"; finalImageTag = "1"; }; in [ p.name p.imageName p.imageTag p.imageDigest p.btModel ]; expected = [ "docker-image-ghcr.io-a-b-1.tar" "ghcr.io/a/b" "1" "sha256:0" "image" ]; };
  fromImage = { expr = (d.buildImage { name = "x"; fromImage = d.buildImage { name = "base"; }; }).buildArgs.fromImage.imageName; expected = "base"; };
  fakeNss = { expr = map (p: p.destination or p.name) pkgs.fakeNss.paths; expected = [ "/etc/passwd" "/etc/group" "/etc/nsswitch.conf" "var-empty" ]; };
  fakeNssText = { expr = (builtins.head d.fakeNss.paths).text; expected = "root:x:0:0:root user:/var/empty:/bin/sh\nnobody:x:65534:65534:nobody:/var/empty:/bin/sh\n"; };
  fakeNssOverride = { expr = lib.hasSuffix "me:x:1:1::/:/bin/sh\n" (builtins.head (d.fakeNss.override { extraPasswdLines = [ "me:x:1:1::/:/bin/sh" ]; }).paths).text; expected = true; };
  small = { expr = map (p: p.name) [ d.binSh d.usrBinEnv d.caCertificates ]; expected = [ "bin-sh" "usr-bin-env" "ca-certificates" ]; };
  shadowSetup = { expr = lib.hasInfix "/etc/passwd" d.shadowSetup && builtins.hasContext d.shadowSetup; expected = true; };
  architecture = { expr = d.defaultArchitecture; expected = "amd64"; };
}
