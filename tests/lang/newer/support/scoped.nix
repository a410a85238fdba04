[ x (let x = 6; in x) (builtins.isInt x) ]
