builtins.path { path = ./support-that-is-not-there; }
