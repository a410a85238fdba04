builtins.bitOr "a" (throw "later")
