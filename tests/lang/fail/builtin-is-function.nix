builtins.isFunction (1 + null)
