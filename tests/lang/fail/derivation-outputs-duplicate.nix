(derivation { name = "a"; builder = "x"; system = "s"; outputs = [ "out" "out" ]; }).drvPath
