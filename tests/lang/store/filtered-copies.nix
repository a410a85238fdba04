let
  without = name: builtins.filterSource (path: type: baseNameOf path != name) ./tree;
  named = builtins.path { path = ./tree; name = "named"; filter = path: type: type != "directory"; };
  all = builtins.path { path = ./tree; name = "all"; filter = path: type: true; };
in
[
  (builtins.readDir (without "b.txt"))
  (builtins.readFile (without "b.txt" + "/a.txt"))
  (builtins.pathExists (without "b.txt" + "/b.txt"))
  (import (without "b.txt" + "/value.nix"))
  (builtins.readDir named)
  (builtins.pathExists (named + "/sub"))
  (builtins.attrNames (builtins.readDir "${all}/sub"))
  (builtins.path { path = without "b.txt"; name = "again"; })
  (builtins.filterSource (path: type: baseNameOf path != "a.txt") (without "b.txt"))
  (builtins.attrNames (builtins.readDir (builtins.filterSource (path: type: baseNameOf path != "a.txt") (without "b.txt"))))
  (builtins.hashFile "sha256" "${named}/a.txt")
]
