[ (builtins.readFile ./support/data.txt) (builtins.attrNames (builtins.readDir ./support)) (builtins.pathExists ./support/nope) (builtins.pathExists ./support/data.txt) ]
