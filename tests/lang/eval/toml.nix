builtins.fromTOML ''
  a = 1
  b = "x"
  c = [1, 2]
  d.e = true
  [t]
  f = 1.5
  [[u]]
  n = 1
  [[u]]
  n = 2
''
