let f = x: x; s = { or = 1; }; in [ s.or (s.x or 2) ({ or = 3; }.or) ]
