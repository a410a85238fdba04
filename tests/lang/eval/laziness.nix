let
  bomb = throw "boom";
  s = { a = 1; b = bomb; };
  xs = [ 1 bomb 3 ];
in
[ s.a (builtins.length xs) (builtins.elemAt xs 2) ((x: 5) bomb) (let y = bomb; in 6) (builtins.attrNames s) ]
