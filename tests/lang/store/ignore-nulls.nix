let f = ignore: derivation { name = "nulls"; system = "x86_64-linux"; builder = "/bin/sh"; __ignoreNulls = ignore; a = null; b = 1; }; in [ (f true).drvPath (f false).drvPath ]
