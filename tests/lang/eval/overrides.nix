rec { __overrides = { b = 20; c = 30; }; a = b + 1; b = 2; }
