[
  (builtins.path { path = ./tree/a.txt; recursive = false; sha256 = builtins.hashFile "sha256" ./tree/a.txt; })
  (builtins.path { path = ./tree/a.txt; recursive = false; sha256 = "sha256:${builtins.hashFile "sha256" ./tree/a.txt}"; })
  (builtins.path { path = ./tree/run.sh; name = "x"; recursive = false; })
]
