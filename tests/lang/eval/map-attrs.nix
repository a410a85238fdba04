[ (builtins.mapAttrs (n: v: n + toString v) { a = 1; b = 2; }) (builtins.catAttrs "a" [ { a = 1; } { b = 2; } { a = 3; } ]) (removeAttrs { a = 1; b = 2; c = 3; } [ "a" "c" "zz" ]) ]
