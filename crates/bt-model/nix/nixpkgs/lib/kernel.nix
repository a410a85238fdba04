# Kernel configuration values.
{ lib, ... }:
{
  option = x: x // { optional = true; };
  yes = { tristate = "y"; optional = false; };
  no = { tristate = "n"; optional = false; };
  module = { tristate = "m"; optional = false; };
  unset = { tristate = null; optional = false; };
  freeform = x: { freeform = x; optional = false; };
  whenHelpers = version: {
    whenAtLeast = v: lib.mkIf (lib.versionAtLeast version v);
    whenOlder = v: lib.mkIf (lib.versionOlder version v);
    whenBetween = low: high: lib.mkIf (lib.versionAtLeast version low && lib.versionOlder version high);
  };
}
