builtins.mul "a" 1
