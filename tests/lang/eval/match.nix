with builtins;
[
  (match "a(b*)(c)?" "abb")
  (match "a" "ab")
  (match "([[:alpha:]]+)-([0-9]+)" "foo-12")
  (match "(.*)\\.nix" "a.b.nix")
  (match "" "")
  (match "[^/]*" "abc")
  (split "," "a,b,,c")
  (split "(-)|(_)" "a-b_c")
  (split "x" "none")
]
