let x = 1; in rec { y = x; z = let x = 2; in { inherit x; }; x = 3; }
