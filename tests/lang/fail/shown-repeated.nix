builtins.attrNames (let a = { b = 1; }; in builtins.seq a [ a a ])
