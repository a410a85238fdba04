let
  d = attrs: derivation ({ name = "n"; builder = "/b"; system = "x"; __structuredAttrs = true; } // attrs);
in
[
  (d { a = 1.0; b = 1.0e100; c = 0.1; d = -0.0; e = 1.0e-5; f = 123456789.125; }).drvPath
]
