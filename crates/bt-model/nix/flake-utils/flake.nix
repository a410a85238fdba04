# flake-utils: helpers that spread outputs over systems.
{
  description = "A model of numtide/flake-utils";

  outputs = { self, ... }@inputs: {
    lib = import ./lib.nix {
      defaultSystems =
        if inputs ? systems then import inputs.systems
        else [ "aarch64-darwin" "aarch64-linux" "x86_64-darwin" "x86_64-linux" ];
    };
    templates = { };
  };
}
