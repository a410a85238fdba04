let lib = import ./support/lib.nix { n = 20; }; in [ lib.double (import ./support).name ]
