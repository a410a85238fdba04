(derivation { name = "a"; builder = "x"; system = "s"; f = x: x; }).drvPath
