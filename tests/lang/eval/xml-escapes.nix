builtins.toXML [ "a\n\t\r\"<>&'é" { "a<b" = 1; } (builtins.fromJSON ''"\u0001\u007f"'') ]
