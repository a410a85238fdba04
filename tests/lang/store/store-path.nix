let
  dep = derivation { name = "dep"; builder = "/b"; system = "x"; };
in
[
  (builtins.storePath "${./tree}")
  (builtins.getContext (builtins.storePath "${./tree}"))
  (builtins.getContext (builtins.storePath dep.drvPath))
  (builtins.storePath (builtins.unsafeDiscardStringContext "${./tree}"))
]
