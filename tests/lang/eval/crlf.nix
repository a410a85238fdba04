let
  x = 1; # comment
  y = "a
b";
in
[ x y ]
