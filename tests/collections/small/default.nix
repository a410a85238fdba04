# Two packages: one depends on `word` through two others, the other one does not.
{ word ? "now" }:
let
  make = name: attrs: derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // attrs);
  low = make "low" { inherit word; };
  middle = make "middle" { inherit low; args = [ "-c" "cat $low" ]; };
in
{
  top = make "top" { inherit low middle; text = builtins.toFile "text" "a text"; };
  tools.apart = make "apart" { outputs = [ "out" "dev" ]; };
  fixed = make "fixed" { outputHashMode = "recursive"; outputHashAlgo = "sha256"; outputHash = ""; };
  fails = throw "this package cannot be evaluated";
}
