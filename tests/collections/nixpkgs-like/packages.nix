self:
let
  package = pname: version: outputs: self.stdenv.mkDerivation {
    inherit pname version outputs;
    installPhase = "runHook preInstall\nmake install";
    meta.outputsToInstall = builtins.filter (output: output != "dev") outputs;
  };
  simple = pname: version: package pname version [ "out" ];
  write = self.writeTextDir;
in
{
  bash = package "bash" "5.2" [ "out" "dev" "man" ];
  bashInteractive = simple "bash-interactive" "5.2";
  cacert = package "nss-cacert" "3.98" [ "out" "unbundled" ];
  coreutils = package "coreutils" "9.5" [ "out" "info" ];
  curl = package "curl" "8.7" [ "bin" "dev" "out" "man" ];
  gzip = simple "gzip" "1.13";
  jq = package "jq" "1.7" [ "bin" "dev" "out" ];
  lndir = simple "lndir" "1.0";
  nix = simple "nix" "2.18";
  perl = simple "perl" "5.38";
  python3 = simple "python3" "3.11";
  skopeo = simple "skopeo" "1.15";

  fakeNss = self.symlinkJoin {
    name = "fake-nss";
    paths = [
      (write "etc/passwd" "root:x:0:0:root user:/var/empty:/bin/sh\nnobody:x:65534:65534:nobody:/var/empty:/bin/sh\n")
      (write "etc/group" "root:x:0:\nnobody:x:65534:\n")
      (write "etc/nsswitch.conf" "hosts: files dns\n")
      (self.runCommand "var-empty" { } "mkdir -p $out/var/empty\n")
    ];
  };
}
