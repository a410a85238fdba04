let
  d = attrs: derivation ({ name = "n"; builder = "/b"; system = "x"; } // attrs);
  show = d: [ d.drvPath (map (o: o.outPath) d.all) ];
in
map show [
  (d { outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "nar"; })
  (d { outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "text"; })
  (d { outputHash = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="; outputHashMode = "git"; })
  (d { outputHash = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="; outputHashMode = "nar"; })
  (d { outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "text"; name = "x.drv"; })
  (d { outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "text"; __structuredAttrs = true; })
  (d { __contentAddressed = true; outputHashMode = "text"; })
  (d { __contentAddressed = true; outputHashMode = "text"; name = "a.drv"; outputHashAlgo = "sha256"; })
  (d { outputHashMode = "text"; })
  (d { __impure = true; outputHashMode = "nar"; })
  (d { outputs = [ "drv" "out" ]; })
]
