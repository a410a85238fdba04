# Which builtins keep the positions of attributes, and which make sets that have none.
let
  set = {
    a = 1;
    b = 2;
  };
  line = set: (builtins.unsafeGetAttrPos "a" set).line or null;
  mapped = builtins.mapAttrs (_: value: value) set;
in
{
  plain = line set;
  mapAttrs = line mapped;
  mapped-and-updated = line (mapped // { c = 1; });
  updated-by-mapped = line (set // mapped);
  mapped-and-left = line (builtins.removeAttrs mapped [ "b" ]);
  mapped-and-common = line (builtins.intersectAttrs set mapped);
  common = line (builtins.intersectAttrs mapped set);
  zipped = line (builtins.zipAttrsWith (_: values: values) [ set set ]);
  listed = line (builtins.listToAttrs [ { name = "a"; value = 1; } ]);
  listed-of-mapped = line (builtins.listToAttrs [ (builtins.mapAttrs (_: value: value) { name = "a"; value = 1; }) ]);
  left = line (builtins.removeAttrs set [ "b" ]);
  arguments = line (builtins.functionArgs ({ a }: a));
  grouped = line (builtins.groupBy (_: "a") [ 1 ]);
  parsed = line (builtins.fromJSON ''{"a": 1}'');
}
