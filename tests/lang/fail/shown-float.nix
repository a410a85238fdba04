builtins.length 1.50
