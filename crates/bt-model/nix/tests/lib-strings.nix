# lib.strings: expectations are nixpkgs' own results.
{ lib }:
let
  s = lib.strings;
in
{
  concatMapStrings = { expr = lib.concatMapStrings (x: "a" + x) [ "foo" "bar" ]; expected = "afooabar"; };
  concatImapStrings = { expr = lib.concatImapStrings (pos: x: "${toString pos}-${x}") [ "foo" "bar" ]; expected = "1-foo2-bar"; };
  concatMapStringsSep = { expr = lib.concatMapStringsSep "-" lib.toUpper [ "foo" "bar" ]; expected = "FOO-BAR"; };
  concatImapStringsSep = { expr = lib.concatImapStringsSep "-" (pos: x: toString (x / pos)) [ 6 6 6 ]; expected = "6-3-2"; };
  concatMapAttrsStringSep = { expr = lib.concatMapAttrsStringSep "\n" (n: v: "${n}: foo-${v}") { a = "0.1.0"; b = "0.2.0"; }; expected = "a: foo-0.1.0\nb: foo-0.2.0"; };
  concatLines = { expr = [ (lib.concatLines [ "foo" "bar" ]) (lib.concatLines [ ]) ]; expected = [ "foo\nbar\n" "" ]; };
  replaceString = { expr = lib.replaceString "world" "Nix" "Hello, world!"; expected = "Hello, Nix!"; };
  replicate = { expr = s.replicate 3 "v"; expected = "vvv"; };
  trim = { expr = map lib.trim [ " hello, world! " "\n\t x \r" "" "   " "a" ]; expected = [ "hello, world!" "x" "" "" "a" ]; };
  trimWith = { expr = [ (lib.trimWith { start = true; } "  hi  ") (lib.trimWith { end = true; } "  hi  ") (lib.trimWith { } " x ") ]; expected = [ "hi  " "  hi" " x " ]; };
  makeSearchPath = { expr = [ (lib.makeSearchPath "bin" [ "/root" "/usr" "/usr/local" ]) (lib.makeSearchPath "bin" [ "" ]) (lib.makeSearchPath "x" [ "a" null ]) ]; expected = [ "/root/bin:/usr/bin:/usr/local/bin" "/bin" "a/x" ]; };
  normalizePath = { expr = s.normalizePath "/a//b///c/"; expected = "/a/b/c/"; };
  optionalString = { expr = [ (lib.optionalString true "a") (lib.optionalString false "a") ]; expected = [ "a" "" ]; };
  hasPrefix = { expr = [ (lib.hasPrefix "foo" "foobar") (lib.hasPrefix "foo" "barfoo") (lib.hasPrefix "" "") ]; expected = [ true false true ]; };
  hasSuffix = { expr = [ (lib.hasSuffix "foo" "foobar") (lib.hasSuffix "foo" "barfoo") (lib.hasSuffix "" "x") (lib.hasSuffix "xxx" "x") ]; expected = [ false true true false ]; };
  hasInfix = { expr = [ (lib.hasInfix "bc" "abcd") (lib.hasInfix "ab" "abcd") (lib.hasInfix "foo" "abcd") (lib.hasInfix "." "abc") ]; expected = [ true true false false ]; };
  stringToCharacters = { expr = lib.stringToCharacters "abc"; expected = [ "a" "b" "c" ]; };
  stringAsChars = { expr = lib.stringAsChars (x: if x == "a" then "i" else x) "nax"; expected = "nix"; };
  charToInt = { expr = map s.charToInt [ "A" "(" "\n" "~" " " "0" "z" ]; expected = [ 65 40 10 126 32 48 122 ]; };
  escape = { expr = lib.escape [ "(" ")" ] "(foo)"; expected = "\\(foo\\)"; };
  escapeC = { expr = s.escapeC [ " " "-" ] "foo bar-"; expected = "foo\\x20bar\\x2d"; };
  escapeURL = { expr = lib.escapeURL "https://example.com/foo bar~_-.é"; expected = "https%3A%2F%2Fexample.com%2Ffoo%20bar~_-.é"; };
  escapeShellArg = { expr = map lib.escapeShellArg [ "esc'ape\nme" "plain-1.0" "" "a b" ]; expected = [ "'esc'\\''ape\nme'" "plain-1.0" "''" "'a b'" ]; };
  escapeShellArgs = { expr = lib.escapeShellArgs [ "one" "two three" "four'five" 7 ]; expected = "one 'two three' 'four'\\''five' 7"; };
  isValidPosixName = { expr = map lib.isValidPosixName [ "foo_bar1" "1foo" "a-b" ]; expected = [ true false false ]; };
  toShellVars = { expr = lib.toShellVars { foo = [ "a" "b c" ]; bar = { k = "v v"; }; baz = "x y"; n = 1; }; expected = "declare -A bar=([k]='v v')\nbaz='x y'\ndeclare -a foo=(a 'b c')\nn=1"; };
  escapeNixString = { expr = s.escapeNixString "hello\${}\n\"w\""; expected = "\"hello\\\${}\\n\\\"w\\\"\""; };
  escapeNixIdentifier = { expr = map s.escapeNixIdentifier [ "hello" "0abc" "in" "a-b'" "or" "x y" ]; expected = [ "hello" "\"0abc\"" "\"in\"" "a-b'" "\"or\"" "\"x y\"" ]; };
  escapeRegex = { expr = lib.escapeRegex "[^a-z]*"; expected = "\\[\\^a-z]\\*"; };
  escapeXML = { expr = lib.escapeXML "\"test\" 'x' < & >"; expected = "&quot;test&quot; &apos;x&apos; &lt; &amp; &gt;"; };
  toUpper = { expr = [ (lib.toUpper "Home") (lib.toLower "HOME") ]; expected = [ "HOME" "home" ]; };
  toSentenceCase = { expr = map lib.toSentenceCase [ "home" "hOME" "" ]; expected = [ "Home" "Home" "" ]; };
  toCamelCase = { expr = map lib.toCamelCase [ "hello-world" "helloWorld" "hello_world here" "HelloWorld" "" ]; expected = [ "helloWorld" "helloWorld" "helloWorldHere" "helloWorld" "" ]; };
  splitString = { expr = [ (lib.splitString "." "foo.bar.baz") (lib.splitString "/" "/usr/local/bin") (lib.splitString "," "") ]; expected = [ [ "foo" "bar" "baz" ] [ "" "usr" "local" "bin" ] [ "" ] ]; };
  splitStringBy = { expr = [ (lib.splitStringBy (_: c: builtins.elem c [ "." "-" ]) false "foo.bar-baz") (lib.splitStringBy (p: c: builtins.match "[a-z]" p != null && builtins.match "[A-Z]" c != null) true "fooBarBaz") (lib.splitStringBy (_: _: true) false "") ]; expected = [ [ "foo" "bar" "baz" ] [ "foo" "Bar" "Baz" ] [ "" ] ]; };
  removePrefix = { expr = [ (lib.removePrefix "foo." "foo.bar.baz") (lib.removePrefix "xxx" "foo") ]; expected = [ "bar.baz" "foo" ]; };
  removeSuffix = { expr = [ (lib.removeSuffix "front" "homefront") (lib.removeSuffix "xxx" "homefront") ]; expected = [ "home" "homefront" ]; };
  versions = { expr = [ (lib.versionOlder "1.1" "1.2") (lib.versionOlder "1.1" "1.1") (lib.versionAtLeast "1.1" "1.0") (lib.versionAtLeast "1.1" "1.2") ]; expected = [ true false true false ]; };
  getName = { expr = [ (lib.getName "youtube-dl-2016.01.01") (lib.getName { pname = "p"; name = "x-1"; }) (lib.getName { name = "x-y-1.2"; }) ]; expected = [ "youtube-dl" "p" "x-y" ]; };
  getVersion = { expr = [ (lib.getVersion "youtube-dl-2016.01.01") (lib.getVersion { name = "x-1.2"; }) ]; expected = [ "2016.01.01" "1.2" ]; };
  nameFromURL = { expr = lib.nameFromURL "https://nixos.org/releases/nix/nix-1.7/nix-1.7-x86_64-linux.tar.bz2" "-"; expected = "nix"; };
  flags = {
    expr = [ (lib.cmakeOptionType "string" "E" "x") (lib.cmakeBool "A" false) (lib.cmakeFeature "B" "b") (lib.mesonOption "e" "x") (lib.mesonBool "h" true) (lib.mesonEnable "d" false) (lib.enableFeature true "shared") (lib.enableFeatureAs true "s" "f") (lib.enableFeatureAs false "s" (throw "x")) (lib.withFeature false "shared") (lib.withFeatureAs true "s" "f") ];
    expected = [ "-DE:STRING=x" "-DA:BOOL=FALSE" "-DB:STRING=b" "-De=x" "-Dh=true" "-Dd=disabled" "--enable-shared" "--enable-s=f" "--disable-s" "--without-shared" "--with-s=f" ];
  };
  fixedWidthString = { expr = [ (lib.fixedWidthString 5 "0" "15") (lib.fixedWidthNumber 5 15) ]; expected = [ "00015" "00015" ]; };
  fixedWidthStringTooLong = { throws = lib.fixedWidthString 1 "0" "15"; };
  toInt = { expr = map lib.toInt [ "1337" "-4" " 123 " "0" ]; expected = [ 1337 (-4) 123 0 ]; };
  toIntZero = { throws = lib.toInt "00024"; };
  toIntText = { throws = lib.toInt "1e3x"; };
  toIntBase10 = { expr = map lib.toIntBase10 [ "1337" "00024" "-4" "0000" ]; expected = [ 1337 24 (-4) 0 ]; };
  sanitizeDerivationName = { expr = map s.sanitizeDerivationName [ "../hello.bar # foo" "" "a.b" "...x y" ]; expected = [ "-hello.bar-foo" "unknown" "a.b" "x-y" ]; };
  levenshtein = { expr = [ (s.levenshtein "foo" "foo") (s.levenshtein "book" "hook") (s.levenshtein "hello" "Heyo") (s.levenshtein "" "ab") ]; expected = [ 0 1 3 2 ]; };
  levenshteinAtMost = { expr = [ (s.levenshteinAtMost 0 "foo" "boo") (s.levenshteinAtMost 1 "foo" "boo") (s.levenshteinAtMost 2 "hello" "Heyo") (s.levenshteinAtMost 3 "hello" "Heyo") ]; expected = [ false true false true ]; };
  commonPrefixLength = { expr = [ (s.commonPrefixLength "abc" "abd") (s.commonSuffixLength "xbc" "abc") (s.commonSuffixLength "a" "") ]; expected = [ 2 2 0 ]; };
  isStringLike = { expr = map lib.isStringLike [ "x" ./. { outPath = "x"; } { __toString = _: "x"; } 1 [ ] ]; expected = [ true true true true false false ]; };
  isConvertible = { expr = map s.isConvertibleWithToString [ 1 null [ "a" 1 ] { } (x: x) ]; expected = [ true true true false false ]; };
  isStorePath = { expr = map lib.isStorePath [ "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11/bin/python" "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11" "x" [ ] 42 ]; expected = [ false true false false false ]; };
  textClosureList = { expr = lib.textClosureList { b = { text = "b"; deps = [ "a" ]; }; a = lib.noDepEntry "a"; c = { text = "c"; deps = [ "b" "a" ]; }; } [ "c" ]; expected = [ "a" "b" "c" ]; };
  join = { expr = lib.join ", " [ "a" "b" ]; expected = "a, b"; };
  addContextFrom = { expr = builtins.hasContext (lib.addContextFrom "${builtins.toFile "x" "y"}" "bar"); expected = true; };
  majorMinor = { expr = with lib.versions; [ (major "1.2.3") (minor "1.2.3") (patch "1.2.3") (majorMinor "1.2.3") (pad 3 "1.2") (pad 3 "1.3-rc1") (pad 3 "1.2.3.4") ]; expected = [ "1" "2" "3" "1.2" "1.2.0" "1.3.0-rc1" "1.2.3" ]; };
}
