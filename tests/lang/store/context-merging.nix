# Contexts of strings that are put together, with parts in common and without.
let
  file = name: builtins.toFile name name;
  names = s: map (path: builtins.substring 44 100 path) (builtins.attrNames (builtins.getContext s));
  a = file "a"; b = file "b"; c = file "c"; d = file "d"; e = file "e";
  all = a + b + c + d + e;
in
{
  pairs = map names [ (a + b) (b + a) (a + a) ("x" + a) (a + "x") ];
  overlapping = names ((a + c + e) + (b + c + d));
  interleaved = names ((a + c) + (e + b + d));
  covered = names (all + c) == names all && names (c + all) == names all;
  outer = names ((a + e) + (b + d)) == names ((b + d) + (a + e));
  interpolated = names "${a}${e}${c}${a}${b + d}";
}
