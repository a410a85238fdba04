builtins.groupBy (x: if x < 3 then "small" else "big") [ 1 5 2 4 3 ]
