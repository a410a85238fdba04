# A set that is a string comes first: paths stay as they are, and nothing is copied or looked at.
[
  ({ outPath = "/x"; } + /surely/missing)
  ({ outPath = /surely; } + /missing)
  ({ outPath = /surely; } + "/missing")
  ({ __toString = _: "a"; } + /surely/missing)
  (builtins.getContext ({ outPath = /surely; } + "/missing"))
]
