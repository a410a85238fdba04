# nix-systems/default: the four systems most flakes support, as a plain list.
[ "aarch64-darwin" "aarch64-linux" "x86_64-darwin" "x86_64-linux" ]
