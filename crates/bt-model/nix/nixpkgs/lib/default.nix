# Entry point for `import (nixpkgs + "/lib")`: an attribute set, as in nixpkgs. The private primops are handed down
# as an argument so that every other file stays plain Nix.
import ./all.nix { bt = __bt; }
