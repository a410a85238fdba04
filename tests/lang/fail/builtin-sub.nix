builtins.sub 1 "a"
