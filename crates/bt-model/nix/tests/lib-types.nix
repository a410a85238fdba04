# lib.types: checks, merges and descriptions are nixpkgs' own results.
{ lib }:
let
  t = lib.types;
  check = type: map type.check;
  # The value of one option of this type with these definitions.
  merge = type: values: (lib.evalModules { modules = [ { options.v = lib.mkOption { inherit type; }; } ] ++ map (v: { inherit v; }) values; }).config.v;
in
{
  bool = { expr = check t.bool [ true 1 ]; expected = [ true false ]; };
  boolByOr = { expr = merge t.boolByOr [ false true ]; expected = true; };
  ints = { expr = map (x: x 256) [ t.int.check t.ints.u8.check t.ints.u16.check t.ints.positive.check t.ints.unsigned.check (t.ints.between 0 10).check t.port.check t.ints.s8.check ]; expected = [ true false true true true false true false ]; };
  port = { expr = check t.port [ 0 65535 65536 (-1) "80" ]; expected = [ true true false false false ]; };
  numbers = { expr = check t.number [ 1 1.5 "x" ] ++ check t.numbers.positive [ 0.5 0 ]; expected = [ true true false true false ]; };
  strs = { expr = check t.nonEmptyStr [ "a" " " ] ++ check t.singleLineStr [ "a\n" "a\nb" ] ++ check (t.strMatching "[a-z]+") [ "ab" "a1" ]; expected = [ true false true false true false ]; };
  singleLine = { expr = merge t.singleLineStr [ "a\n" ]; expected = "a"; };
  lines = { expr = merge t.lines [ "a" "b" ]; expected = "b\na"; };
  commas = { expr = merge t.commas [ "a" "b" ]; expected = "b,a"; };
  envVar = { expr = merge t.envVar [ "a" "b" ]; expected = "b:a"; };
  separatedString = { expr = merge (t.separatedString "|") [ "a" "b" ]; expected = "b|a"; };
  attrs = { expr = merge t.attrs [ { a = 1; } { b = 2; } ]; expected = { a = 1; b = 2; }; };
  anything = { expr = merge t.anything [ { a.b = 1; } { a.c = [ 2 ]; } ]; expected = { a = { b = 1; c = [ 2 ]; }; }; };
  anythingForce = { expr = merge t.anything [ { a.b = lib.mkForce 1; } { a.b = 2; } ]; expected = { a = { b = 1; }; }; };
  anythingConflict = { throws = merge t.anything [ 1 "x" ]; };
  anythingFunction = { expr = merge t.anything [ (x: { a = x; }) (x: { b = x; }) ] 3; expected = { a = 3; b = 3; }; };
  raw = { expr = merge t.raw [ { a = lib.mkIf false 1; } ]; expected = { a = lib.mkIf false 1; }; };
  listOf = { expr = merge (t.listOf t.int) [ [ 1 (lib.mkIf false 2) ] [ 3 ] ]; expected = [ 3 1 ]; };
  listOfWrong = { throws = merge (t.listOf t.int) [ [ "x" ] ]; };
  nonEmptyListOf = { expr = check (t.nonEmptyListOf t.int) [ [ ] [ 1 ] ]; expected = [ false true ]; };
  attrsOf = { expr = merge (t.attrsOf t.int) [ { a = 1; b = lib.mkIf false 2; } { c = 3; } ]; expected = { a = 1; c = 3; }; };
  attrsOfPriority = { expr = merge (t.attrsOf t.int) [ { a = lib.mkDefault 1; } { a = 3; } ]; expected = { a = 3; }; };
  lazyAttrsOf = { expr = builtins.attrNames (merge (t.lazyAttrsOf t.int) [ { a = 1; b = lib.mkIf false 2; } ]); expected = [ "a" "b" ]; };
  lazyAttrsOfEmpty = { expr = (merge (t.lazyAttrsOf (t.nullOr t.int)) [ { b = lib.mkIf false 2; } ]).b; expected = null; };
  nullOr = { expr = [ (merge (t.nullOr t.int) [ null ]) (merge (t.nullOr t.int) [ 1 ]) ]; expected = [ null 1 ]; };
  nullOrMixed = { throws = merge (t.nullOr t.int) [ null 1 ]; };
  nullOrUnset = { expr = merge (t.nullOr t.int) [ ]; expected = null; };
  listUnset = { expr = [ (merge (t.listOf t.int) [ ]) (merge (t.attrsOf t.int) [ ]) (merge t.attrs [ ]) ]; expected = [ [ ] { } { } ]; };
  either = { expr = [ (merge (t.either t.int t.str) [ "a" ]) (merge (t.either t.int (t.listOf t.int)) [ [ 1 ] [ 2 ] ]) ]; expected = [ "a" [ 2 1 ] ]; };
  oneOf = { expr = check (t.oneOf [ t.int t.str t.bool ]) [ 1 "a" true null ]; expected = [ true true true false ]; };
  enum = { expr = check (t.enum [ "a" 1 ]) [ "a" 1 "b" ]; expected = [ true true false ]; };
  coercedTo = { expr = [ (merge (t.coercedTo t.int toString t.str) [ 5 ]) (merge (t.coercedTo t.str lib.singleton (t.listOf t.str)) [ "a" [ "b" ] ]) ]; expected = [ "5" [ "b" "a" ] ]; };
  functionTo = { expr = merge (t.functionTo (t.listOf t.int)) [ (x: [ x ]) (x: [ (x + 1) ]) ] 1; expected = [ 2 1 ]; };
  uniq = { throws = merge (t.uniq (t.listOf t.int)) [ [ 1 ] [ 2 ] ]; };
  uniqOne = { expr = merge (t.uniq (t.listOf t.int)) [ [ 1 ] ]; expected = [ 1 ]; };
  path = { expr = check t.path [ "/a" ./. "a" 1 { outPath = "/x"; } ]; expected = [ true true false false true ]; };
  pathInStore = { expr = check t.pathInStore [ "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-x/bin" "/nix/store" "/a" ]; expected = [ true false false ]; };
  externalPath = { expr = check t.externalPath [ "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-x" "/a" ]; expected = [ false true ]; };
  package = { expr = check t.package [ { type = "derivation"; } "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-x" "x" ]; expected = [ true true false ]; };
  addCheck = { expr = check (t.addCheck t.int (x: x > 2)) [ 1 3 "x" ]; expected = [ false true false ]; };
  deferredModule = { expr = (lib.evalModules { modules = [ { options.a = lib.mkOption { type = t.listOf t.int; }; } (merge t.deferredModule [ { a = [ 1 ]; } { a = [ 2 ]; } ]) ]; }).config.a; expected = [ 1 2 ]; };
  attrTag = { expr = merge (t.attrTag { a = lib.mkOption { type = t.int; }; b = lib.mkOption { type = t.str; }; }) [ { a = 1; } ]; expected = { a = 1; }; };
  attrTagWrong = { throws = merge (t.attrTag { a = lib.mkOption { type = t.int; }; }) [ { c = 1; } ]; };
  optionType = { expr = (merge t.optionType [ t.int ]).name; expected = "int"; };
  passwdEntry = { expr = check (t.passwdEntry t.str) [ "a" "a:b" ]; expected = [ true false ]; };
  luaInline = { expr = check t.luaInline [ (lib.mkLuaInline "x") "x" ]; expected = [ true false ]; };
  descriptions = {
    expr = map (x: x.description) [
      t.int t.str t.bool (t.listOf t.int) (t.attrsOf (t.listOf t.str)) (t.nullOr t.int) (t.listOf (t.nullOr t.int)) (t.either t.int t.str)
      (t.oneOf [ t.int t.str t.bool ]) (t.enum [ "a" 1 true ]) (t.enum [ "a" ]) (t.submodule { }) (t.attrsOf (t.submodule { })) t.port t.ints.positive
      (t.ints.between 1 2) (t.functionTo t.int) (t.coercedTo t.int toString t.str) (t.separatedString "x") (t.lazyAttrsOf t.raw) t.path t.package
      (t.nonEmptyListOf t.int) (t.uniq t.int) (t.submodule { freeformType = t.attrsOf t.int; }) (t.strMatching "a") t.anything
      (t.attrTag { a = lib.mkOption { }; }) (t.either t.ints.positive t.str)
    ];
    expected = [
      "signed integer" "string" "boolean" "list of signed integer" "attribute set of list of string" "null or signed integer" "list of (null or signed integer)" "signed integer or string"
      "signed integer or string or boolean" "one of \"a\", 1, true" "value \"a\" (singular enum)" "submodule" "attribute set of (submodule)" "16 bit unsigned integer; between 0 and 65535 (both inclusive)" "positive integer, meaning >0"
      "integer between 1 and 2 (both inclusive)" "function that evaluates to a(n) signed integer" "string or signed integer convertible to it" "strings concatenated with \"x\"" "lazy attribute set of raw value" "absolute path" "package"
      "non-empty (list of signed integer)" "signed integer" "open submodule of attribute set of signed integer" "string matching the pattern a" "anything"
      "attribute-tagged union with choices: a" "positive integer, meaning >0, or string"
    ];
  };
  typeMerge = { expr = map (pair: let m = (builtins.head pair).typeMerge (lib.last pair).functor; in if m == null then null else m.description) [ [ t.int t.int ] [ t.int t.str ] [ (t.listOf t.int) (t.listOf t.int) ] [ (t.listOf t.int) (t.listOf t.str) ] [ (t.enum [ "a" ]) (t.enum [ "b" ]) ] [ (t.nullOr t.int) (t.nullOr t.int) ] [ (t.either t.int t.str) (t.either t.int t.str) ] [ (t.attrsOf t.int) (t.lazyAttrsOf t.int) ] ]; expected = [ "signed integer" null "list of signed integer" null "one of \"a\", \"b\"" "null or signed integer" "signed integer or string" null ]; };
}
