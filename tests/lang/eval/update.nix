let
  big = builtins.listToAttrs (builtins.genList (i: { name = "n${toString i}"; value = i; }) 40);
in
[
  ({ a = 1; b = { c = 1; }; } // { b = { d = 2; }; })
  ({ } // { })
  (builtins.length (builtins.attrNames (big // { n3 = "x"; new = 1; })))
  (big // { n3 = "x"; }).n3
  ((big // { n3 = "x"; } // { n4 = "y"; }) // { n3 = "z"; }).n3
]
