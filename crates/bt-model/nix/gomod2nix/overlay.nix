final: _: import ./builders.nix { pkgs = final; }
