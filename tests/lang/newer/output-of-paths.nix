let
  dep = derivation { name = "dep"; builder = "/b"; system = "x"; outputs = [ "out" "dev" ]; };
  reference = builtins.unsafeDiscardOutputDependency dep.drvPath;
in
[
  (builtins.getContext (builtins.addDrvOutputDependencies reference))
  (derivation { name = "n"; builder = "/b"; system = "x"; a = builtins.addDrvOutputDependencies reference; }).drvPath
  (builtins.storePath "${./support}/x")
]
