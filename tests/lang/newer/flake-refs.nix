[ (builtins.parseFlakeRef "github:a/b/v1?dir=c") (builtins.flakeRefToString { type = "git"; url = "https://x.org/r"; ref = "main"; }) (builtins.parseFlakeRef "nixpkgs/nixos-24.05") ]
