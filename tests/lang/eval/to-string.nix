map toString [ 1 (-2) "s" true false null [ 1 [ 2 3 ] [ ] "x" ] { __toString = _: "obj"; } { outPath = "/o"; } /a/b ]
