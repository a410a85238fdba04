//! Builtins about text, JSON, TOML, XML, hashes and printing.
//!
//! Unless a test says otherwise, the expected values of [`works`] are what Nix 2.8 prints for
//! `nix-instantiate --store dummy:// --eval --strict -E …` (without `--strict` in [`works_lazily`]), and Nix 2.8 refuses
//! the programs of [`fails`]; the messages are our own.

mod support;

use bt_eval::{ErrorKind, StringBuilder, Value};
use support::{MemoryWorld, printed, with_value};

/// Names that every program has: a store path, a derivation, a string that refers to the path.
const PRELUDE: &str = r#"let
  p = "/nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x";
  d = "/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv";
  s = builtins.appendContext "a/b" { ${p}.path = true; };
in "#;

fn world() -> MemoryWorld {
    MemoryWorld::new(&[("/src/abc", "abc"), ("/src/dir/x.txt", "hello")])
}

fn evaluate(text: &str, strict: bool) -> Result<String, String> {
    printed(&world(), &format!("{PRELUDE}{text}"), strict)
}

#[track_caller]
fn works(cases: &[(&str, &str)]) {
    for (text, value) in cases {
        assert_eq!(evaluate(text, true).as_deref(), Ok(*value), "{text}");
    }
}

#[track_caller]
fn works_lazily(cases: &[(&str, &str)]) {
    for (text, value) in cases {
        assert_eq!(evaluate(text, false).as_deref(), Ok(*value), "{text}");
    }
}

#[track_caller]
fn fails(cases: &[(&str, &str)]) {
    for (text, message) in cases {
        assert_eq!(evaluate(text, true), Err(message.to_string()), "{text}");
    }
}

#[test]
fn base_name_of() {
    works(&[
        (
            r#"map baseNameOf [ "" "/" "a" "a/" "a//" "/a/b" "/a/b/" "//" "a/b//" /a/b /. { outPath = "/q/r"; } ]"#,
            r#"[ "" "" "a" "a" "" "b" "b" "" "" "b" "" "r" ]"#,
        ),
        ("builtins.getContext (baseNameOf s) ? ${p}", "true"),
    ]);
    fails(&[
        ("baseNameOf 1", "cannot coerce an integer to a string"),
        ("baseNameOf null", "cannot coerce null to a string"),
    ]);
}

#[test]
fn dir_of() {
    works(&[
        (
            r#"map dirOf [ "" "/" "a" "a/" "a//" "/a/b" "/a/b/" "//" "a/b//" "/a" /a/b /a /. { outPath = "/q/r"; } ]"#,
            r#"[ "." "/" "." "a" "a/" "/a" "/a/b" "/" "a/b/" "/" /a / / "/q" ]"#,
        ),
        ("builtins.getContext (dirOf s) ? ${p}", "true"),
    ]);
    fails(&[("dirOf 1", "cannot coerce an integer to a string")]);
}

