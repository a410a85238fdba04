let
  a = 1;
  b = { c = 2; d.e = 3; };
  inherit (b) c;
  inherit (b.d) e;
in
{ inherit a c e; inherit (b) d; inherit ({ q = 4; }) q; inherit; }
