builtins.ceil 1.5e30
