# As many digits as are needed, and for some floats (the last ones) one more.
builtins.toJSON (
  [ 0.1 (0.1 + 0.2) 1.0e15 1.0e14 0.0001 0.00001 (-0.0) 2.2250738585072014e-308 ]
  ++ map builtins.fromJSON [ "5e-324" "9.5367431640625e-7" "1.7976931348623157e308" "2.9802322387695312e-8" "7.113578243725634e-249" "-2.003485544858745e+16" ]
)
