builtins.break (1 + null)
