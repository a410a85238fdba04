# `import (nixpkgs + "/nixos/lib/eval-config.nix")`, which older flakes call instead of lib.nixosSystem.
args: (import ../system.nix { bt = __bt; lib = import ../../lib/all.nix { bt = __bt; }; }).system args
