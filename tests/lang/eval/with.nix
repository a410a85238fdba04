let
  a = 1;
  s = { a = 2; b = 3; };
in
[
  (with s; a)
  (with s; b)
  (with s; with { b = 4; }; b)
  (with { a = 9; }; let b = a; in b)
  ((x: with s; x) 7)
  (with s; [ b (with { c = b; }; c) ])
  (with { x = 1; }; with { y = x; }; y)
]
