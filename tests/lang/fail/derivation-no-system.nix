(derivation { name = "a"; builder = "x"; }).drvPath
