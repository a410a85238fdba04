[ "${./tree}" (builtins.readDir ./tree) ]
