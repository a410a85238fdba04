# Version strings.
{ lib, ... }:
let
  parts = n: version: lib.concatStringsSep "." (lib.take n (builtins.splitVersion version));
  part = n: version: builtins.elemAt (builtins.splitVersion version) n;
in
rec {
  inherit (builtins) splitVersion;
  major = part 0;
  minor = part 1;
  patch = part 2;
  majorMinor = parts 2;
  pad = n: version:
    let
      split = builtins.match "([^-]*)(-.*)?" version;
      numbers = builtins.filter (p: p != "") (lib.splitString "." (builtins.head split));
      suffix = builtins.elemAt split 1;
    in
    lib.concatStringsSep "." (lib.take n (numbers ++ lib.replicate n "0")) + (if suffix == null then "" else suffix);
}
