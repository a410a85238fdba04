# `import (nixpkgs + "/nixos/lib/testing-python.nix") { inherit system; }`
{ ... }:
let
  test = _: import ./test.nix "vm-test-run";
in
{
  makeTest = test;
  runTest = test;
  simpleTest = test;
  runInMachine = test;
  evalTest = test;
}
