builtins.deepSeq [ { a = 1 + null; } ] 1
