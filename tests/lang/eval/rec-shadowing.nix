let a = 1; b = 2; in rec { a = b; c = a + b; inherit b; }
