# lib.generators and lib.cli: expectations are nixpkgs' own results.
{ lib }:
let
  g = lib.generators;
in
{
  toKeyValue = { expr = g.toKeyValue { } { a = 1; b = "x=y"; c = true; "d=e" = null; }; expected = "a=1\nb=x=y\nc=true\nd\\=e=null\n"; };
  toKeyValueLists = { expr = g.toKeyValue { listsAsDuplicateKeys = true; indent = "  "; } { a = [ 1 2 ]; }; expected = "  a=1\n  a=2\n"; };
  toINI = { expr = g.toINI { } { foo = { hi = "ho"; ciao = "bar"; }; baz = { also = 1; }; "x[y]" = { }; }; expected = "[baz]\nalso=1\n\n[foo]\nciao=bar\nhi=ho\n\n[x\\[y\\]]\n"; };
  toINIWithGlobalSection = { expr = g.toINIWithGlobalSection { } { globalSection = { some = "v"; }; sections = { foo = { x = 1; }; }; }; expected = "some=v\n\n[foo]\nx=1\n"; };
  toGitINI = { expr = g.toGitINI { user = { email = "a@b"; name = "N \"q\""; }; url."ssh://x/".insteadOf = [ "https://x" "y" ]; core.on = true; gc.auto = 0; }; expected = "[core]\n\ton = true\n\n[gc]\n\tauto = 0\n\n[url \"ssh://x/\"]\n\tinsteadOf = \"https://x\"\n\tinsteadOf = \"y\"\n\n[user]\n\temail = \"a@b\"\n\tname = \"N \\\"q\\\"\"\n"; };
  toPretty = {
    expr = g.toPretty { } { a = 1; b = [ 1 "x" null ]; c = "multi\nline"; d = { }; e = [ ]; f = x: x; g = { q, r ? 1 }: q; "h i" = 1.5; j = true; };
    expected = "{\n  a = 1;\n  b = [\n    1\n    \"x\"\n    null\n  ];\n  c = ''\n    multi\n    line'';\n  d = { };\n  e = [ ];\n  f = <function>;\n  g = <function, args: {q, r?}>;\n  \"h i\" = 1.5;\n  j = true;\n}";
  };
  toPrettySingle = { expr = g.toPretty { multiline = false; } { a = [ 1 2 ]; b = "x\ny"; }; expected = "{ a = [ 1 2 ]; b = \"x\\ny\"; }"; };
  toPrettyEscapes = { expr = g.toPretty { } "a\${b}\"c\\"; expected = "\"a\\\${b}\\\"c\\\\\""; };
  toPrettyDerivation = { expr = g.toPretty { } { type = "derivation"; name = "n"; }; expected = "<derivation n>"; };
  toPrettyValue = { expr = g.toPretty { allowPrettyValues = true; } { __pretty = v: "P${toString v}"; val = 3; }; expected = "P3"; };
  toPlist = { expr = g.toPlist { escape = true; } { a = 1; b = [ true "x<y" ]; c = { d = null; e = 1.5; }; f = [ ]; }; expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple Computer//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n\t<key>a</key>\n\t<integer>1</integer>\n\t<key>b</key>\n\t<array>\n\t\t<true/>\n\t\t<string>x&lt;y</string>\n\t</array>\n\t<key>c</key>\n\t<dict>\n\t\t<key>e</key>\n\t\t<real>1.500000</real>\n\t</dict>\n\t<key>f</key>\n\t<array>\n\n\t</array>\n</dict>\n</plist>"; };
  toDhall = { expr = g.toDhall { } { a = 1; b = [ true "x" ]; c = -1; }; expected = "{ a = +1, b = [ True, \"x\" ], c = -1 }"; };
  toLua = { expr = g.toLua { } { cmd = [ "ls" 1 ]; s = { x = null; }; e = { }; f = [ ]; r = g.mkLuaInline "v:f()"; }; expected = "{\n  [\"cmd\"] = {\n    \"ls\",\n    1\n  },\n  [\"e\"] = {},\n  [\"f\"] = {},\n  [\"r\"] = (v:f()),\n  [\"s\"] = {\n    [\"x\"] = nil\n  }\n}"; };
  toLuaSingle = { expr = g.toLua { multiline = false; } { a = [ 1 ]; }; expected = "{ [\"a\"] = { 1 } }"; };
  toLuaBindings = { expr = g.toLua { asBindings = true; } { a = 1; b.c = { d = 2; }; }; expected = "a = 1\nb = {\n  [\"c\"] = {\n    [\"d\"] = 2\n  }\n}\n"; };
  toJSON = { expr = [ (g.toJSON { } { a = [ 1 ]; }) (g.toYAML { } "x") ]; expected = [ "{\"a\":[1]}" "\"x\"" ]; };
  mkValueStringDefault = { expr = map (g.mkValueStringDefault { }) [ 42 "s" true null 42.23 ]; expected = [ "42" "s" "true" "null" "42.230000" ]; };
  withRecursion = { expr = g.toPretty { multiline = false; } (g.withRecursion { depthLimit = 1; throwOnDepthLimit = false; } { a = 1; }); expected = "{ a = \"<unevaluated>\"; }"; };
  toGNUCommandLine = {
    expr = lib.cli.toGNUCommandLine { } { data = "{}"; X = "PUT"; retry = 3; retry-delay = null; url = [ "a" "b" ]; silent = false; verbose = true; };
    expected = [ "-X" "PUT" "--data" "{}" "--retry" "3" "--url" "a" "--url" "b" "--verbose" ];
  };
  toGNUCommandLineShell = { expr = lib.cli.toGNUCommandLineShell { optionValueSeparator = "="; } { a = "x y"; bc = 1; }; expected = "'-a=x y' '--bc=1'"; };
  toCommandLine = { expr = lib.cli.toCommandLineGNU { } { v = true; s = false; n = null; url = [ "a" "b" ]; x = 3; long = "v"; }; expected = [ "--long=v" "--url=a" "--url=b" "-v" "-x3" ]; };
  toCommandLineShell = { expr = lib.cli.toCommandLineShell (n: { option = "-${n}"; sep = null; explicitBool = true; }) { a = true; b = "x y"; }; expected = "-a true -b 'x y'"; };
  dconf = { expr = g.toDconfINI { "org/x" = { a = "s'q"; b = true; c = lib.gvariant.mkInt32 5; d = [ "x" "y" ]; e = lib.gvariant.mkTuple [ "a" true ]; f = lib.gvariant.mkUint32 7; g = lib.gvariant.mkEmptyArray lib.gvariant.type.string; h = lib.gvariant.mkVariant "v"; }; }; expected = "[org/x]\na='s\\'q'\nb=true\nc=5\nd=@as ['x','y']\ne=@(sb) ('a',true)\nf=@u 7\ng=@as []\nh=<'v'>\n"; };
}
