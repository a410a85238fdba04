builtins.length { "a b" = null; "if" = true; }
