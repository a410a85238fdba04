builtins.length (builtins.concatStringsSep "" (builtins.genList (i: "x") 1030))
