let
  s = {
    first = 1;
      second = 2;
    "quoted" = 3;
    ${"dyn" + "amic"} = 4;
  };
  at = name: set: let p = builtins.unsafeGetAttrPos name set; in [ p.line p.column (baseNameOf p.file) ];
in
[
  (at "first" s)
  (at "second" s)
  (at "quoted" s)
  (at "dynamic" s)
  (builtins.unsafeGetAttrPos "nope" s)
  (at "first" (s // { other = 1; }))
]
