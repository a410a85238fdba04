let
  d = attrs: derivation ({ name = "n"; builder = "/b"; system = "x"; } // attrs);
  floating = derivation { name = "q"; builder = "b"; system = "s"; __contentAddressed = true; };
  impure = derivation { name = "q"; builder = "b"; system = "s"; __impure = true; };
  show = d: [ d.drvPath (map (o: o.outPath) d.all) ];
in
map show [
  (d { __contentAddressed = true; })
  (d { __contentAddressed = true; outputHashMode = "flat"; })
  (d { __contentAddressed = true; outputHashAlgo = "sha1"; })
  (d { __contentAddressed = true; outputHashAlgo = "none"; outputs = [ "out" "dev" ]; })
  (d { __contentAddressed = false; __impure = false; })
  (d { __contentAddressed = true; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; })
  (d { __impure = true; })
  (d { __impure = true; outputHashMode = "flat"; outputHashAlgo = "sha1"; })
  (d { __contentAddressed = true; __structuredAttrs = true; outputs = [ "out" "dev" ]; })
  (d { __impure = true; __structuredAttrs = true; })
  (d { a = floating; outputs = [ "a" "b" ]; })
  (d { a = impure; })
  (d { a = impure; __contentAddressed = true; })
  (d { outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; a = floating; })
]
