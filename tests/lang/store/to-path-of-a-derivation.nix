# Nothing is built for `toPath`, and the string still refers to the derivation.
let
  d = derivation { name = "a"; system = "x86_64-linux"; builder = "/bin/sh"; };
in
[
  (builtins.toPath d == d.outPath)
  (builtins.getContext (builtins.toPath d) == builtins.getContext d.outPath)
  (builtins.toPath "/a/../b//c/.")
  (builtins.hasContext (builtins.toPath "/a"))
]
