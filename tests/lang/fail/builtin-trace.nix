builtins.trace "text" (1 + null)
