builtins.fromTOML ''
  a.b = 1
  a.c.d = 2
  inline = { x.y = 1, x.z = { }, l = [ { }, [ 1,
    2, # comment
  ] ] }
  [a.e]        # a table in one that dotted keys made
  f = 3
  [x.y.z]
  [x]          # made by the header before
  v = 1
  [[array.of]]
  n = 1
  [array.of.inner]
  m = 2
  [[array.of]]
  [[array.of.more]]
  [[array.of.more]]
  k = 3
''
