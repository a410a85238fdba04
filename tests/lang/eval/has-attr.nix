let s = { a.b = null; }; in [ (s ? a) (s ? a.b) (s ? a.b.c) (s ? x.y) (1 ? x) (s ? "a") (!s ? q) ]
