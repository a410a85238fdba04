//! Trees and errors. The trees are what `nix-instantiate --parse` prints; the messages are those of Nix's grammar.
#![allow(clippy::unwrap_used, reason = "a test")]

use bumpalo::Bump;

fn tree(text: &str) -> Result<String, (String, u32)> {
    let arena = Bump::new();
    match bt_syntax::parse(&arena, text, 0) {
        Ok(expr) => Ok(bt_syntax::print(expr, &|path| path.to_string())),
        Err(error) => Err((error.message, error.span.start)),
    }
}

#[test]
fn trees() {
    let cases = [
        ("{ f, x }: f x.or x", "({ f, x }: (f (x).or x))"),
        ("[ 1 0.5 .5 1. 1.5e3 007 0 ]", "[ (1) (0.5) (0.5) (1) (1500) (7) (0) ]"),
        ("[ 1.2.3 00.5 1.e5 ]", "[ (1.2) (0.3) (0) (0.5) (100000) ]"),
        ("[ a:b x-y:z x+y:z a.b:c ]", "[ (\"a:b\") (\"x-y:z\") (\"x+y:z\") (\"a.b:c\") ]"),
        ("x_:x_", "(x_: x_)"),
        ("[ a/b.c+d -x/y .../z <h/i> ]", "[ (a/b.c+d) (-x/y) (.../z) ((__findFile __nixPath \"h/i\")) ]"),
        ("x: ./a${x}/b${x}c", "(x: (./a + x + \"/b\" + x + \"c\"))"),
        ("x: ./a//b${x}c//d", "(x: (./a/ + \"/b\" + x + \"c/\" + \"/d\"))"),
        ("x: ~/${x}", "(x: (~/ + x))"),
        ("[ ./a~/b ]", "[ (./a) (~/b) ]"),
        ("\"a\r\nb\rc\\\r\nd\"", "\"a\\nb\\nc\\r\\nd\""),
        ("a: # b\ra # c\r\n", "(a: a)"),
        ("/* a **/ 1 /**/", "1"),
        ("x: ''a''$b'''c''\\nd'e''", "(x: (\"a\" + \"$\" + \"b\" + \"''\" + \"c\" + \"\\n\" + \"d'e\"))"),
        ("x: ''$${x}'${x}''", "(x: (\"$\\${x}\" + \"'\" + x))"),
        ("''\n    a\n      b\n  \n    c\n  ''", "\"a\\n  b\\n\\nc\\n\""),
        ("''  a\n  b''", "\"a\\nb\""),
        ("''\n\ta\n  b''", "\"\\ta\\n  b\""),
        ("''  \n\n  ''", "\"\\n\""),
        ("a: -a + !a == a", "(a: (((__sub 0 a) + (! a)) == a))"),
        ("a: !a ? b && -a.b == a", "(a: ((! ((a) ? b)) && ((__sub 0 (a).b) == a)))"),
        ("a: a - a - a * a / a", "(a: (__sub (__sub a a) (__div (__mul a a) a)))"),
        ("a: a -> a -> a || a && a", "(a: (a -> (a -> (a || (a && a)))))"),
        ("a: (a a) a", "(a: (a a a))"),
        ("a: (-a) <b> (a < a) a", "(a: (__sub 0 a (__findFile __nixPath \"b\") (__lessThan a a) a))"),
        ("a: a.b or a.c or a", "(a: (a).b or ((a).c or (a)))"),
        ("{ a.b = 1; a.c = 2; a = { d = 3; }; }", "{ a = { b = 1; c = 2; d = 3; }; }"),
        ("{ a = { b = { c = 1; }; }; a = { b = { d = 2; }; }; }", "{ a = { b = { c = 1; d = 2; }; }; }"),
        ("{ ${\"c\"} = 2; ${\"d\" + \"e\"} = 3; or = 4; }", "{ c = 2; or = 4; \"${(\"d\" + \"e\")}\" = 3; }"),
        ("c@{ }: c", "({  } @ c: c)"),
        ("{ a, }: a", "({ a }: a)"),
        ("let { body = 1; }", "(rec { body = 1; }).body"),
        ("1 \0 what follows a NUL is not read", "1"),
    ];
    for (text, expected) in cases {
        assert_eq!(tree(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn errors() {
    let cases = [
        ("1 ]", "syntax error, unexpected ']', expecting end of file", 2),
        ("a b: c", "syntax error, unexpected ':', expecting end of file", 3),
        ("{ a", "syntax error, unexpected end of file, expecting '.' or '='", 3),
        ("{ a = 1 }", "syntax error, unexpected '}', expecting ';'", 8),
        ("{ a = 1; 2", "syntax error, unexpected integer, expecting 'inherit'", 9),
        ("rec { 2 }", "syntax error, unexpected integer, expecting 'inherit' or '}'", 6),
        ("rec 1", "syntax error, unexpected integer, expecting '{'", 4),
        ("let 1", "syntax error, unexpected integer, expecting 'in' or 'inherit'", 4),
        ("1 + let a = 1; in a", "syntax error, unexpected identifier, expecting '{'", 8),
        ("1 + { a }: a", "syntax error, unexpected '}', expecting '.' or '='", 8),
        ("{ a, 1 }: a", "syntax error, unexpected integer, expecting identifier or '...' or '}'", 5),
        ("{ a ? 1 2 3; }: a", "syntax error, unexpected ';', expecting '}' or ','", 11),
        ("{ ..., a }: a", "syntax error, unexpected ',', expecting '}'", 5),
        ("{ a } 1", "syntax error, unexpected integer, expecting ':' or '@'", 6),
        ("{ a }@1", "syntax error, unexpected integer, expecting identifier", 6),
        ("a@{ b } 1", "syntax error, unexpected integer, expecting ':'", 8),
        ("a@b", "syntax error, unexpected identifier, expecting '{'", 2),
        ("a: a == a != a", "syntax error, unexpected '!='", 10),
        ("a: a |> a <| a", "syntax error, unexpected '<|', expecting end of file", 10),
        ("[ 1 ; ]", "syntax error, unexpected ';'", 4),
        ("\"a", "syntax error, unexpected end of file, expecting '\"'", 2),
        ("\"a$", "syntax error, unexpected end of file, expecting '\"'", 3),
        (
            "''a",
            "syntax error, unexpected end of file, expecting indented string or '${' or end of an indented string",
            3,
        ),
        ("./a//b ", "syntax error, unexpected end of path, expecting '${'", 4),
        ("./a//b//c", "syntax error, unexpected string, expecting '${'", 7),
        ("./a/ 1", "path has a trailing slash", 4),
        ("./a/", "path has a trailing slash", 0),
        ("./a/é", "path has a trailing slash", 4),
        ("1 /* 2", "syntax error, unexpected '*'", 3),
        ("1 é", "syntax error, unexpected invalid token, expecting end of file", 2),
        ("(1 \0)", "syntax error, unexpected end of file, expecting ')'", 4),
        ("[ 9223372036854775808 ]", "invalid integer '9223372036854775808'", 2),
        ("{ 9223372036854775808", "invalid integer '9223372036854775808'", 2),
        ("[ 1.5e400 ]", "invalid float '1.5e400'", 2),
        ("1.5e-320", "invalid float '1.5e-320'", 0),
        ("\"a\0b\"", "input string 'a␀b' cannot be represented as Nix string because it contains null bytes", 1),
        ("{ a = 1; a = 2; }", "attribute 'a' already defined", 9),
        ("{ a.b = 1; a.b.c = 2; }", "attribute 'a.b' already defined", 11),
        ("{ a = { b = { c = 1; }; }; a.b = { c = 2; }; }", "attribute 'a.b.c' already defined", 35),
        ("{ \"a b\" = 1; \"a b\" = 2; }", "attribute '\"a b\"' already defined", 13),
        ("{ a, b, a }: 1", "duplicate formal function argument 'a'", 8),
        ("{ a, a }: )", "syntax error, unexpected ')'", 10),
        ("{ a }@a: 1", "duplicate formal function argument 'a'", 0),
        ("1 + (let ${1 + 1} = 1; in 1)", "dynamic attributes not allowed in let", 5),
        ("{ inherit ${a}; }", "dynamic attributes not allowed in inherit", 10),
    ];
    for (text, message, at) in cases {
        assert_eq!(tree(text), Err((message.to_string(), at)), "{text:?}");
    }
}

#[test]
fn a_megabyte_of_anything_is_read_in_linear_time() {
    let started = std::time::Instant::now();
    let repeated = |piece: &str| piece.repeat((1 << 20) / piece.len());
    for piece in
        ["/a", "a.", "1", "<a", "<a/", "a:", "/*", "'", "\"$", "1.", "a+", "}", "~/a", "''$", "\0", "é", "a'b/"]
    {
        let _ = tree(&repeated(piece));
    }
    for open in ["\"", "''", "/* ", "# ", "{ a = "] {
        let _ = tree(&format!("{open}{}", repeated("x ")));
    }
    let names = |prefix: &str| (0..50_000).map(|i| format!("{prefix}{i} = 1; ")).collect::<String>();
    assert!(tree(&format!("{{ {} }}", names("a"))).is_ok());
    assert!(tree(&format!("{{ {} }}", names("a.b"))).is_ok());
    assert!(tree(&format!("{{ a = {{ {} }}; a = {{ {} }}; }}", names("b"), names("c"))).is_ok());
    let formals: Vec<String> = (0..50_000).map(|i| format!("a{i}")).collect();
    assert!(tree(&format!("{{ {} }}: 1", formals.join(", "))).is_ok());
    // A quadratic step would take minutes.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_hundred_thousand_levels_are_read_and_printed() {
    const DEEP: usize = 100_000;
    let path = "a.".repeat(DEEP);
    assert!(tree(&format!("{{ {path}a = 1; {path}b = 1; }}")).is_ok());
    let cases = [
        ("(", "1", ")"),
        ("[ ", "", "] "),
        ("{ a = ", "1", "; }"),
        ("{ a = { b = 1; }; a = ", "{ }", "; }"),
        ("x: ", "x", ""),
        ("{ a }: ", "a", ""),
        ("1 -> ", "1", ""),
        ("1 <| ", "1", ""),
        ("", "1", " |> 1"),
        ("", "1", " + 1"),
        ("!", "1", ""),
        ("- ", "1", ""),
        ("if 1 then 1 else ", "1", ""),
        ("a.b or ", "1", ""),
        ("\"${", "1", "}\""),
        ("''${", "1", "}''"),
        ("./a${", "1", "}"),
        ("{ ${", "1", "} = 1; }"),
    ];
    for (open, middle, close) in cases {
        let text = format!("{}{middle}{}", open.repeat(DEEP), close.repeat(DEEP));
        assert!(tree(&text).is_ok(), "{open}{close}");
        let error = tree(&format!("{}{middle}", open.repeat(DEEP / 2)));
        assert!(error.is_err() || close.is_empty() || open.is_empty(), "{open}{close}");
    }
    let too_deep = format!("{}1{}", "(".repeat(3 * DEEP), ")".repeat(3 * DEEP));
    assert_eq!(tree(&too_deep).unwrap_err().0, "expression is nested too deeply");
}
