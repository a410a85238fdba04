with builtins;
[
  (head [ 1 2 ])
  (tail [ 1 2 3 ])
  (elem 2 [ 1 2 ])
  (filter (x: x > 1) [ 1 2 3 ])
  (concatLists [ [ 1 ] [ ] [ 2 3 ] ])
  (concatMap (x: [ x x ]) [ 1 2 ])
  (genList (i: i * i) 5)
  (all (x: x > 0) [ 1 2 ])
  (any (x: x > 1) [ 1 2 ])
  (partition (x: x > 1) [ 1 2 3 ])
  (length [ ])
  ([ 1 ] ++ [ 2 ] ++ [ ] ++ [ 3 ])
]
