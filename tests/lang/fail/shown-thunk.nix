builtins.length { a = 1 + 1; b = [ 1 (2 + 3) ]; }
