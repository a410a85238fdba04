let
  f = builtins.toFile "x" "y";
  s = "${f}/bin";
in
[
  (builtins.hasContext s)
  (builtins.hasContext "plain")
  (builtins.attrValues (builtins.getContext s))
  (builtins.hasContext (builtins.unsafeDiscardStringContext s))
  (builtins.hasContext (builtins.substring 0 0 s))
  (builtins.hasContext (builtins.replaceStrings [ "bin" ] [ "lib" ] s))
]
