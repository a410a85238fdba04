builtins.length { b = 1; a = "x"; type = "t"; }
