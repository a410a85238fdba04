let
  n = "x";
  empty = null;
in
{
  ${n} = 1;
  "${n}y" = 2;
  ${n + "z"}.deep = 3;
  a.${n}.b = 4;
  ${empty} = throw "never there";
  has = { ${n} = 1; } ? ${n};
  sel = { xq = 5; }.${n + "q"};
}
