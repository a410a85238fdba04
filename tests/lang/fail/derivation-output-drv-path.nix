(derivation { name = "a"; builder = "b"; system = "s"; outputs = [ "drvPath" ]; }).drvPath
