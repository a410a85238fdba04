let map = x: y: "mine"; true = 1; in [ (map 1 2) true (builtins.map (x: x) [ 1 ]) ]
