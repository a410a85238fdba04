let
  f = x: x;
  s = { inherit f; };
in
[
  (1 == 1.0)
  ("a" == "a")
  ([ 1 2 ] == [ 1 2 ])
  ([ 1 2 ] == [ 2 1 ])
  ({ a = 1; } == { a = 1; })
  ({ a = 1; } == { a = 1; b = 2; })
  (null == false)
  (f == f)
  (s == s)
  ([ f ] == [ f ])
  ([ (x: x) ] == [ (x: x) ])
  (./a == ./a)
  (./a == "./a")
  ({ type = "derivation"; outPath = "x"; a = 1; } == { type = "derivation"; outPath = "x"; a = 2; })
]
