rec { a = [ (builtins.seq b 1) ]; b = builtins.deepSeq a 2; }.b
