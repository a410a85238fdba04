# Fixed points and overlays. The overlay machinery is what makes `pkgs.extend` and `lib.extend` true, so nothing here
# may look at attribute names: an open set must stay open all the way through.
{ lib, ... }:
rec {
  fix = f: let x = f x; in x;
  fix' = f: let x = f x // { __unfix__ = f; }; in x;
  converge = f: x:
    let
      next = f x;
    in
    if next == x then x else converge f next;
  extends = overlay: base: final:
    let
      prev = base final;
    in
    prev // overlay final prev;
  composeExtensions = first: second: final: prev:
    let
      one = first final prev;
      two = second final (prev // one);
    in
    one // two;
  composeManyExtensions = overlays:
    if overlays == [ ] then _: _: { }
    else final: prev:
      builtins.foldl' (acc: overlay: acc // overlay final (prev // acc)) { } overlays;
  makeExtensible = makeExtensibleWithCustomName "extend";
  makeExtensibleWithCustomName = name: base:
    fix' (self: (base self) // {
      ${name} = overlay: makeExtensibleWithCustomName name (extends overlay base);
    });
  toExtension = f:
    if lib.isFunction f
    then
      final: prev:
        let
          partial = f prev;
        in
        if lib.isFunction partial then f final prev else partial
    else _: _: f;
}
