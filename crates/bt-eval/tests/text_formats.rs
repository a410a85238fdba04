//! Builtins about text formats: JSON, TOML, XML, and printing.
//!
//! Unless a test says otherwise, the expected values of [`works`] are what Nix 2.8 prints for
//! `nix-instantiate --store dummy:// --eval --strict -E …` (without `--strict` in [`works_lazily`]), and Nix 2.8 refuses
//! the programs of [`fails`]; the messages are our own.

mod support;

use bt_eval::{ErrorKind, StringBuilder, Value};
use support::cases::{evaluate, fails, works, works_lazily, world};
use support::with_value;

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
        ("builtins.toJSON {__toString = s: 1;}", "`__toString` should return a string, but got an integer: 1"),
        ("builtins.toJSON {__toString = s: {a=1;};}", "`__toString` must return a string, but got a set: { a = 1; }"),
        (
            "builtins.toJSON {__toString = s: {outPath=[];};}",
            "`__toString` should return a string, but got a list: [ ]",
        ),
        ("let x = {outPath=x;}; in builtins.toJSON x", "stack overflow; max-call-depth exceeded"),
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
            "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing value - invalid number; expected '+', '-', or digit after exponent; last read: '1e'",
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
            "[json.exception.parse_error.101] parse error at line 1, column 1: attempting to parse an empty input; check that your input string or stream contains the expected JSON",
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
            "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing object key - invalid literal; last read: '{a'; expected string literal",
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
            "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing value - invalid literal; last read: '1] x'; expected end of input",
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
            "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing value - invalid literal; last read: 'nulll'; expected end of input",
        ),
        (
            r#"builtins.fromJSON "tru""#,
            "[json.exception.parse_error.101] parse error at line 1, column 4: syntax error while parsing value - invalid literal; last read: 'tru'",
        ),
        (
            r#"builtins.fromJSON "\"a\nb\"""#,
            r#"[json.exception.parse_error.101] parse error at line 2, column 0: syntax error while parsing value - invalid string: control character U+000A (LF) must be escaped to \u000A or \n; last read: '"a<U+000A>'"#,
        ),
        (
            r#"builtins.fromJSON "\"a\tb\"""#,
            r#"[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing value - invalid string: control character U+0009 (HT) must be escaped to \u0009 or \t; last read: '"a<U+0009>'"#,
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
        ("builtins.fromJSON 1", "expected a string but found an integer: 1"),
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
        (
            r#"builtins.fromTOML "a = 1\na = 2""#,
            "while parsing TOML: [error] toml::insert_value: failed to insert a value, value already exists",
        ),
        (r#"builtins.fromTOML "a =""#, "while parsing TOML: [error] bad format: unknown value appeared"),
        (
            r#"builtins.fromTOML "é = 1""#,
            r#"while parsing TOML: [error] toml::parse_simple_key: invalid key: key must be "quoted", 'quoted-literal', or bare key."#,
        ),
        ("builtins.fromTOML 1", "expected a string but found an integer: 1"),
        (
            r#"builtins.fromTOML "[a]\nb=1\n[a]\nc=1""#,
            "while parsing TOML: [error] toml::insert_value: failed to insert a table, table already defined",
        ),
        (r#"builtins.fromTOML "a = 0777""#, "while parsing TOML: [error] bad integer: invalid digit after an integer"),
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
        "builtins.fromTOML (s \"a.\")",
        "builtins.match (s \"(\") \"\"",
    ] {
        assert!(evaluate(&format!("{unfinished}{text}"), true).is_err(), "{text}");
    }
}

/// What is no text has no value, wherever it is; the library's messages show the bytes.
#[test]
fn from_json_of_bytes() {
    let read = |text: &[u8]| {
        with_value(&world(), "1", |ev, _| bt_eval::print::print_value(ev, ev.parse_json(text)?, true))
            .map_err(|error| error.message().to_string())
    };
    assert_eq!(read(b"\xef\xbb\xbf[\"\xc3\xa9\"]").as_deref(), Ok("[ \"\u{e9}\" ]"));
    let start = "[json.exception.parse_error.101] parse error at line 1, ";
    let cases = [
        (&b"\xef\xbb"[..], "column 3: syntax error while parsing value - invalid BOM; must be 0xEF 0xBB 0xBF if given"),
        (b"\"\xff\"", "column 2: syntax error while parsing value - invalid string: ill-formed UTF-8 byte"),
        (b"\"\xe2\x82x\"", "column 4: syntax error while parsing value - invalid string: ill-formed UTF-8 byte"),
        (b"\"\xe2\x82", "column 4: syntax error while parsing value - invalid string: ill-formed UTF-8 byte"),
        (b"\xc3\xa9", "column 1: syntax error while parsing value - invalid literal"),
    ];
    for (text, message) in cases {
        let found = read(text).unwrap_err();
        assert!(found.starts_with(&format!("{start}{message}; last read: '")), "{found}");
    }
    let long = format!("[\"{}", "a".repeat(100_000));
    assert!(read(long.as_bytes()).is_err_and(|message| message.len() < 500));
}
