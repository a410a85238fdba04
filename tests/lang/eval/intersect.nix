builtins.intersectAttrs { a = 1; b = 2; x = 9; } { b = 3; a = 4; c = 5; }
