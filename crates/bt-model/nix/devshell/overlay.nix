final: _: { devshell = import ./default.nix { nixpkgs = final; }; }
