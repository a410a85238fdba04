let
  x = 1;
  y = { z = 2; };
in
{
  a = { inherit x; inherit (y) z; };
  a.w = 3;
}
