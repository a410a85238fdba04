let
  s = { v = 10; __functor = self: x: self.v + x; };
in
[ (s 1) ((s // { v = 20; }) 1) (map s [ 1 2 ]) (builtins.foldl' { __functor = _: a: b: a + b; } 0 [ 1 2 3 ]) ]
