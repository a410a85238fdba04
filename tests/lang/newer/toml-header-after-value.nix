# Nix's TOML library does not ask for the end of the line before a header.
builtins.fromTOML ''
  a = 1 [b]
  c = 2 [[d]]
  e = 3
''
