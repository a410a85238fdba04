# The last of equal names counts; integers beyond 64 bits are floats; -0 is an integer; a byte order mark is skipped.
map builtins.fromJSON [
  ''{"a": 1, "b": 2, "a": {"c": [ ]}}''
  "18446744073709551616"
  "-9223372036854775809"
  "[-0, -0.0, 0e0, 1E+2, 5e-324, 1e-400, 123456789012345678901234567890]"
  ''"\ud83d\ude00\/\u00e9\b\f"''
  "\t\r\n 1 \n"
  ''﻿[1]''
]
