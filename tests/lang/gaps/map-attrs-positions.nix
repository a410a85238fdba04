# Findings point to where an attribute was written, also through mapAttrs and zipAttrsWith, where Nix drops its position.
[
  (builtins.unsafeGetAttrPos "a" (builtins.mapAttrs (name: value: value) { a = 1; }))
  (builtins.unsafeGetAttrPos "a" (builtins.zipAttrsWith (name: values: values) [ { a = 1; } ]))
]
