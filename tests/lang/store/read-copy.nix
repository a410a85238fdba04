let
  copy = "${./tree}";
in
[
  (builtins.readFile "${copy}/a.txt")
  (builtins.readDir copy)
  (builtins.pathExists "${copy}/nope")
  (builtins.readFile "${copy}/sub/../b.txt")
  (import "${./tree}/value.nix")
  (builtins.readFile (builtins.path { path = ./tree; name = "renamed"; } + "/a.txt"))
]
