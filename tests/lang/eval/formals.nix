let
  f = { a, b ? a + 1, ... }@all: [ a b (builtins.attrNames all) ];
  g = all@{ x ? 1 }: [ x (all ? x) ];
  h = { a ? b, b ? 2 }: a + b;
in
[ (f { a = 1; }) (f { a = 1; b = 5; c = 6; }) (g { }) (g { x = 2; }) (h { }) (h { b = 10; }) (({ }: 1) { }) ]
