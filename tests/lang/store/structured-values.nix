let
  d = attrs: derivation ({ name = "n"; builder = "/b"; system = "x"; } // attrs);
  dep = derivation { name = "dep"; builder = ./tree/run.sh; system = "x"; outputs = [ "out" "dev" ]; };
  show = d: [ d.drvPath (map (o: o.outPath) d.all) ];
in
map show [
  (d { __structuredAttrs = true; outputs = [ "out" "dev" ]; a.b = [ 1 2.5 null true "é\n" { } [ ] ]; })
  (d { __structuredAttrs = true; a = ./tree/a.txt; b = { outPath = ./tree; x = 1; }; c = { __toString = self: "x"; }; })
  (d { __structuredAttrs = true; args = [ 1 dep ]; builder = "${dep}/x"; "a b" = 1; "" = 3; })
  (d { __structuredAttrs = true; exportReferencesGraph = { x = [ dep ]; y = dep.drvPath; }; })
  (d { __structuredAttrs = true; outputChecks.out.allowedReferences = [ "out" dep ]; outputChecks.dev.maxSize = 5; })
  (d { __structuredAttrs = true; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "recursive"; })
  (d { __structuredAttrs = true; outputHash = ""; outputHashAlgo = "sha256"; })
  (d { __structuredAttrs = true; __ignoreNulls = true; outputHashAlgo = null; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; a = null; })
  (d { __structuredAttrs = false; a = 1; })
  (d { __json = "{\"a\":1}"; b = 2; })
]
