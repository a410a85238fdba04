# lib.trivial, lib.fixedPoints, lib.asserts, lib.meta: expectations are nixpkgs' own results.
{ lib }:
{
  pipe = { expr = lib.pipe 2 [ (x: x + 2) (x: x * 2) ]; expected = 8; };
  flip = { expr = lib.flip builtins.sub 1 5; expected = 4; };
  mapNullable = { expr = [ (lib.mapNullable (x: x + 1) null) (lib.mapNullable (x: x + 1) 22) ]; expected = [ null 23 ]; };
  defaultTo = { expr = [ (lib.defaultTo "d" null) (lib.defaultTo "d" false) ]; expected = [ "d" false ]; };
  boolToString = { expr = [ (lib.boolToString true) (lib.boolToYesNo false) ]; expected = [ "true" "no" ]; };
  logic = { expr = [ (lib.and true false) (lib.or true false) (lib.xor true true) (lib.bitNot 5) ]; expected = [ false true false (-6) ]; };
  minMax = { expr = [ (lib.min 1 2) (lib.max 1 2) (lib.mod 11 10) (lib.compare 1 2) (lib.compare "b" "a") ]; expected = [ 1 2 1 (-1) 1 ]; };
  splitByAndCompare = { expr = lib.splitByAndCompare (lib.hasPrefix "foo") lib.compare lib.compare "foobar" "bar"; expected = -1; };
  toBaseDigits = { expr = [ (lib.toBaseDigits 10 123) (lib.toBaseDigits 2 6) (lib.toBaseDigits 16 250) (lib.toBaseDigits 2 0) ]; expected = [ [ 1 2 3 ] [ 1 1 0 ] [ 15 10 ] [ 0 ] ]; };
  toHexString = { expr = [ (lib.toHexString 250) (lib.toHexString 0) ]; expected = [ "FA" "0" ]; };
  fromHexString = { expr = [ (lib.fromHexString "FF") (lib.fromHexString "0x7fffffff") ]; expected = [ 255 2147483647 ]; };
  functionArgs = { expr = [ (lib.functionArgs ({ a, b ? 1 }: a)) (lib.functionArgs (lib.setFunctionArgs (x: x) { q = true; })) (lib.functionArgs { __functor = _: { z }: z; }) ]; expected = [ { a = false; b = true; } { q = true; } { z = false; } ]; };
  isFunction = { expr = map lib.isFunction [ (x: x) { __functor = _: x: x; } { } 1 ]; expected = [ true true false false ]; };
  mirrorFunctionArgs = { expr = lib.functionArgs (lib.mirrorFunctionArgs ({ x, y }: x) (a: a)); expected = { x = false; y = false; }; };
  toFunction = { expr = [ (lib.toFunction 1 2) (lib.toFunction (x: x + 1) 2) ]; expected = [ 1 3 ]; };
  warnIf = { expr = [ (lib.warnIf false "m" 1) (lib.throwIf false "m" 2) (lib.throwIfNot true "m" 3) (lib.warnIfNot true "m" 4) ]; expected = [ 1 2 3 4 ]; };
  throwIf = { throws = lib.throwIf true "m" 1; };
  checkListOfEnum = { expr = lib.checkListOfEnum "c" [ "a" "b" ] [ "a" ] 5; expected = 5; };
  checkListOfEnumBad = { throws = lib.checkListOfEnum "c" [ "a" "b" ] [ "x" ] 5; };
  assertOneOf = { expr = lib.assertOneOf "v" "a" [ "a" "b" ]; expected = true; };
  assertOneOfBad = { throws = lib.assertOneOf "v" "c" [ "a" "b" ]; };
  assertMsg = { throws = lib.assertMsg false "no"; };
  assertEachOneOf = { expr = lib.asserts.assertEachOneOf "v" [ "a" ] [ "a" "b" ]; expected = true; };
  fix = { expr = (lib.fix (self: { a = 1; b = self.a + 1; })).b; expected = 2; };
  extends = { expr = lib.fix (lib.extends (final: prev: { a = prev.a + 10; c = final.b; }) (self: { a = 1; b = self.a + 1; })); expected = { a = 11; b = 12; c = 12; }; };
  composeExtensions = { expr = lib.fix (lib.extends (lib.composeExtensions (_: p: { a = p.a + 1; }) (f: p: { a = p.a * 10; b = f.a; })) (_: { a = 1; })); expected = { a = 20; b = 20; }; };
  composeManyExtensions = { expr = lib.fix (lib.extends (lib.composeManyExtensions [ (_: p: { a = p.a + 1; x = 1; }) (_: p: { a = p.a * 10; y = p.x; }) (f: _: { z = f.a; }) ]) (_: { a = 1; })); expected = { a = 20; x = 1; y = 1; z = 20; }; };
  converge = { expr = lib.converge (x: x / 2) 16; expected = 0; };
  makeExtensible = { expr = let o = (lib.makeExtensible (self: { a = 1; b = self.a; })).extend (_: p: { a = p.a + 1; }); in [ o.a o.b ]; expected = [ 2 2 ]; };
  toExtension = { expr = [ (lib.toExtension { a = 1; } { } { }) (lib.toExtension (p: { b = p.a; }) { } { a = 2; }) (lib.toExtension (f: p: { c = f.a + p.a; }) { a = 1; } { a = 2; }) ]; expected = [ { a = 1; } { b = 2; } { c = 3; } ]; };
  appendToName = { expr = (lib.appendToName "with-patches" { name = "hello-2.3"; }).name; expected = "hello-with-patches-2.3"; };
  getExe' = { expr = lib.getExe' { type = "derivation"; outPath = "/x"; out = "/x"; } "foo"; expected = "/x/bin/foo"; };
  getExe = { expr = lib.getExe { type = "derivation"; bin = "/b"; out = "/x"; meta.mainProgram = "foo"; }; expected = "/b/bin/foo"; };
  getExeSlash = { throws = lib.getExe' { type = "derivation"; out = "/x"; } "a/b"; };
  setPrio = { expr = (lib.hiPrio { meta.x = 1; }).meta; expected = { x = 1; priority = -10; }; };
  licenseSpdx = { expr = lib.licenses.mit.spdxId; expected = "MIT"; };
  runTests = { expr = lib.runTests { testOk = { expr = 1; expected = 1; }; testBad = { expr = 1; expected = 2; }; }; expected = [ { name = "testBad"; expected = 2; result = 1; } ]; };
  fakeHashes = { expr = [ lib.fakeHash lib.fakeSha256 (builtins.stringLength lib.fakeSha512) ]; expected = [ "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" "0000000000000000000000000000000000000000000000000000000000000000" 128 ]; };
  normalizeHash = { expr = lib.fetchers.normalizeHash { } { url = "u"; sha256 = ""; }; expected = { url = "u"; outputHashAlgo = "sha256"; outputHash = lib.fakeSha256; }; };
  mkEUI64Suffix = { expr = lib.network.ipv6.mkEUI64Suffix "66:75:63:6B:20:75"; expected = "6475:63ff:fe6b:2075"; };
  ipv6 = { expr = lib.network.ipv6.fromString "2001:DB8::ffff/32"; expected = { address = "2001:db8:0:0:0:0:0:ffff"; prefixLength = 32; }; };
  pathAppend = { expr = toString (lib.path.append /foo "bar/baz"); expected = "/foo/bar/baz"; };
  pathPrefix = { expr = [ (lib.path.hasPrefix /foo /foo/bar) (lib.path.hasPrefix /foo /foobar) (lib.path.removePrefix /foo /foo/bar/baz) (lib.path.splitRoot /foo/bar).subpath ]; expected = [ true false "./bar/baz" "./foo/bar" ]; };
  subpath = { expr = with lib.path.subpath; [ (isValid "foo") (isValid "../x") (isValid "/x") (join [ "foo" "./bar/" ]) (components "./a//b/.") (normalise "foo//bar") (join [ ]) ]; expected = [ true false false "./foo/bar" [ "a" "b" ] "./foo/bar" "./." ]; };
}
