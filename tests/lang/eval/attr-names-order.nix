builtins.attrNames { z = 1; a = 2; B = 3; "10" = 4; "9" = 5; aa = 6; _ = 7; }
