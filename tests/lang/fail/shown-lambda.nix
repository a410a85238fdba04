let f = x: x; in builtins.length f
