# lib.customisation and lib.derivations: expectations are nixpkgs' own results.
{ lib }:
let
  f = { a, b ? 2, c ? 3 }: { inherit a b c; sum = a + b + c; };
  drv = derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; };
in
{
  makeOverridable = { expr = let o = lib.makeOverridable f { a = 1; }; in [ o.sum (o.override { b = 10; }).sum ((o.override { b = 10; }).override { c = 20; }).sum (o.override (old: { a = old.a + 5; })).sum ]; expected = [ 6 14 31 11 ]; };
  makeOverridableArgs = { expr = [ (lib.functionArgs (lib.makeOverridable f)) (lib.functionArgs (lib.makeOverridable f { a = 1; }).override) ]; expected = [ { a = false; b = true; c = true; } { a = false; b = true; c = true; } ]; };
  makeOverridableFunction = { expr = let o = lib.makeOverridable ({ n }: x: x + n) { n = 1; }; in [ (o 1) ((o.override { n = 5; }) 1) ]; expected = [ 2 6 ]; };
  makeOverridableOther = { expr = lib.makeOverridable ({ n }: n) { n = 7; }; expected = 7; };
  callPackageWith = { expr = (lib.callPackageWith { a = 1; b = 5; } f { c = 0; }).sum; expected = 6; };
  callPackageOverride = { expr = ((lib.callPackageWith { a = 1; b = 5; } f { }).override { b = 0; }).sum; expected = 4; };
  callPackageExplicit = { expr = (lib.callPackageWith { a = 1; } f { a = 100; }).sum; expected = 105; };
  callPackagesWith = { expr = let r = lib.callPackagesWith { a = 1; } ({ a, b ? 1 }: { x = { v = a + b; }; y = { v = b; }; }) { }; in [ r.x.v (r.x.override { b = 5; }).v ]; expected = [ 2 6 ]; };
  makeScope = {
    expr =
      let
        scope = lib.makeScope (extra: lib.callPackageWith ({ base = 1; } // extra)) (self: { x = self.callPackage ({ base }: { v = base; }) { }; y = self.callPackage ({ x }: { v = x.v + 1; }) { }; });
        over = scope.overrideScope (_: _: { x = { v = 10; }; });
      in
      [ scope.y.v over.y.v ];
    expected = [ 2 11 ];
  };
  extendDerivation = { expr = let e = lib.extendDerivation true { foo = 1; } drv; in [ e.foo e.dev.foo e.dev.outputSpecified e.outputName (e.outPath == drv.outPath) (builtins.length e.all) ]; expected = [ 1 1 true "out" true 2 ]; };
  extendDerivationFails = { throws = (lib.extendDerivation (throw "no") { } drv).outPath; };
  hydraJob = { expr = let h = lib.hydraJob (drv // { meta = { m = 1; }; }); in [ h.type h.outputName h.meta (h ? drvAttrs) ]; expected = [ "derivation" "out" { m = 1; } false ]; };
  lazyDerivation = { expr = let l = lib.lazyDerivation { derivation = drv; outputs = [ "out" "dev" ]; meta = { }; passthru.p = 1; }; in [ l.type l.p (l.dev.outPath == drv.dev.outPath) ]; expected = [ "derivation" 1 true ]; };
  optionalDrvAttr = { expr = [ (lib.optionalDrvAttr true 1) (lib.optionalDrvAttr false 1) ]; expected = [ 1 null ]; };
  extendMkDerivation = { expr = let mk = lib.extendMkDerivation { constructDrv = g: lib.fix g; excludeDrvArgNames = [ "x" ]; extendDrvArgs = final: { x ? 1, ... }@args: { y = x + 1; z = final.n; }; }; in [ (mk { n = 3; x = 5; }) (mk (final: { n = 4; })).z (lib.functionArgs mk) ]; expected = [ { n = 3; y = 6; z = 3; } 4 { x = true; } ]; };
  overrideDerivation = { expr = (lib.overrideDerivation drv (old: { name = old.name + "x"; })).name; expected = "dx"; };
  mapCrossIndex = { expr = lib.mapCrossIndex (x: x + 1) { buildBuild = 1; buildHost = 1; buildTarget = 1; hostHost = 1; hostTarget = 1; targetTarget = 1; }; expected = { buildBuild = 2; buildHost = 2; buildTarget = 2; hostHost = 2; hostTarget = 2; targetTarget = 2; }; };
}
