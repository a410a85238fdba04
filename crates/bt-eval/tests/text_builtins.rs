//! Builtins about text: strings, regular expressions, versions, hashes, contexts.
//!
//! Unless a test says otherwise, the expected values of [`works`] are what Nix 2.8 prints for
//! `nix-instantiate --store dummy:// --eval --strict -E …`, and Nix 2.8 refuses
//! the programs of [`fails`]; the messages are our own.

mod support;

use support::cases::{evaluate, fails, works};

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
        ("baseNameOf 1", "cannot coerce an integer to a string: 1"),
        ("baseNameOf null", "cannot coerce null to a string: null"),
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
    fails(&[("dirOf 1", "cannot coerce an integer to a string: 1")]);
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
        (r#"builtins.concatStringsSep "," [ "a" 1 ]"#, "cannot coerce an integer to a string: 1"),
        (r#"builtins.concatStringsSep "," [ "a" null ]"#, "cannot coerce null to a string: null"),
        (r#"builtins.concatStringsSep "," [ "a" [ "b" ] ]"#, r#"cannot coerce a list to a string: [ "b" ]"#),
        (r#"builtins.concatStringsSep 1 [ "a" ]"#, "expected a string but found an integer: 1"),
        (r#"builtins.concatStringsSep "," "a""#, r#"expected a list but found a string: "a""#),
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
        (r#"builtins.replaceStrings [ "a" ] [ 1 ] "abc""#, "expected a string but found an integer: 1"),
        (r#"builtins.replaceStrings [ 1 ] [ "a" ] "bbb""#, "expected a string but found an integer: 1"),
        (r#"builtins.replaceStrings [ "a" ] [ "a" ] 1"#, "expected a string but found an integer: 1"),
        (r#"builtins.replaceStrings "a" [ "a" ] "a""#, r#"expected a list but found a string: "a""#),
    ]);
}

#[test]
fn string_length() {
    works(&[
        (r#"builtins.stringLength "abcé""#, "5"),
        (r#"builtins.stringLength """#, "0"),
        (r#"builtins.stringLength { outPath = "abc"; }"#, "3"),
    ]);
    fails(&[("builtins.stringLength 1", "cannot coerce an integer to a string: 1")]);
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
        ("builtins.substring 0 3 1", "cannot coerce an integer to a string: 1"),
        (r#"builtins.substring "a" 3 "x""#, r#"expected an integer but found a string: "a""#),
        (r#"builtins.substring 0 "a" "x""#, r#"expected an integer but found a string: "a""#),
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
        ("toString { }", "cannot coerce a set to a string: { }"),
        ("toString (x: x)", "cannot coerce a function to a string: «lambda @ /test.nix:5:14»"),
        ("toString [ (x: x) ]", "cannot coerce a function to a string: «lambda @ /test.nix:5:16»"),
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
        (r#"builtins.match "a" 1"#, "expected a string but found an integer: 1"),
        (r#"builtins.match 1 "a""#, "expected a string but found an integer: 1"),
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
        (r#"builtins.split "a" 1"#, "expected a string but found an integer: 1"),
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
    fails(&[(r#"builtins.compareVersions 1 "a""#, "expected a string but found an integer: 1")]);
}

#[test]
fn split_version() {
    works(&[(
        r#"map builtins.splitVersion [ "1.2.3" "1-2a3" "" "..." "1.2pre3-" "a.b_c+d" "1é2" ]"#,
        r#"[ [ "1" "2" "3" ] [ "1" "2" "a" "3" ] [ ] [ ] [ "1" "2" "pre" "3" ] [ "a" "b_c+d" ] [ "1" "é" "2" ] ]"#,
    )]);
    fails(&[("builtins.splitVersion 1", "expected a string but found an integer: 1")]);
}

#[test]
fn parse_drv_name() {
    works(&[(
        r#"map builtins.parseDrvName [ "nix-0.12pre12876" "hello" "a-b-c" "a-1-b" "-1" "a-" "" "a--1" "a-é" "a-.b" "a-b-2.0-x" ]"#,
        r#"[ { name = "nix"; version = "0.12pre12876"; } { name = "hello"; version = ""; } { name = "a-b-c"; version = ""; } { name = "a"; version = "1-b"; } { name = ""; version = "1"; } { name = "a-"; version = ""; } { name = ""; version = ""; } { name = "a"; version = "-1"; } { name = "a"; version = "é"; } { name = "a"; version = ".b"; } { name = "a-b"; version = "2.0-x"; } ]"#,
    )]);
    fails(&[("builtins.parseDrvName 1", "expected a string but found an integer: 1")]);
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
        (
            r#"builtins.hashString "foo" "abc""#,
            "unknown hash algorithm 'foo', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'",
        ),
        (r#"builtins.hashString 1 "abc""#, "expected a string but found an integer: 1"),
        (r#"builtins.hashString "md5" 1"#, "expected a string but found an integer: 1"),
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
        ("builtins.getContext 1", "expected a string but found an integer: 1"),
        (r#"builtins.getContext { outPath = "a"; }"#, r#"expected a string but found a set: { outPath = "a"; }"#),
        ("builtins.hasContext 1", "expected a string but found an integer: 1"),
        (r#"builtins.appendContext "a" { foo = { }; }"#, "context key 'foo' is not a store path"),
        (
            r#"builtins.appendContext "a" { ${p}.allOutputs = true; }"#,
            "tried to add all-outputs context of /nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x, which is not a derivation, to a string",
        ),
        (
            r#"builtins.appendContext "a" { ${p}.outputs = [ "out" ]; }"#,
            "tried to add derivation output context of /nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x, which is not a derivation, to a string",
        ),
        (r#"builtins.appendContext "a" { ${d}.outputs = [ 1 ]; }"#, "expected a string but found an integer: 1"),
        (r#"builtins.appendContext "a" { ${d}.outputs = 1; }"#, "expected a list but found an integer: 1"),
        (r#"builtins.appendContext "a" { ${d}.path = 1; }"#, "expected a Boolean but found an integer: 1"),
        (r#"builtins.appendContext "a" { ${d} = 1; }"#, "expected a set but found an integer: 1"),
        (
            r#"builtins.appendContext "a" { "${d}/bin".path = true; }"#,
            "context key '/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv/bin' is not a store path",
        ),
        ("builtins.appendContext 1 { }", "expected a string but found an integer: 1"),
        (r#"builtins.appendContext "a" 1"#, "expected a set but found an integer: 1"),
        ("builtins.unsafeDiscardStringContext 1", "cannot coerce an integer to a string: 1"),
        ("builtins.unsafeDiscardOutputDependency 1", "cannot coerce an integer to a string: 1"),
    ]);
}

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
        (
            r#"builtins.convertHash { hash = "md5-abc"; toHashFormat = "base16"; }"#,
            "invalid SRI hash 'abc', length 2 != expected length 16",
        ),
        (
            r#"builtins.convertHash { hash = "md5-abc"; toHashFormat = "base17"; }"#,
            "unknown hash format 'base17', expect 'base16', 'base32', 'base64', or 'sri'",
        ),
        (r#"builtins.convertHash { hash = "md5-abc"; }"#, "attribute 'toHashFormat' missing"),
    ]);
}

/// The digest is that of BLAKE3's own test vectors.
#[test]
fn blake3() {
    let text = r#"builtins.hashString "blake3" """#;
    fails(&[(
        text,
        "experimental Nix feature 'blake3-hashes' is disabled; add '--extra-experimental-features blake3-hashes' to enable it",
    )]);
    let (arena, sources, world) = (bumpalo::Bump::new(), bt_diag::SourceMap::new(), support::cases::world());
    let options = bt_eval::Options { blake3_hashes: true, ..Default::default() };
    let ev = bt_eval::Evaluator::new(&arena, &world, &sources, options, &[]);
    let file = ev.add_source("/test.nix", text.as_bytes().to_vec()).unwrap();
    let value = ev.eval_source(&file, None).unwrap();
    let digest = "\"af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262\"";
    assert_eq!(bt_eval::print::print_value(&ev, value, true).unwrap(), digest);
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
        (
            r#"builtins.hashFile "foo" /src/abc"#,
            "unknown hash algorithm 'foo', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'",
        ),
        (r#"builtins.hashFile "sha256" 1"#, "cannot coerce an integer to a string: 1"),
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
            "while parsing TOML: error: input string '␀' cannot be represented as Nix string because it contains null bytes",
        ),
        (
            r#"builtins.fromTOML "a = 9223372036854775808""#,
            "while parsing TOML: [error] toml::parse_dec_integer: too large integer: current max digits = 2^63",
        ),
        (
            r#"builtins.toJSON (builtins.substring 0 1 "é")"#,
            "JSON serialization error: [json.exception.type_error.316] incomplete UTF-8 string; last byte: 0xC3",
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
