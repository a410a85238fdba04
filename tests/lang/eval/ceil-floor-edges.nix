[
  (builtins.ceil 9007199254740992)
  (builtins.floor 9007199254740992.0)
  (builtins.ceil (-9223372036854775807 - 1))
  (builtins.floor (-9223372036854775808.0))
  (builtins.ceil (-0.5))
  (builtins.floor 1)
]
