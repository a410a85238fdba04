with builtins;
[
  (sort lessThan [ 3 1 2 ])
  (sort (a: b: a > b) [ 3 1 2 ])
  (map (x: x.n) (sort (a: b: a.k < b.k) [ { k = 1; n = "a"; } { k = 0; n = "b"; } { k = 1; n = "c"; } { k = 0; n = "d"; } ]))
  (sort (a: b: true) [ ])
  (sort lessThan [ "b" "a" "C" ])
]
