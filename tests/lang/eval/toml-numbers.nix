builtins.fromTOML ''
  ints = [0, +0, -0, 1_000, -9223372036854775808, 9223372036854775807]
  hex = [0xdead_BEEF, 0x7fffffffffffffff, 0x00]
  oct = [0o755, 0o0]
  bin = [0b1101_0110, 0b0]
  floats = [1.5, -0.0, 6.626e-34, 1e06, 9_224.445_991, 4.9e-324, 1e-400, +1.0E+2]
  special = [inf, +inf, -inf]
''
