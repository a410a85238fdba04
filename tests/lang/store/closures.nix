let
  d = attrs: derivation ({ name = "n"; builder = "/b"; system = "x"; } // attrs);
  dep = derivation { name = "dep"; builder = ./tree/run.sh; system = "x"; outputs = [ "out" "dev" ]; };
  user = derivation { name = "user"; builder = dep; system = "x"; a = builtins.toFile "a" "${./tree/a.txt}"; };
  floating = derivation { name = "floating"; builder = "/b"; system = "x"; __contentAddressed = true; };
  impure = derivation { name = "impure"; builder = "/b"; system = "x"; __impure = true; };
  show = d: [ d.drvPath (map (o: o.outPath) d.all) ];
in
map show [
  (d { a = dep.drvPath; })
  (d { a = dep.drvPath; b = dep; })
  (d { exportReferencesGraph = [ "g" dep "h" dep.drvPath "i" ./tree/a.txt ]; })
  (d { a = user.drvPath; })
  (d { a = builtins.toFile "x" "${builtins.unsafeDiscardOutputDependency dep.drvPath}"; })
  (d { a = builtins.unsafeDiscardOutputDependency dep.drvPath; b = builtins.unsafeDiscardStringContext user.drvPath; })
  (d { a = floating.drvPath; })
  (d { a = floating; b = impure; })
]
