builtins.length (let nest = n: if n == 0 then { } else let inner = nest (n - 1); in builtins.seq inner { a = inner; }; in nest 12)