#[test]
fn concat_strings_sep() {
    works(&[
        (r#"builtins.concatStringsSep "," [ "a" "b" ]"#, r#""a,b""#),
        (r#"builtins.concatStringsSep "," [ ]"#, r#""""#),
        (r#"builtins.concatStringsSep "," [ "a" ]"#, r#""a""#),
        (r#"builtins.concatStringsSep "," [ "a" { outPath = "x"; } { __toString = s: "q"; } ]"#, r#""a,x,q""#),
        ("builtins.hasContext (builtins.concatStringsSep s [ ])", "true"),
    ]);
    fails(&[
        (r#"builtins.concatStringsSep "," [ "a" 1 ]"#, "cannot coerce an integer to a string"),
        (r#"builtins.concatStringsSep "," [ "a" null ]"#, "cannot coerce null to a string"),
        (r#"builtins.concatStringsSep "," [ "a" [ "b" ] ]"#, "cannot coerce a list to a string"),
        (r#"builtins.concatStringsSep 1 [ "a" ]"#, "expected a string but found an integer"),
        (r#"builtins.concatStringsSep "," "a""#, "expected a list but found a string"),
    ]);
}

#[test]
fn replace_strings() {
    works(&[
        (r#"builtins.replaceStrings [ "a" "b" ] [ "1" "2" ] "abcab""#, r#""12c12""#),
        (r#"builtins.replaceStrings [ "a" "ab" ] [ "1" "2" ] "abcab""#, r#""1bc1b""#),
        (r#"builtins.replaceStrings [ "ab" "a" ] [ "1" "2" ] "abcaab""#, r#""1c21""#),
        (r#"builtins.replaceStrings [ "" ] [ "X" ] "abc""#, r#""XaXbXcX""#),
        (r#"builtins.replaceStrings [ "" "a" ] [ "X" "Y" ] "abca""#, r#""XaXbXcXaX""#),
        (r#"builtins.replaceStrings [ "a" "" ] [ "Y" "X" ] "abca""#, r#""YXbXcYX""#),
        (r#"builtins.replaceStrings [ "" ] [ "X" ] """#, r#""X""#),
        (r#"builtins.replaceStrings [ "aa" ] [ "b" ] "aaaaa""#, r#""bba""#),
        (r#"builtins.replaceStrings [ ] [ ] "abc""#, r#""abc""#),
        (r#"builtins.replaceStrings [ "é" ] [ "e" ] "née""#, r#""nee""#),
        (r#"builtins.replaceStrings [ "abc" "b" "" ] [ "1" "2" "-" ] "abcbabab""#, r#""12-a2-a2-""#),
        (
            r#"[ (builtins.hasContext (builtins.replaceStrings [ "a" ] [ s ] "bcb")) (builtins.hasContext (builtins.replaceStrings [ "b" ] [ s ] "bcb")) (builtins.hasContext (builtins.replaceStrings [ s ] [ "x" ] "a/b")) (builtins.hasContext (builtins.replaceStrings [ "a" ] [ "x" ] s)) ]"#,
            "[ false true false true ]",
        ),
    ]);
    fails(&[
        (
            r#"builtins.replaceStrings [ "a" ] [ "1" "2" ] "bbb""#,
            "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths",
        ),
        (r#"builtins.replaceStrings [ "a" ] [ 1 ] "abc""#, "expected a string but found an integer"),
        (r#"builtins.replaceStrings [ 1 ] [ "a" ] "bbb""#, "expected a string but found an integer"),
        (r#"builtins.replaceStrings [ "a" ] [ "a" ] 1"#, "expected a string but found an integer"),
        (r#"builtins.replaceStrings "a" [ "a" ] "a""#, "expected a list but found a string"),
    ]);
}

#[test]
fn string_length() {
    works(&[
        (r#"builtins.stringLength "abcé""#, "5"),
        (r#"builtins.stringLength """#, "0"),
        (r#"builtins.stringLength { outPath = "abc"; }"#, "3"),
    ]);
    fails(&[("builtins.stringLength 1", "cannot coerce an integer to a string")]);
}

#[test]
fn substring() {
    works(&[
        (r#"builtins.substring 0 3 "abcdef""#, r#""abc""#),
        (r#"builtins.substring 2 100 "abcdef""#, r#""cdef""#),
        (r#"builtins.substring 2 (-1) "abcdef""#, r#""cdef""#),
        (r#"builtins.substring 10 3 "abcdef""#, r#""""#),
        (r#"builtins.substring 6 1 "abcdef""#, r#""""#),
        (r#"builtins.substring 1 9223372036854775807 "abc""#, r#""bc""#),
        (r#"builtins.substring 0 0 "abc""#, r#""""#),
        (r#"builtins.substring 0 3 { outPath = "abcde"; }"#, r#""abc""#),
        ("builtins.hasContext (builtins.substring 0 0 s)", "true"),
    ]);
    fails(&[
        (r#"builtins.substring (-1) 3 "abcdef""#, "negative start position in 'substring'"),
        ("builtins.substring 0 3 1", "cannot coerce an integer to a string"),
        (r#"builtins.substring "a" 3 "x""#, "expected an integer but found a string"),
        (r#"builtins.substring 0 "a" "x""#, "expected an integer but found a string"),
    ]);
}

#[test]
fn to_string() {
    works(&[
        (
            r#"map toString [ 1 1.5 true false null "a" /a/b [ 1 [ 2 3 ] [ ] "x" ] { outPath = "a"; } { __toString = s: "q"; } ]"#,
            r#"[ "1" "1.500000" "1" "" "" "a" "/a/b" "1 2 3 x" "a" "q" ]"#,
        ),
        (
            "map toString [ 1.0e100 0.1 123456789.123 1.0e-7 [ [ ] [ ] ] [ null 1 ] ]",
            r#"[ "10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104.000000" "0.100000" "123456789.123000" "0.000000" "" " 1" ]"#,
        ),
    ]);
    fails(&[
        ("toString { }", "cannot coerce a set to a string"),
        ("toString (x: x)", "cannot coerce a function to a string"),
        ("toString [ (x: x) ]", "cannot coerce a function to a string"),
    ]);
}

#[test]
fn match_whole() {
    works(&[
        (r#"builtins.match "ab" "abc""#, "null"),
        (r#"builtins.match "abc" "abc""#, "[ ]"),
        (r#"builtins.match "a(b)(c)?" "ab""#, r#"[ "b" null ]"#),
        (r#"builtins.match "[[:space:]]+([[:upper:]]+)[[:space:]]+" "  FOO   ""#, r#"[ "FOO" ]"#),
        (r#"builtins.match "a(.*)b" "a\nx\nb""#, r#"[ "\nx\n" ]"#),
        (r#"builtins.match "(a|ab)(c|bcd)(d*)" "abcd""#, r#"[ "a" "bcd" "" ]"#),
        (r#"builtins.match "(a*)(ab)*(b*)" "abb""#, r#"[ "a" null "bb" ]"#),
        (r#"builtins.match "(a*)*" "b""#, "null"),
        (r#"builtins.match "(a*)*" """#, r#"[ "" ]"#),
        (r#"builtins.match "((a)|b)*" "ab""#, r#"[ "b" "a" ]"#),
        (r#"builtins.match "()" """#, r#"[ "" ]"#),
        (r#"builtins.match "" """#, "[ ]"),
        (r#"builtins.match "a||b" """#, "[ ]"),
        (r#"builtins.match "(|a)" "a""#, r#"[ "a" ]"#),
        (r#"builtins.match "a**" "aaa""#, "[ ]"),
        (r#"builtins.match "a+?" "aaa""#, "[ ]"),
        (r#"builtins.match "a{2,}" "aaa""#, "[ ]"),
        (r#"builtins.match "a{0}" """#, "[ ]"),
        (r#"builtins.match "a}" "a}""#, "[ ]"),
        (r#"builtins.match "a]" "a]""#, "[ ]"),
        (r#"builtins.match "[]a]+" "]a""#, "[ ]"),
        (r#"builtins.match "[^]a]+" "bc""#, "[ ]"),
        (r#"builtins.match "[a\\]+" "a\\""#, "[ ]"),
        (r#"builtins.match "[\\n]+" "n\\""#, "[ ]"),
        (r#"builtins.match "[a-]+" "a-""#, "[ ]"),
        (r#"builtins.match "[-a]+" "a-""#, "[ ]"),
        (r#"builtins.match "[a-c-]+" "b-""#, "[ ]"),
        (r#"builtins.match "[[.hyphen.]]" "-""#, "[ ]"),
        (r#"builtins.match "[[=a=]]" "a""#, "[ ]"),
        (r#"builtins.match "[[.a.]-c]" "b""#, "[ ]"),
        (r#"builtins.match "[a[]" "[""#, "[ ]"),
        (r#"builtins.match "[[]" "[""#, "[ ]"),
        (r#"builtins.match "[[a]" "[""#, "[ ]"),
        (r#"builtins.match "[[:alpha:][:digit:]_]+" "aZ9_""#, "[ ]"),
        (r#"builtins.match "[[:w:]]" "_""#, "[ ]"),
        (r#"builtins.match "[[:d:]]" "1""#, "[ ]"),
        (r#"builtins.match "[[:s:]]" " ""#, "[ ]"),
        (r#"builtins.match "[[:ALPHA:]]" "a""#, "[ ]"),
        (r#"builtins.match "\\." ".""#, "[ ]"),
        (r#"builtins.match "^a$" "a""#, "[ ]"),
        (r#"builtins.match "a^b" "a^b""#, "null"),
        (r#"builtins.match "a$b" "a$b""#, "null"),
        (r#"builtins.match "(^a|b)*" "ab""#, r#"[ "b" ]"#),
        (r#"builtins.match "." "é""#, "null"),
        (r#"builtins.match ".." "é""#, "[ ]"),
        (r#"builtins.match "[é]" "é""#, "null"),
        (r#"builtins.match "[é]+" "é""#, "[ ]"),
        (r#"builtins.match "[^a]" "\n""#, "[ ]"),
        (r#"builtins.match "a" "b""#, "null"),
        (r#"builtins.match "([^:]*):([^ ]*) ?(.*)" "a:b""#, r#"[ "a" "b" "" ]"#),
        (r#"builtins.match "(a|(b))+" "ba""#, r#"[ "a" "b" ]"#),
        (r#"builtins.match "((a)(b)?)+" "aba""#, r#"[ "a" "a" "b" ]"#),
        (r#"builtins.match "(x?){2}" "x""#, r#"[ "" ]"#),
        (r#"builtins.match "(b?){0,3}" "b""#, r#"[ "" ]"#),
        (r#"builtins.match "a{2}" "aa""#, "[ ]"),
        (r#"builtins.match "a{1,2}" "aa""#, "[ ]"),
        (r#"builtins.match "[--0]+" "-./0""#, "[ ]"),
        (r#"builtins.match "[]-a]+" "]^_`a""#, "[ ]"),
        (r#"builtins.match "[[:alpha:]-]+" "a-""#, "[ ]"),
        (r#"builtins.match "a{1}{2}" "aa""#, "[ ]"),
        (r#"builtins.match "a*{2}" "aa""#, "[ ]"),
        (r#"builtins.match "()*" """#, r#"[ "" ]"#),
        (r#"builtins.match "(a|b)*c|(a|ab)*c" "abc""#, r#"[ "b" null ]"#),
    ]);
    fails(&[
        (r#"builtins.match "(" """#, "invalid regular expression '('"),
        (r#"builtins.match ")" ")""#, "invalid regular expression ')'"),
        (r#"builtins.match "a)" "a)""#, "invalid regular expression 'a)'"),
        (r#"builtins.match "[" """#, "invalid regular expression '['"),
        (r#"builtins.match "*" "*""#, "invalid regular expression '*'"),
        (r#"builtins.match "{" "{""#, "invalid regular expression '{'"),
        (r#"builtins.match "a{" "a{""#, "invalid regular expression 'a{'"),
        (r#"builtins.match "a{1" "a""#, "invalid regular expression 'a{1'"),
        (r#"builtins.match "a{ 1}" "a""#, "invalid regular expression 'a{ 1}'"),
        (r#"builtins.match "[a-c-e]+" "b-e""#, "invalid regular expression '[a-c-e]+'"),
        (r#"builtins.match "[z-a]" "b""#, "invalid regular expression '[z-a]'"),
        (r#"builtins.match "[[:foo:]]" "b""#, "invalid regular expression '[[:foo:]]'"),
        (r#"builtins.match "[[.-.]]" "-""#, "invalid regular expression '[[.-.]]'"),
        (r#"builtins.match "[a-[.c.]]" "b""#, "invalid regular expression '[a-[.c.]]'"),
        (r#"builtins.match "[[:alpha:]-z]" "-""#, "invalid regular expression '[[:alpha:]-z]'"),
        (r#"builtins.match "[[:word:]]" "_""#, "invalid regular expression '[[:word:]]'"),
        (r#"builtins.match "\\d" "d""#, r"invalid regular expression '\d'"),
        (r#"builtins.match "\\n" "n""#, r"invalid regular expression '\n'"),
        (r#"builtins.match "\\w+" "a""#, r"invalid regular expression '\w+'"),
        (r#"builtins.match "\\}\\]\\-\\/\\\"" "}]-/\"""#, r#"invalid regular expression '\}\]\-\/\"'"#),
        (r#"builtins.match "\\1" "1""#, r"invalid regular expression '\1'"),
        (r#"builtins.match "\\" """#, r"invalid regular expression '\'"),
        (r#"builtins.match "a\\" "a""#, r"invalid regular expression 'a\'"),
        (r#"builtins.match "^*" "^""#, "invalid regular expression '^*'"),
        (r#"builtins.match "(*a)" "*a""#, "invalid regular expression '(*a)'"),
        (r#"builtins.match "a|*b" "*b""#, "invalid regular expression 'a|*b'"),
        (r#"builtins.match "(?:a)" "a""#, "invalid regular expression '(?:a)'"),
        (r#"builtins.match "(?i)a" "A""#, "invalid regular expression '(?i)a'"),
        (r#"builtins.match "a" 1"#, "expected a string but found an integer"),
        (r#"builtins.match 1 "a""#, "expected a string but found an integer"),
        (r#"builtins.match "a{2,1}" "aa""#, "invalid regular expression 'a{2,1}'"),
        (r#"builtins.match "a{,2}" "aa""#, "invalid regular expression 'a{,2}'"),
        (r#"builtins.match "(a)\\1" "aa""#, r"invalid regular expression '(a)\1'"),
        (r#"builtins.match "[a-é]" "b""#, "invalid regular expression '[a-é]'"),
        (r#"builtins.match "[a--]+" "-./0""#, "invalid regular expression '[a--]+'"),
        (r#"builtins.match "[-----]+" "-""#, "invalid regular expression '[-----]+'"),
        (r#"builtins.match "[a-z-[:digit:]]+" "a-""#, "invalid regular expression '[a-z-[:digit:]]+'"),
        (r#"builtins.match "[[:alpha:" ".""#, "invalid regular expression '[[:alpha:'"),
        (r#"builtins.match "[[=ab=]]" "a""#, "invalid regular expression '[[=ab=]]'"),
    ]);
}

#[test]
fn split() {
    works(&[
        (r#"builtins.split "(a)b" "abc""#, r#"[ "" [ "a" ] "c" ]"#),
        (r#"builtins.split "([ac])" "abc""#, r#"[ "" [ "a" ] "b" [ "c" ] "" ]"#),
        (r#"builtins.split "(a)|(c)" "abc""#, r#"[ "" [ "a" null ] "b" [ null "c" ] "" ]"#),
        (r#"builtins.split "([[:upper:]]+)" "  FOO   ""#, r#"[ "  " [ "FOO" ] "   " ]"#),
        (r#"builtins.split "" "abc""#, r#"[ "" [ ] "a" [ ] "b" [ ] "c" [ ] "" ]"#),
        (r#"builtins.split "x*" "abc""#, r#"[ "" [ ] "a" [ ] "b" [ ] "c" [ ] "" ]"#),
        (r#"builtins.split "b*" "abbc""#, r#"[ "" [ ] "a" [ ] "" [ ] "c" [ ] "" ]"#),
        (r#"builtins.split "a|ab" "abc""#, r#"[ "" [ ] "c" ]"#),
        (r#"builtins.split "(a|ab)(c|bcd)?" "abcdx""#, r#"[ "" [ "a" "bcd" ] "x" ]"#),
        (r#"builtins.split "a?(ab)?" "ab""#, r#"[ "" [ null ] "" [ null ] "b" [ null ] "" ]"#),
        (r#"builtins.split "^a" "aaa""#, r#"[ "" [ ] "aa" ]"#),
        (r#"builtins.split "a$" "aaa""#, r#"[ "aa" [ ] "" ]"#),
        (r#"builtins.split "$" "aa""#, r#"[ "aa" [ ] "" ]"#),
        (r#"builtins.split "^" "aa""#, r#"[ "" [ ] "aa" ]"#),
        (r#"builtins.split "," """#, r#"[ "" ]"#),
        (r#"builtins.split "" """#, r#"[ "" [ ] "" ]"#),
        (r#"builtins.split "," ",a,,b,""#, r#"[ "" [ ] "a" [ ] "" [ ] "b" [ ] "" ]"#),
        (r#"builtins.split "(x)|," "a,b""#, r#"[ "a" [ null ] "b" ]"#),
        (r#"builtins.split "\n" "a\nb\n""#, r#"[ "a" [ ] "b" [ ] "" ]"#),
        (
            r#"[ (builtins.hasContext (builtins.head (builtins.split "z" s))) (builtins.hasContext (builtins.head (builtins.split "/" s))) ]"#,
            "[ true false ]",
        ),
        (r#"builtins.split "(a|ab)" "aabb""#, r#"[ "" [ "a" ] "" [ "ab" ] "b" ]"#),
    ]);
    fails(&[
        (r#"builtins.split "[" "x""#, "invalid regular expression '['"),
        (r#"builtins.split "a" 1"#, "expected a string but found an integer"),
    ]);
}

#[test]
fn compare_versions() {
    works(&[
        (
            r#"map (a: builtins.compareVersions (builtins.elemAt a 0) (builtins.elemAt a 1)) [["1.0" "1.0"] ["1.0" "1.1"] ["1.0pre" "1.0"] ["1.0a" "1.0"] ["2.3a" "2.3.1"] ["2.3.1" "2.3"] ["1.0pre1" "1.0pre2"] ["" "1"] ["" ""] ["a" "b"] ["1" "a"] ["2147483648" "10"] ["99999999999999999999" "1"] ["1.01" "1.1"] ["1-2" "1.2"] ["1..2" "1.2"] ["pre" ""] ["" "pre"] ["1.pre" "1.a"] ["4294967296" "4294967297"] ["1." "1"] ["1.x" "1"] ["18446744073709551616" "18446744073709551617"]]"#,
            "[ 0 -1 -1 1 -1 1 -1 -1 0 -1 1 -1 -1 0 0 0 -1 1 -1 -1 0 1 -1 ]",
        ),
        (
            r#"map (builtins.compareVersions "1.2.3") [ "1.2.3-pre" "1.2.3a" "1.2.3pre" "1.2.3." "01.2.3" ]"#,
            "[ 1 -1 1 0 0 ]",
        ),
    ]);
    fails(&[(r#"builtins.compareVersions 1 "a""#, "expected a string but found an integer")]);
}

#[test]
fn split_version() {
    works(&[(
        r#"map builtins.splitVersion [ "1.2.3" "1-2a3" "" "..." "1.2pre3-" "a.b_c+d" "1é2" ]"#,
        r#"[ [ "1" "2" "3" ] [ "1" "2" "a" "3" ] [ ] [ ] [ "1" "2" "pre" "3" ] [ "a" "b_c+d" ] [ "1" "é" "2" ] ]"#,
    )]);
    fails(&[("builtins.splitVersion 1", "expected a string but found an integer")]);
}

#[test]
fn parse_drv_name() {
    works(&[(
        r#"map builtins.parseDrvName [ "nix-0.12pre12876" "hello" "a-b-c" "a-1-b" "-1" "a-" "" "a--1" "a-é" "a-.b" "a-b-2.0-x" ]"#,
        r#"[ { name = "nix"; version = "0.12pre12876"; } { name = "hello"; version = ""; } { name = "a-b-c"; version = ""; } { name = "a"; version = "1-b"; } { name = ""; version = "1"; } { name = "a-"; version = ""; } { name = ""; version = ""; } { name = "a"; version = "-1"; } { name = "a"; version = "é"; } { name = "a"; version = ".b"; } { name = "a-b"; version = "2.0-x"; } ]"#,
    )]);
    fails(&[("builtins.parseDrvName 1", "expected a string but found an integer")]);
}

#[test]
fn hash_string() {
    works(&[
        (
            r#"map (t: builtins.hashString t "abc") [ "md5" "sha1" "sha256" "sha512" ]"#,
            r#"[ "900150983cd24fb0d6963f7d28e17f72" "a9993e364706816aba3e25717850c26c9cd0d89d" "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" ]"#,
        ),
        (r#"builtins.hashString "sha256" """#, r#""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#),
        (r#"builtins.hasContext (builtins.hashString "md5" s)"#, "false"),
    ]);
    fails(&[
        (r#"builtins.hashString "foo" "abc""#, "unknown hash algorithm 'foo'"),
        (r#"builtins.hashString 1 "abc""#, "expected a string but found an integer"),
        (r#"builtins.hashString "md5" 1"#, "expected a string but found an integer"),
    ]);
}

#[test]
fn contexts() {
    works(&[
        (r#"builtins.getContext "a""#, "{ }"),
        ("builtins.getContext s", r#"{ "/nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x" = { path = true; }; }"#),
        (
            r#"builtins.getContext (builtins.appendContext s { ${d} = { outputs = [ "out" "dev" ]; allOutputs = true; path = true; }; })"#,
            r#"{ "/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv" = { allOutputs = true; outputs = [ "dev" "out" ]; path = true; }; "/nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x" = { path = true; }; }"#,
        ),
        (r#"builtins.getContext (builtins.appendContext "a" { ${p}.path = false; })"#, "{ }"),
        (r#"builtins.getContext (builtins.appendContext "a" { ${p}.outputs = [ ]; })"#, "{ }"),
        (r#"builtins.appendContext "a" { }"#, r#""a""#),
        (r#"builtins.hasContext "a""#, "false"),
        ("builtins.hasContext s", "true"),
        ("builtins.hasContext (builtins.unsafeDiscardStringContext s)", "false"),
        (r#"builtins.unsafeDiscardStringContext { outPath = "a"; }"#, r#""a""#),
        (
            r#"builtins.getContext (builtins.unsafeDiscardOutputDependency (builtins.appendContext "a" { ${d} = { outputs = [ "out" ]; allOutputs = true; }; }))"#,
            r#"{ "/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv" = { outputs = [ "out" ]; path = true; }; }"#,
        ),
        (
            "map builtins.hasContext [ (builtins.toJSON { a = s; }) (builtins.toXML [ s ]) (builtins.toJSON 1) ]",
            "[ true true false ]",
        ),
    ]);
    fails(&[
        ("builtins.getContext 1", "expected a string but found an integer"),
        (r#"builtins.getContext { outPath = "a"; }"#, "expected a string but found a set"),
        ("builtins.hasContext 1", "expected a string but found an integer"),
        (r#"builtins.appendContext "a" { foo = { }; }"#, "context key 'foo' is not a store path"),
        (
            r#"builtins.appendContext "a" { ${p}.allOutputs = true; }"#,
            "tried to add all-outputs context of /nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x, which is not a derivation, to a string",
        ),
        (
            r#"builtins.appendContext "a" { ${p}.outputs = [ "out" ]; }"#,
            "tried to add derivation output context of /nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x, which is not a derivation, to a string",
        ),
        (r#"builtins.appendContext "a" { ${d}.outputs = [ 1 ]; }"#, "expected a string but found an integer"),
        (r#"builtins.appendContext "a" { ${d}.outputs = 1; }"#, "expected a list but found an integer"),
        (r#"builtins.appendContext "a" { ${d}.path = 1; }"#, "expected a Boolean but found an integer"),
        (r#"builtins.appendContext "a" { ${d} = 1; }"#, "expected a set but found an integer"),
        (
            r#"builtins.appendContext "a" { "${d}/bin".path = true; }"#,
            "context key '/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv/bin' is not a store path",
        ),
        ("builtins.appendContext 1 { }", "expected a string but found an integer"),
        (r#"builtins.appendContext "a" 1"#, "expected a set but found an integer"),
        ("builtins.unsafeDiscardStringContext 1", "cannot coerce an integer to a string"),
        ("builtins.unsafeDiscardOutputDependency 1", "cannot coerce an integer to a string"),
    ]);
}

#[test]
fn to_json() {
    works(&[
        (
            r#"builtins.toJSON "a\n\t\r\"\\/${builtins.fromJSON ''"\u0001\u007f\u001f\u00e9\u2028\ud83d\ude00"''}""#,
            r#""\"a\\n\\t\\r\\\"\\\\/\\u0001\\u001fé 😀\"""#,
        ),
        (r#"builtins.toJSON {b=1;a=2;B=3;"é"=4;"z\""=5;}"#, r#""{\"B\":3,\"a\":2,\"b\":1,\"z\\\"\":5,\"é\":4}""#),
        (r#"builtins.toJSON {__toString = s: {__toString=s: "q";};}"#, r#""\"q\"""#),
        ("builtins.toJSON {outPath=[1 2];}", r#""[1,2]""#),
        (r#"builtins.toJSON {outPath={outPath="q";};}"#, r#""\"q\"""#),
        ("builtins.toJSON {outPath=1;}", r#""1""#),
        (r#"builtins.toJSON {outPath="a"; type="derivation"; name=1;}"#, r#""\"a\"""#),
        ("builtins.toJSON [null true false {} [] [[]] {a={};}]", r#""[null,true,false,{},[],[[]],{\"a\":{}}]""#),
        ("builtins.toJSON { a = { b = [ 1 { c = null; } ]; }; }", r#""{\"a\":{\"b\":[1,{\"c\":null}]}}""#),
    ]);
    fails(&[
        ("builtins.toJSON (x: x)", "cannot convert a function to JSON"),
        ("builtins.toJSON {a=x: x;}", "cannot convert a function to JSON"),
        ("builtins.toJSON builtins.map", "cannot convert the built-in function 'map' to JSON"),
        ("builtins.toJSON (builtins.map 1)", "cannot convert the partially applied built-in function 'map' to JSON"),
        ("builtins.toJSON {__toString = s: 1;}", "cannot coerce an integer to a string"),
        (r#"builtins.toJSON { outPath = throw "no"; }"#, "no"),
    ]);
}

#[test]
fn from_json() {
    works(&[
        (r#"builtins.fromJSON "9223372036854775807""#, "9223372036854775807"),
        (r#"builtins.fromJSON "18446744073709551616""#, "1.84467e+19"),
        (r#"builtins.fromJSON "-9223372036854775808""#, "-9223372036854775808"),
        (r#"builtins.fromJSON "-9223372036854775809""#, "-9.22337e+18"),
        (r#"builtins.fromJSON "1e-400""#, "0"),
        (r#"builtins.fromJSON "-0""#, "0"),
        (r#"builtins.fromJSON "[1.0,1e2,-0.0,1E+2,0.1]""#, "[ 1 100 -0 100 0.1 ]"),
        (r#"builtins.fromJSON "{\"a\":1,\"a\":2}""#, "{ a = 2; }"),
        (r#"builtins.fromJSON "\"\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"""#, r#""/\n\r\té😀""#),
        (r#"builtins.fromJSON "{\"a\":1,\"b\":[1,2,{}],\"c\":null}""#, "{ a = 1; b = [ 1 2 { } ]; c = null; }"),
        (r#"builtins.fromJSON "\t\r\n 1 \n""#, "1"),
        (r#"builtins.fromJSON "[[[[]]],{},{\"\":{}}]""#, r#"[ [ [ [ ] ] ] { } { "" = { }; } ]"#),
    ]);
    fails(&[
        (r#"builtins.fromJSON "1e400""#, "[json.exception.out_of_range.406] number overflow parsing '1e400'"),
        (
            r#"builtins.fromJSON "01""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value - unexpected number literal; expected end of input",
        ),
        (
            r#"builtins.fromJSON "1.""#,
            "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing value - invalid number; expected digit after '.'; last read: '1.'",
        ),
        (
            r#"builtins.fromJSON "1.e1""#,
            "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing value - invalid number; expected digit after '.'; last read: '1.e'",
        ),
        (
            r#"builtins.fromJSON "1e""#,
            "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing value - invalid number; expected digit after exponent mark; last read: '1e'",
        ),
        (
            r#"builtins.fromJSON "1e+""#,
            "[json.exception.parse_error.101] parse error at line 1, column 4: syntax error while parsing value - invalid number; expected digit after exponent sign; last read: '1e+'",
        ),
        (
            r#"builtins.fromJSON ".1""#,
            "[json.exception.parse_error.101] parse error at line 1, column 1: syntax error while parsing value - invalid literal; last read: '.'",
        ),
        (
            r#"builtins.fromJSON "-""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value - invalid number; expected digit after '-'; last read: '-'",
        ),
        (
            r#"builtins.fromJSON "-a""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value - invalid number; expected digit after '-'; last read: '-a'",
        ),
        (
            r#"builtins.fromJSON "+1""#,
            "[json.exception.parse_error.101] parse error at line 1, column 1: syntax error while parsing value - invalid literal; last read: '+'",
        ),
        (
            r#"builtins.fromJSON """#,
            "[json.exception.parse_error.101] parse error at line 1, column 1: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal",
        ),
        (
            r#"builtins.fromJSON " ""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal",
        ),
        (
            r#"builtins.fromJSON "[1,]""#,
            "[json.exception.parse_error.101] parse error at line 1, column 4: syntax error while parsing value - unexpected ']'; expected '[', '{', or a literal",
        ),
        (
            r#"builtins.fromJSON "[,1]""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value - unexpected ','; expected '[', '{', or a literal",
        ),
        (
            r#"builtins.fromJSON "[""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal",
        ),
        (
            r#"builtins.fromJSON "[1""#,
            "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing array - unexpected end of input; expected ']'",
        ),
        (
            r#"builtins.fromJSON "{""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing object key - unexpected end of input; expected string literal",
        ),
        (
            r#"builtins.fromJSON "{\"a\"""#,
            "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing object separator - unexpected end of input; expected ':'",
        ),
        (
            r#"builtins.fromJSON "{\"a\":""#,
            "[json.exception.parse_error.101] parse error at line 1, column 6: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal",
        ),
        (
            r#"builtins.fromJSON "{\"a\":1""#,
            "[json.exception.parse_error.101] parse error at line 1, column 7: syntax error while parsing object - unexpected end of input; expected '}'",
        ),
        (
            r#"builtins.fromJSON "{\"a\":1,}""#,
            "[json.exception.parse_error.101] parse error at line 1, column 8: syntax error while parsing object key - unexpected '}'; expected string literal",
        ),
        (
            r#"builtins.fromJSON "{\"a\" 1}""#,
            "[json.exception.parse_error.101] parse error at line 1, column 6: syntax error while parsing object separator - unexpected number literal; expected ':'",
        ),
        (
            r#"builtins.fromJSON "{a:1}""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing object key - invalid literal; last read: 'a'",
        ),
        (
            r#"builtins.fromJSON "{1:1}""#,
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing object key - unexpected number literal; expected string literal",
        ),
        (
            r#"builtins.fromJSON "1 2""#,
            "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing value - unexpected number literal; expected end of input",
        ),
        (
            r#"builtins.fromJSON "[1] x""#,
            "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing value - invalid literal; last read: 'x'",
        ),
        (
            r#"builtins.fromJSON "[1] ]""#,
            "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing value - unexpected ']'; expected end of input",
        ),
        (
            r#"builtins.fromJSON "nul""#,
            "[json.exception.parse_error.101] parse error at line 1, column 4: syntax error while parsing value - invalid literal; last read: 'nul'",
        ),
        (
            r#"builtins.fromJSON "nulll""#,
            "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing value - invalid literal; last read: 'l'",
        ),
        (
            r#"builtins.fromJSON "tru""#,
            "[json.exception.parse_error.101] parse error at line 1, column 4: syntax error while parsing value - invalid literal; last read: 'tru'",
        ),
        (
            r#"builtins.fromJSON "\"a\nb\"""#,
            r#"[json.exception.parse_error.101] parse error at line 2, column 0: syntax error while parsing value - invalid string: control character U+000A must be escaped to \u000A; last read: '"a<U+000A>'"#,
        ),
        (
            r#"builtins.fromJSON "\"a\tb\"""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing value - invalid string: control character U+0009 must be escaped to \u0009; last read: '"a<U+0009>'"#,
        ),
        (
            r#"builtins.fromJSON "\"a""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing value - invalid string: missing closing quote; last read: '"a'"#,
        ),
        (
            r#"builtins.fromJSON "\"a\\x\"""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 4: syntax error while parsing value - invalid string: forbidden character after backslash; last read: '"a\x'"#,
        ),
        (
            r#"builtins.fromJSON "\"\\ud800\"""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 8: syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '"\ud800"'"#,
        ),
        (
            r#"builtins.fromJSON "\"\\ud800x\"""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 8: syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '"\ud800x'"#,
        ),
        (
            r#"builtins.fromJSON "\"\\udc00\"""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 7: syntax error while parsing value - invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF; last read: '"\udc00'"#,
        ),
        (
            r#"builtins.fromJSON "\"\\ud800\\u0041\"""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 13: syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '"\ud800\u0041'"#,
        ),
        (
            r#"builtins.fromJSON "\"\\u00\"""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 6: syntax error while parsing value - invalid string: '\u' must be followed by 4 hex digits; last read: '"\u00"'"#,
        ),
        (
            r#"builtins.fromJSON "// c\n1""#,
            "[json.exception.parse_error.101] parse error at line 1, column 1: syntax error while parsing value - invalid literal; last read: '/'",
        ),
        (
            r#"builtins.fromJSON "[1\n,\n2 3]""#,
            "[json.exception.parse_error.101] parse error at line 3, column 3: syntax error while parsing array - unexpected number literal; expected ']'",
        ),
        (
            r#"builtins.fromJSON "NaN""#,
            "[json.exception.parse_error.101] parse error at line 1, column 1: syntax error while parsing value - invalid literal; last read: 'N'",
        ),
        (
            r#"builtins.fromJSON "[1}""#,
            "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing array - unexpected '}'; expected ']'",
        ),
        (
            r#"builtins.fromJSON "{\"a\":1]""#,
            "[json.exception.parse_error.101] parse error at line 1, column 7: syntax error while parsing object - unexpected ']'; expected '}'",
        ),
        (
            r#"builtins.fromJSON "]""#,
            "[json.exception.parse_error.101] parse error at line 1, column 1: syntax error while parsing value - unexpected ']'; expected '[', '{', or a literal",
        ),
        ("builtins.fromJSON 1", "expected a string but found an integer"),
    ]);
}

#[test]
fn from_toml() {
    works(&[
        (
            r#"builtins.fromTOML "a = 1\nb = 1.5\nc = \"x\"\nd = [1, 2]\n[e]\nf = true\n[[g]]\nh=1\n[[g]]\nh=2""#,
            r#"{ a = 1; b = 1.5; c = "x"; d = [ 1 2 ]; e = { f = true; }; g = [ { h = 1; } { h = 2; } ]; }"#,
        ),
        (r#"builtins.fromTOML "a = inf\nb=nan\nc=-inf""#, "{ a = inf; b = nan; c = -inf; }"),
        (
            r#"builtins.fromTOML "a = 0xff\nb=0o17\nc=0b101\nd=1_000\ne=1e3\nf=+5""#,
            "{ a = 255; b = 15; c = 5; d = 1000; e = 1000; f = 5; }",
        ),
        (
            r#"builtins.fromTOML "a.b.c = 1\na.d=2\n\"x y\".z=3""#,
            r#"{ a = { b = { c = 1; }; d = 2; }; "x y" = { z = 3; }; }"#,
        ),
        (r#"builtins.fromTOML "a = {b=1, c={d=2}}""#, "{ a = { b = 1; c = { d = 2; }; }; }"),
        (r#"builtins.fromTOML "a = [1, \"x\", {y=1}]""#, r#"{ a = [ 1 "x" { y = 1; } ]; }"#),
        (r#"builtins.fromTOML "a = '''\nx\ny'''\nb=\"\"\"\nq \\\n   z\"\"\"""#, r#"{ a = "x\ny"; b = "q z"; }"#),
        (r#"builtins.fromTOML """#, "{ }"),
        (r#"builtins.fromTOML "a = [1, 2\n, 3, ]""#, "{ a = [ 1 2 3 ]; }"),
        (r#"builtins.fromTOML "a = -9223372036854775808""#, "{ a = -9223372036854775808; }"),
        (r#"builtins.fromTOML "[[a]]\n[a.b]\nc=1\n[[a]]\n""#, "{ a = [ { b = { c = 1; }; } { } ]; }"),
        (r#"builtins.fromTOML "a = -0.0\nb=1_0.5""#, "{ a = -0; b = 10.5; }"),
        (
            r#"builtins.fromTOML "a = [[[1]]]\n[b.\"c.d\".'e']\nx=1""#,
            r#"{ a = [ [ [ 1 ] ] ]; b = { "c.d" = { e = { x = 1; }; }; }; }"#,
        ),
    ]);
    fails(&[
        (r#"builtins.fromTOML "a = 2020-01-01""#, "while parsing TOML: Dates and times are not supported"),
        (r#"builtins.fromTOML "a = 2020-01-01T00:00:00Z""#, "while parsing TOML: Dates and times are not supported"),
        (r#"builtins.fromTOML "a = 10:00:00""#, "while parsing TOML: Dates and times are not supported"),
        (r#"builtins.fromTOML "a = 1\na = 2""#, "while parsing TOML: duplicate key at line 2, column 1"),
        (
            r#"builtins.fromTOML "a =""#,
            "while parsing TOML: string values must be quoted, expected literal string at line 1, column 4",
        ),
        (
            r#"builtins.fromTOML "é = 1""#,
            "while parsing TOML: invalid unquoted key, expected letters, numbers, `-`, `_` at line 1, column 1",
        ),
        ("builtins.fromTOML 1", "expected a string but found an integer"),
        (r#"builtins.fromTOML "[a]\nb=1\n[a]\nc=1""#, "while parsing TOML: duplicate key at line 3, column 2"),
        (
            r#"builtins.fromTOML "a = 0777""#,
            "while parsing TOML: unexpected leading zero, expected nothing at line 1, column 5",
        ),
    ]);
}

#[test]
fn to_xml() {
    works(&[
        (
            r#"builtins.toXML ({a=1;b="x<>&\"'\n\t\r";c=[1 null true 1.5];d={};e=[];f=/a/b; "q\"<"=1;})"#,
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n    <attr name=\"a\">\n      <int value=\"1\" />\n    </attr>\n    <attr name=\"b\">\n      <string value=\"x&lt;&gt;&amp;&quot;'&#xA;\t\r\" />\n    </attr>\n    <attr name=\"c\">\n      <list>\n        <int value=\"1\" />\n        <null />\n        <bool value=\"true\" />\n        <float value=\"1.5\" />\n      </list>\n    </attr>\n    <attr name=\"d\">\n      <attrs>\n      </attrs>\n    </attr>\n    <attr name=\"e\">\n      <list>\n      </list>\n    </attr>\n    <attr name=\"f\">\n      <path value=\"/a/b\" />\n    </attr>\n    <attr name=\"q&quot;&lt;\">\n      <int value=\"1\" />\n    </attr>\n  </attrs>\n</expr>\n""#,
        ),
        (
            "builtins.toXML (x: x)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <varpat name=\"x\" />\n  </function>\n</expr>\n""#,
        ),
        (
            "builtins.toXML ({a,b?1}: a)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <attrspat>\n      <attr name=\"a\" />\n      <attr name=\"b\" />\n    </attrspat>\n  </function>\n</expr>\n""#,
        ),
        (
            "builtins.toXML ({b,a,...}@q: a)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <attrspat ellipsis=\"1\" name=\"q\">\n      <attr name=\"a\" />\n      <attr name=\"b\" />\n    </attrspat>\n  </function>\n</expr>\n""#,
        ),
        (
            "builtins.toXML ({}: 1)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <attrspat>\n    </attrspat>\n  </function>\n</expr>\n""#,
        ),
        (
            "builtins.toXML ({...}: 1)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <attrspat ellipsis=\"1\">\n    </attrspat>\n  </function>\n</expr>\n""#,
        ),
        (
            "builtins.toXML (q@{a}: 1)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <attrspat name=\"q\">\n      <attr name=\"a\" />\n    </attrspat>\n  </function>\n</expr>\n""#,
        ),
        (
            "builtins.toXML (builtins.map)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <unevaluated />\n</expr>\n""#,
        ),
        (
            "builtins.toXML (builtins.map (x: x))",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <unevaluated />\n</expr>\n""#,
        ),
        (
            r#"builtins.toXML ({type="derivation"; a=1;})"#,
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <derivation>\n    <repeated />\n  </derivation>\n</expr>\n""#,
        ),
        (
            r#"builtins.toXML ({type="derivation"; drvPath="p"; outPath="q"; z=1;})"#,
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <derivation drvPath=\"p\" outPath=\"q\">\n    <attr name=\"drvPath\">\n      <string value=\"p\" />\n    </attr>\n    <attr name=\"outPath\">\n      <string value=\"q\" />\n    </attr>\n    <attr name=\"type\">\n      <string value=\"derivation\" />\n    </attr>\n    <attr name=\"z\">\n      <int value=\"1\" />\n    </attr>\n  </derivation>\n</expr>\n""#,
        ),
        (
            r#"builtins.toXML ({type="derivation"; drvPath=1; outPath="q"; z=1;})"#,
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <derivation outPath=\"q\">\n    <repeated />\n  </derivation>\n</expr>\n""#,
        ),
        (
            r#"builtins.toXML ({outPath="x";})"#,
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n    <attr name=\"outPath\">\n      <string value=\"x\" />\n    </attr>\n  </attrs>\n</expr>\n""#,
        ),
        (
            r#"builtins.toXML ({__toString=s: "x";})"#,
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n    <attr name=\"__toString\">\n      <function>\n        <varpat name=\"s\" />\n      </function>\n    </attr>\n  </attrs>\n</expr>\n""#,
        ),
        (
            "builtins.toXML (let a={x=1;}; in [a a])",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <list>\n    <attrs>\n      <attr name=\"x\">\n        <int value=\"1\" />\n      </attr>\n    </attrs>\n    <attrs>\n      <attr name=\"x\">\n        <int value=\"1\" />\n      </attr>\n    </attrs>\n  </list>\n</expr>\n""#,
        ),
        (
            "builtins.toXML (let a={x=1;}; in {inherit a; b=a;})",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n    <attr name=\"a\">\n      <attrs>\n        <attr name=\"x\">\n          <int value=\"1\" />\n        </attr>\n      </attrs>\n    </attr>\n    <attr name=\"b\">\n      <attrs>\n        <attr name=\"x\">\n          <int value=\"1\" />\n        </attr>\n      </attrs>\n    </attr>\n  </attrs>\n</expr>\n""#,
        ),
        (
            "builtins.toXML (1.0e100)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <float value=\"1e+100\" />\n</expr>\n""#,
        ),
        (
            "builtins.toXML (x: y: x)",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <varpat name=\"x\" />\n  </function>\n</expr>\n""#,
        ),
        (
            "builtins.toXML (let f = /* c */ a: # d\n b : c: d: a; in [ (f 1) (f 1 2) ])",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <list>\n    <function>\n      <varpat name=\"b\" />\n    </function>\n    <function>\n      <varpat name=\"c\" />\n    </function>\n  </list>\n</expr>\n""#,
        ),
        (
            r#"builtins.toXML ({ a ? "}", b ? { x = 1; }.x, ... } @ all : y: 1)"#,
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <attrspat ellipsis=\"1\" name=\"all\">\n      <attr name=\"a\" />\n      <attr name=\"b\" />\n    </attrspat>\n  </function>\n</expr>\n""#,
        ),
        (
            "builtins.toXML (({ a }@x: y: z: 1) { a = 1; })",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <varpat name=\"y\" />\n  </function>\n</expr>\n""#,
        ),
        (
            r#"builtins.toXML ([ { type = "derivation"; drvPath = "p"; } { type = "derivation"; drvPath = "p"; } ])"#,
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <list>\n    <derivation drvPath=\"p\">\n      <attr name=\"drvPath\">\n        <string value=\"p\" />\n      </attr>\n      <attr name=\"type\">\n        <string value=\"derivation\" />\n      </attr>\n    </derivation>\n    <derivation drvPath=\"p\">\n      <repeated />\n    </derivation>\n  </list>\n</expr>\n""#,
        ),
        (
            "builtins.toXML ({ type = 1; })",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n    <attr name=\"type\">\n      <int value=\"1\" />\n    </attr>\n  </attrs>\n</expr>\n""#,
        ),
        (
            "builtins.toXML ([ 1.0e6 1.0e5 123456789.0 ])",
            r#""<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <list>\n    <float value=\"1e+06\" />\n    <float value=\"100000\" />\n    <float value=\"1.23457e+08\" />\n  </list>\n</expr>\n""#,
        ),
    ]);
    fails(&[(r#"builtins.toXML (throw "no")"#, "no")]);
}

#[test]
fn prints_all_of_a_value() {
    works(&[
        (
            r#"{ a = 1; "b c" = x: x; or = 3; d = 1.0; e = [ ]; f = [ (1+1) ]; g = { }; h = /a; i = builtins.map; j = builtins.map (x: x); k = null; l = "a\n\t\r\"\\"; n = -1; o = "\${x} $x $$\{"; a-b = 1; "1a" = 2; "" = 3; a' = 4; true = 1; "if" = 2; "-a" = 1; _ = 1; "é" = 1; "a\"b\${" = 1; p = x: y: x; q = (x: y: x) 1; r = __add 1; }"#,
            r#"{ "" = 3; "-a" = 1; "1a" = 2; _ = 1; a = 1; "a\"b\${" = 1; a' = 4; a-b = 1; "b c" = <LAMBDA>; d = 1; e = [ ]; f = [ 2 ]; g = { }; h = /a; i = <PRIMOP>; "if" = 2; j = <PRIMOP-APP>; k = null; l = "a\n\t\r\"\\"; n = -1; o = "\${x} $x $\${"; or = 3; p = <LAMBDA>; q = <LAMBDA>; r = <PRIMOP-APP>; true = 1; "é" = 1; }"#,
        ),
        (
            "[ 1.5 0.1 1.0e-5 123456.7 1234567.8 100000.0 1000000.0 1.0e15 3.0e0 0.00001234567 999999.5 1.0e100 ]",
            "[ 1.5 0.1 1e-05 123457 1.23457e+06 100000 1e+06 1e+15 3 1.23457e-05 1e+06 1e+100 ]",
        ),
        (
            "let a = { x = 1; }; in { inherit a; b = a; l = [ 1 ]; m = let q = [ 1 2 3 ]; in [ q q ]; e = [ { } { } ]; e2 = let r = { }; in [ r r ]; }",
            "{ a = { x = 1; }; b = «repeated»; e = [ { } { } ]; e2 = [ { } { } ]; l = [ 1 ]; m = [ [ 1 2 3 ] «repeated» ]; }",
        ),
        ("let a = { b = a; }; in a", "{ b = «repeated»; }"),
    ]);
    fails(&[(r#"{ x = throw "no"; }"#, "no")]);
}

#[test]
fn prints_what_is_evaluated() {
    works_lazily(&[
        ("{ a = 1; b = 1+1; c = [ 1 2 ]; }", "{ a = 1; b = <CODE>; c = <CODE>; }"),
        ("let x = 1; in { inherit x; y = x; }", "{ x = 1; y = 1; }"),
        ("let f = x: { a = x; b = [ x ]; }; in f 1", "{ a = 1; b = <CODE>; }"),
        ("let f = x: { a = x; b = [ x ]; }; in f (1+1)", "{ a = <CODE>; b = <CODE>; }"),
        (
            r#"{ a = null; b = true; c = /a; d = "x"; e = "x${"y"}"; f = 1.5; }"#,
            r#"{ a = null; b = true; c = /a; d = "x"; e = <CODE>; f = 1.5; }"#,
        ),
        ("let a = { x = 1; }; in builtins.seq a [ a a ]", "[ { x = 1; } «repeated» ]"),
        (r#"builtins.fromJSON "{\"a\":[1,{}]}""#, "{ a = [ 1 { } ]; }"),
        (r#"let v = { x = throw "no"; }; in v"#, "{ x = <CODE>; }"),
    ]);
}

/// The values are those of `nix hash to-base32`, `to-base64` and `to-sri`; Nix 2.8 does not have the builtin.
#[test]
fn convert_hash() {
    let forms = [
        ("base16", "900150983cd24fb0d6963f7d28e17f72"),
        ("nix32", "3jgzhjhz9zjvbb0kyj7jc500ch"),
        ("base32", "3jgzhjhz9zjvbb0kyj7jc500ch"),
        ("base64", "kAFQmDzST7DWlj99KOF/cg=="),
        ("sri", "md5-kAFQmDzST7DWlj99KOF/cg=="),
    ];
    for (_, from) in forms {
        for (format, to) in forms {
            let text =
                format!(r#"builtins.convertHash {{ hash = "{from}"; hashAlgo = "md5"; toHashFormat = "{format}"; }}"#);
            assert_eq!(evaluate(&text, true), Ok(format!("\"{to}\"")), "{text}");
        }
    }
    works(&[(
        r#"builtins.convertHash { hash = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; toHashFormat = "nix32"; }"#,
        r#""1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s""#,
    )]);
    fails(&[
        (
            r#"builtins.convertHash { hash = "900150983cd24fb0d6963f7d28e17f72"; toHashFormat = "sri"; }"#,
            "hash '900150983cd24fb0d6963f7d28e17f72' does not include a type, nor is the type otherwise known from context",
        ),
        (
            r#"builtins.convertHash { hash = "md5:900150983cd24fb0d6963f7d28e17f72"; hashAlgo = "sha1"; toHashFormat = "sri"; }"#,
            "hash 'md5:900150983cd24fb0d6963f7d28e17f72' should have type 'sha1'",
        ),
        (
            r#"builtins.convertHash { hash = "abc"; hashAlgo = "md5"; toHashFormat = "sri"; }"#,
            "hash 'abc' has wrong length for hash algorithm 'md5'",
        ),
        (r#"builtins.convertHash { hash = "md5-abc"; toHashFormat = "base16"; }"#, "invalid SRI hash 'abc'"),
        (
            r#"builtins.convertHash { hash = "md5-abc"; toHashFormat = "base17"; }"#,
            "unknown hash format 'base17', expect 'base16', 'base32', 'base64', or 'sri'",
        ),
        (r#"builtins.convertHash { hash = "md5-abc"; }"#, "attribute 'toHashFormat' missing"),
    ]);
}

/// The digest is that of `sha256sum`.
#[test]
fn hash_file() {
    works(&[
        (
            r#"builtins.hashFile "sha256" /src/abc"#,
            r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#,
        ),
        (r#"builtins.hashFile "md5" "/src/dir/../abc""#, r#""900150983cd24fb0d6963f7d28e17f72""#),
    ]);
    fails(&[
        (r#"builtins.hashFile "sha256" /src/nothing"#, "opening file '/src/nothing': No such file or directory"),
        (r#"builtins.hashFile "sha256" "abc""#, "string 'abc' doesn't represent an absolute path"),
        (r#"builtins.hashFile "foo" /src/abc"#, "unknown hash algorithm 'foo'"),
        (r#"builtins.hashFile "sha256" 1"#, "cannot coerce an integer to a string"),
    ]);
}

/// Where Nix changed after 2.8: unused replacements are not evaluated; JSON has all digits of floats and short escapes;
/// numbers and texts that values cannot hold are errors; `addDrvOutputDependencies` is new; all keywords are quoted.
#[test]
fn as_later_versions_of_nix() {
    works(&[
        (r#"builtins.replaceStrings [ "a" ] [ (throw "no") ] "bbb""#, r#""bbb""#),
        (
            "builtins.toJSON [ 1.0 0.1 (0.1 + 0.2) 123456789012.5 1.0e15 ]",
            r#""[1.0,0.1,0.30000000000000004,123456789012.5,1e+15]""#,
        ),
        (r#"builtins.toJSON (builtins.fromJSON "\"\\b\\f\\u0001\"")"#, r#""\"\\b\\f\\u0001\"""#),
        (
            "builtins.getContext (builtins.addDrvOutputDependencies (builtins.appendContext d { ${d}.path = true; }))",
            r#"{ "/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv" = { allOutputs = true; }; }"#,
        ),
        (
            "builtins.getContext (builtins.addDrvOutputDependencies (builtins.appendContext d { ${d}.allOutputs = true; }))",
            r#"{ "/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv" = { allOutputs = true; }; }"#,
        ),
        (
            r#"{ "assert" = 1; "else" = 1; "in" = 1; "inherit" = 1; "let" = 1; "rec" = 1; "then" = 1; "with" = 1; }"#,
            r#"{ "assert" = 1; "else" = 1; "in" = 1; "inherit" = 1; "let" = 1; "rec" = 1; "then" = 1; "with" = 1; }"#,
        ),
    ]);
    fails(&[
        (
            r#"builtins.fromJSON "9223372036854775808""#,
            "unsigned json number 9223372036854775808 outside of Nix integer range",
        ),
        (
            r#"builtins.fromJSON "\"a\\u0000b\"""#,
            "input string 'a␀b' cannot be represented as Nix string because it contains null bytes",
        ),
        (
            r#"builtins.fromTOML "a = \"\\u0000\"""#,
            "while parsing TOML: input string '␀' cannot be represented as Nix string because it contains null bytes",
        ),
        (
            r#"builtins.fromTOML "a = 9223372036854775808""#,
            "while parsing TOML: integer 9223372036854775808 is out of range",
        ),
        (
            r#"builtins.toJSON (builtins.substring 0 1 "é")"#,
            "JSON serialization error: invalid UTF-8 byte at index 0: 0xC3",
        ),
        (
            "builtins.addDrvOutputDependencies s",
            "path '/nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x' is not a derivation",
        ),
        (r#"builtins.addDrvOutputDependencies "a""#, "context of string 'a' must have exactly one element, but has 0"),
        (
            r#"builtins.addDrvOutputDependencies (builtins.appendContext "a" { ${d}.outputs = [ "out" ]; })"#,
            "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as 'out'",
        ),
    ]);
}

/// Nix 2.8 copies the same paths; the store paths are this test's own.
#[test]
fn paths_are_copied_where_nix_copies_them() {
    let copy = "/nix/store/00000000000000000000000000000000-abc";
    let cases = [
        (r#"builtins.concatStringsSep "," [ "a" /src/abc ]"#, format!("\"a,{copy}\"")),
        ("builtins.toJSON [ /src/abc { outPath = /src/abc; } ]", format!(r#""[\"{copy}\",\"{copy}\"]""#)),
        ("builtins.toJSON { __toString = s: /src/abc; }", r#""\"/src/abc\"""#.to_string()),
        ("builtins.attrNames (builtins.getContext (builtins.toJSON /src/abc))", format!("[ \"{copy}\" ]")),
        ("builtins.unsafeDiscardStringContext /src/abc", format!("\"{copy}\"")),
        ("toString /src/abc", r#""/src/abc""#.to_string()),
        ("baseNameOf /src/abc", r#""abc""#.to_string()),
    ];
    for (text, value) in cases {
        assert_eq!(evaluate(text, true), Ok(value), "{text}");
    }
    fails(&[("builtins.toJSON /src/nothing", "opening file '/src/nothing': No such file or directory")]);
}

#[test]
fn options_of_json() {
    let options = bt_eval::JsonOptions { copy_paths: false };
    let text = with_value(&world(), "{ a = /src/abc; }", |ev, value| {
        let mut out = StringBuilder::default();
        ev.write_json_with(value, options, &mut out)?;
        assert!(out.has_no_context());
        Ok(String::from_utf8_lossy(out.bytes()).into_owned())
    });
    assert_eq!(text.unwrap(), r#"{"a":"/src/abc"}"#);
}

#[test]
fn the_source_of_a_json_text_is_known() {
    let known = with_value(&world(), "builtins.toJSON { a = 1; }", |ev, value| match value {
        Value::String(string) => Ok(matches!(ev.observations.json_source(string), Some(Value::Attrs(_)))),
        _ => Ok(false),
    });
    assert!(known.unwrap());
}

/// Nesting that would overflow a fixed stack, and values without an end.
#[test]
fn deep_values() {
    let nested = "let nest = n: if n == 0 then [ ] else [ (nest (n - 1)) ]; in nest 100000";
    let text = evaluate(nested, true).unwrap();
    assert_eq!(text.len(), 100_000 * "[  ]".len() + "[ ]".len());
    works(&[
        (&format!("builtins.stringLength (builtins.toJSON ({nested}))"), "200002"),
        (
            r#"let s = x: builtins.concatStringsSep "" (builtins.genList (_: x) 100000); in builtins.stringLength (builtins.toJSON (builtins.fromJSON (s "[" + s "]")))"#,
            "200000",
        ),
        (
            r#"builtins.stringLength (builtins.replaceStrings [ "a" "" ] [ "x" "y" ] (builtins.concatStringsSep "" (builtins.genList (_: "abc") 100000)))"#,
            "500001",
        ),
    ]);
    let endless = [
        "let a = { b = a; }; in builtins.toJSON a",
        "let a = { b = a; }; in builtins.toXML a",
        "let f = x: { b = f (x + 1); }; in f 0",
    ];
    for text in endless {
        let error = with_value(&world(), text, |ev, value| bt_eval::print::print_value(ev, value, true)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{text}");
    }
    let unfinished = r#"let s = x: builtins.concatStringsSep "" (builtins.genList (_: x) 100000); in "#;
    for text in [
        "builtins.fromJSON (s \"[\")",
        "builtins.fromTOML (\"a = \" + s \"[\")",
        "builtins.fromTOML (s \"a.\" + \"a = 1\")",
        "builtins.match (s \"(\") \"\"",
    ] {
        assert!(evaluate(&format!("{unfinished}{text}"), true).is_err(), "{text}");
    }
}
