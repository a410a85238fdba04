let a = derivation { name = "a"; builder = "b"; system = "s"; inherit (a) drvPath; }; in a.drvPath
