builtins.isString (1 + null)
