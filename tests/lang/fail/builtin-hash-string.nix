builtins.hashString "none" "a"
