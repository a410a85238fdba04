builtins.floor [ ]
