# `import (nixpkgs + "/nixos/lib") { }`: tests, and modules of NixOS.
{ ... }:
let
  test = _: import ./test.nix "vm-test-run";
in
{
  runTest = test;
  evalTest = test;
  evalModules = (import ../../lib/all.nix { bt = __bt; }).evalModules;
}
