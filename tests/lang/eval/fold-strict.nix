builtins.foldl' (a: b: a * 2 + b) 0 [ 1 0 1 1 ]
