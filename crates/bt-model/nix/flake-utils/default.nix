# For those who import the source: the same functions.
import ./lib.nix { defaultSystems = [ "aarch64-darwin" "aarch64-linux" "x86_64-darwin" "x86_64-linux" ]; }
