let d = derivation { name = "outputs-first"; system = "x86_64-linux"; builder = "/bin/sh"; outputs = [ "bin" "out" ]; }; in [ d.drvPath d.outPath d.outputName "${d}" "${d.out}" ]
