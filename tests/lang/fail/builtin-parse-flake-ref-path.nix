builtins.parseFlakeRef "a.b-1"
