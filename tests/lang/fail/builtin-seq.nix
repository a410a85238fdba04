builtins.seq (1 + null) 1
