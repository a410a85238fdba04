builtins.length (let a = { self = a; }; in a)
