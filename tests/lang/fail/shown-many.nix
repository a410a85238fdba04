builtins.length (builtins.listToAttrs (builtins.genList (i: { name = "a${toString (i + 10)}"; value = i; }) 13))
