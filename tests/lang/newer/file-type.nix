map builtins.readFileType [ ./integer-negate.nix ./. ]
