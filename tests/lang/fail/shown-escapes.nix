builtins.length "a\n\"${"$"}{b}\\"
