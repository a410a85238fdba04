# `import (nixpkgs + "/nixos/tests/make-test-python.nix") f { inherit system; }`
_: _: import ../lib/test.nix "vm-test-run"
