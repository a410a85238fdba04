[
  (builtins.path { path = ../store/tree/link; })
  (builtins.filterSource (path: type: true) ../store/tree/link)
  (builtins.readFile (builtins.path { path = ../store/tree/link; name = "x"; }))
  "${../store/tree/link}"
]
