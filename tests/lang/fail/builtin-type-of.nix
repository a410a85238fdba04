builtins.typeOf (1 + null)
