with builtins; [ (length [ 1 ]) (isString "x") (map (x: x) [ 1 ]) (with { length = _: "mine"; }; length [ ]) ]
