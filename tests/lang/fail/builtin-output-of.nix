builtins.outputOf "a" "out"
