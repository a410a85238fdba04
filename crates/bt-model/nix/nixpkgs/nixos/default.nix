# `import (nixpkgs + "/nixos") { configuration; }`.
args:
let
  result = (import ./system.nix { bt = __bt; lib = import ../lib/all.nix { bt = __bt; }; }).system args;
in
result // { inherit (result.config.system.build) toplevel vm vmWithBootLoader; system = result.config.system.build.toplevel; }
