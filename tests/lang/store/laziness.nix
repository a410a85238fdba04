let d = derivation { name = "lazy"; system = "x86_64-linux"; builder = "/bin/sh"; bad = throw "only when asked"; }; in [ d.name d.type (d ? outPath) (builtins.tryEval d.outPath).success ]
