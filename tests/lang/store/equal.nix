let f = x: derivation { name = "eq"; system = "x86_64-linux"; builder = "/bin/sh"; inherit x; }; in [ (f 1 == f 1) (f 1 == f 2) (f 1 == f 1 // { meta = 1; }) ]
