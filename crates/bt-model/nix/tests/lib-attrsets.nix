# lib.attrsets: expectations are nixpkgs' own results.
{ lib }:
let
  nested = { a = { b = { c = 1; }; }; d = 2; };
in
{
  attrByPath = { expr = lib.attrByPath [ "a" "b" "c" ] 0 nested; expected = 1; };
  attrByPathMissing = { expr = lib.attrByPath [ "a" "x" "c" ] 0 nested; expected = 0; };
  attrByPathThroughValue = { expr = lib.attrByPath [ "d" "x" ] 7 nested; expected = 7; };
  attrByPathEmpty = { expr = lib.attrByPath [ ] 0 nested; expected = nested; };
  hasAttrByPath = { expr = [ (lib.hasAttrByPath [ "a" "b" ] nested) (lib.hasAttrByPath [ "d" "e" ] nested) (lib.hasAttrByPath [ ] nested) ]; expected = [ true false true ]; };
  longestValidPathPrefix = { expr = lib.attrsets.longestValidPathPrefix [ "a" "b" "x" "y" ] nested; expected = [ "a" "b" ]; };
  setAttrByPath = { expr = lib.setAttrByPath [ "x" "y" ] 3; expected = { x.y = 3; }; };
  getAttrFromPath = { expr = lib.getAttrFromPath [ "a" "b" ] nested; expected = { c = 1; }; };
  updateManyAttrsByPath = {
    expr = lib.updateManyAttrsByPath [
      { path = [ "a" "b" ]; update = old: { d = old.c; }; }
      { path = [ "a" "b" "c" ]; update = old: old + 1; }
      { path = [ "x" "y" ]; update = _: "xy"; }
    ] { a.b.c = 0; };
    expected = { a = { b = { d = 1; }; }; x = { y = "xy"; }; };
  };
  updateManyOrder = {
    expr = lib.updateManyAttrsByPath [ { path = [ "a" ]; update = o: o + "1"; } { path = [ "a" ]; update = o: o + "2"; } ] { a = "x"; };
    expected = { a = "x12"; };
  };
  attrVals = { expr = lib.attrVals [ "b" "a" ] { a = 1; b = 2; }; expected = [ 2 1 ]; };
  getAttrs = { expr = lib.getAttrs [ "a" ] { a = 1; b = 2; }; expected = { a = 1; }; };
  filterAttrs = { expr = lib.filterAttrs (n: v: n == "foo" || v > 5) { foo = 1; bar = 2; baz = 6; }; expected = { foo = 1; baz = 6; }; };
  filterAttrsRecursive = { expr = lib.filterAttrsRecursive (_: v: v != null) { a.b = null; a.c = 1; d = null; }; expected = { a = { c = 1; }; }; };
  foldlAttrs = { expr = lib.foldlAttrs (acc: n: v: acc + n + toString v) "" { a = 1; b = 2; }; expected = "a1b2"; };
  foldAttrs = { expr = lib.foldAttrs (item: acc: [ item ] ++ acc) [ ] [ { a = 2; } { a = 3; b = 4; } ]; expected = { a = [ 2 3 ]; b = [ 4 ]; }; };
  collect = { expr = lib.collect builtins.isList { a = { b = [ "b" ]; }; c = [ 1 ]; d = 3; }; expected = [ [ "b" ] [ 1 ] ]; };
  collectSets = { expr = lib.collect (x: x ? outPath) { a = { outPath = "a/"; }; b = { c = { outPath = "b/"; }; }; }; expected = [ { outPath = "a/"; } { outPath = "b/"; } ]; };
  cartesianProduct = { expr = lib.cartesianProduct { a = [ 1 2 ]; b = [ 10 20 ]; }; expected = [ { a = 1; b = 10; } { a = 1; b = 20; } { a = 2; b = 10; } { a = 2; b = 20; } ]; };
  mapCartesianProduct = { expr = lib.mapCartesianProduct ({ a, b }: "${a}-${b}") { a = [ "1" "2" ]; b = [ "3" ]; }; expected = [ "1-3" "2-3" ]; };
  nameValuePair = { expr = lib.nameValuePair "n" 1; expected = { name = "n"; value = 1; }; };
  mapAttrs' = { expr = lib.mapAttrs' (n: v: lib.nameValuePair ("x" + n) (v + 1)) { a = 1; }; expected = { xa = 2; }; };
  mapAttrsToList = { expr = lib.mapAttrsToList (n: v: n + v) { x = "a"; y = "b"; }; expected = [ "xa" "yb" ]; };
  attrsToList = { expr = lib.attrsToList { foo = 1; }; expected = [ { name = "foo"; value = 1; } ]; };
  concatMapAttrs = { expr = lib.concatMapAttrs (n: v: { ${n} = v; ${n + v} = n; }) { x = "a"; y = "b"; }; expected = { x = "a"; xa = "x"; y = "b"; yb = "y"; }; };
  mapAttrsRecursive = { expr = lib.mapAttrsRecursive (p: v: lib.concatStringsSep "-" (p ++ [ v ])) { n = { a = "A"; }; b = "B"; }; expected = { n = { a = "n-a-A"; }; b = "b-B"; }; };
  mapAttrsRecursiveCond = { expr = lib.mapAttrsRecursiveCond (v: !(v ? stop)) (_: v: if v ? stop then "s" else v) { a.stop = 1; b.c = 2; }; expected = { a = "s"; b.c = 2; }; };
  mapAttrsToListRecursive = { expr = lib.mapAttrsToListRecursive (p: v: "${lib.concatStringsSep "." p}=${v}") { a.b = "x"; c = "y"; }; expected = [ "a.b=x" "c=y" ]; };
  genAttrs = { expr = lib.genAttrs [ "foo" "bar" ] (n: "x_" + n); expected = { foo = "x_foo"; bar = "x_bar"; }; };
  genAttrs' = { expr = lib.genAttrs' [ "a" ] (n: lib.nameValuePair "p${n}" 1); expected = { pa = 1; }; };
  mergeAttrsList = { expr = lib.mergeAttrsList [ { a = 0; b = 1; } { c = 2; } { a = 3; } ]; expected = { a = 3; b = 1; c = 2; }; };
  mergeAttrsListMany = { expr = lib.mergeAttrsList (lib.genList (n: { ${toString (lib.mod n 3)} = n; }) 10); expected = { "0" = 9; "1" = 7; "2" = 8; }; };
  mergeAttrsListEmpty = { expr = lib.mergeAttrsList [ ]; expected = { }; };
  optionalAttrs = { expr = [ (lib.optionalAttrs true { a = 1; }) (lib.optionalAttrs false (throw "no")) ]; expected = [ { a = 1; } { } ]; };
  zipAttrsWith = { expr = lib.zipAttrsWith (_: v: v) [ { a = "x"; } { a = "y"; b = "z"; } ]; expected = { a = [ "x" "y" ]; b = [ "z" ]; }; };
  zipAttrsWithNames = { expr = lib.zipAttrsWithNames [ "a" ] (_: v: v) [ { a = "x"; } { a = "y"; b = "z"; } ]; expected = { a = [ "x" "y" ]; }; };
  recursiveUpdate = {
    expr = lib.recursiveUpdate { boot.loader.grub = { enable = true; device = "/dev/hda"; }; } { boot.loader.grub.device = ""; };
    expected = { boot.loader.grub = { enable = true; device = ""; }; };
  };
  recursiveUpdateReplaces = { expr = lib.recursiveUpdate { a = { b = 1; }; c = 1; } { a = 2; c = { d = 3; }; }; expected = { a = 2; c = { d = 3; }; }; };
  recursiveUpdateUntil = {
    expr = lib.recursiveUpdateUntil (path: _: _: path == [ "foo" ]) { foo.bar = 1; foo.baz = 2; bar = 3; } { foo.bar = 1; foo.quz = 2; baz = 4; };
    expected = { foo = { bar = 1; quz = 2; }; bar = 3; baz = 4; };
  };
  overrideExisting = { expr = lib.overrideExisting { a = 1; b = 2; } { b = 3; c = 4; }; expected = { a = 1; b = 3; }; };
  matchAttrs = { expr = [ (lib.matchAttrs { cpu = { bits = 64; }; } { cpu = { bits = 64; family = "x86"; }; os = 1; }) (lib.matchAttrs { a = 1; } { b = 1; }) ]; expected = [ true false ]; };
  showAttrPath = { expr = [ (lib.showAttrPath [ "foo" "10" "bar" ]) (lib.showAttrPath [ ]) ]; expected = [ "foo.\"10\".bar" "<root attribute path>" ]; };
  unionOfDisjoint = { expr = lib.attrsets.unionOfDisjoint { a = 1; } { b = 2; }; expected = { a = 1; b = 2; }; };
  unionOfDisjointCollides = { throws = lib.attrsets.unionOfDisjoint { a = 1; } { a = 2; }; };
  isDerivation = { expr = [ (lib.isDerivation { type = "derivation"; }) (lib.isDerivation { }) (lib.isDerivation 1) ]; expected = [ true false false ]; };
  recurseIntoAttrs = { expr = lib.recurseIntoAttrs { a = 1; }; expected = { a = 1; recurseForDerivations = true; }; };
  getOutput = { expr = map (p: lib.getOutput "dev" p) [ { dev = "d"; out = "o"; } { out = "o"; } { dev = "d"; out = "o"; outputSpecified = true; } ]; expected = [ "d" "o" { dev = "d"; out = "o"; outputSpecified = true; } ]; };
  getBin = { expr = lib.getBin { bin = "b"; out = "o"; }; expected = "b"; };
  getStatic = { expr = lib.getStatic { lib = "l"; out = "o"; }; expected = "l"; };
  zipAttrs = { expr = lib.zipAttrs [ { a = 1; } { a = 2; } ]; expected = { a = [ 1 2 ]; }; };
}
