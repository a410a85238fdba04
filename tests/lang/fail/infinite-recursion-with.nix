let s = with s; { inherit a; }; in s.a
