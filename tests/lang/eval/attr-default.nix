let
  s = { a.b = 1; n = null; };
in
[
  (s.a.b or 2)
  (s.a.c or 2)
  (s.x.y.z or 3)
  (s.n.x or 4)
  ((1).x or 5)
  ((s.a.c or { d = 6; }).d)
  (s.${"a"}.${"q"} or 7)
  (s.a.c or s.a.d or 8)
]
