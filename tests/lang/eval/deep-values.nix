let f = n: acc: if n == 0 then acc else f (n - 1) [ acc ]; depth = v: n: if builtins.isList v then depth (builtins.head v) (n + 1) else n; in depth (f 3000 1) 0
