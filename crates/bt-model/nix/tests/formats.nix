# pkgs.formats: the value as JSON, the text where it is known, and the types.
{ lib, pkgs }:
let
  f = pkgs.formats;
  value = { a = 1; b = [ true null ]; };
  option = type: given: (lib.evalModules { modules = [ { options.v = lib.mkOption { inherit type; }; } { v = given; } ]; }).config.v;
in
{
  json = { expr = let g = (f.json { }).generate "x.json" value; in [ g.name g.value g.btModel (lib.isString g.outPath) ]; expected = [ "x.json" (builtins.toJSON value) "format" true ]; };
  yaml = { expr = ((f.yaml { }).generate "x.yaml" value).value; expected = builtins.toJSON value; };
  toml = { expr = ((f.toml { }).generate "x.toml" { a = 1; }).format; expected = "toml"; };
  ini = { expr = ((f.ini { }).generate "x.ini" { s = { k = 1; b = true; }; }).text; expected = "[s]\nb=true\nk=1\n"; };
  iniLists = { expr = ((f.ini { listsAsDuplicateKeys = true; }).generate "x" { s.k = [ 1 2 ]; }).text; expected = "[s]\nk=1\nk=2\n"; };
  iniListToValue = { expr = ((f.ini { listToValue = lib.concatMapStringsSep "," toString; }).generate "x" { s.k = [ 1 2 ]; }).text; expected = "[s]\nk=1,2\n"; };
  keyValue = { expr = ((f.keyValue { }).generate "x" { a = 1; b = "c"; }).text; expected = "a=1\nb=c\n"; };
  context = { expr = builtins.hasContext ((f.yaml { }).generate "x" { p = "${pkgs.jq}"; }).value; expected = true; };
  jsonType = { expr = option (f.json { }).type { a = [ 1 "x" null { b = true; } ]; }; expected = { a = [ 1 "x" null { b = true; } ]; }; };
  jsonTypeWrong = { throws = option (f.json { }).type (x: x); };
  iniType = { expr = option (f.ini { }).type { s.k = 1; }; expected = { s.k = 1; }; };
  iniTypeWrong = { throws = option (f.ini { }).type { k = 1; }; };
  tomlNoNull = { throws = option (f.toml { }).type { a = null; }; };
  distinct = { expr = ((f.yaml { }).generate "x" 1).outPath == ((f.yaml { }).generate "x" 2).outPath; expected = false; };
  lazy = { expr = ((f.yaml { }).generate "x" (throw "v")).name; expected = "x"; };
}
