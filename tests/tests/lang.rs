//! The Nix language: values as real Nix computes them, errors with their places, and programs that nest without an end.

use bt_eval::Options;
use bt_tests::gaps;
use bt_tests::lang::{Failure, check_against_nix, check_failures, check_values, evaluate_text, folder, parse_text};

#[test]
fn values() {
    check_values(&folder("eval"));
}

#[test]
fn values_are_those_of_real_nix() {
    check_against_nix(&folder("eval"));
}

/// What Nix learned after the version that distributions bring, so that the installed one may not know it.
#[test]
fn values_of_newer_nix() {
    check_values(&folder("newer"));
}

#[test]
fn failures() {
    check_failures(&folder("fail"));
}

#[test]
fn known_gaps() {
    let problems = gaps::problems(&folder("gaps"));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    check_against_nix(&folder("gaps"));
}

fn evaluate(text: &str) -> Result<String, Failure> {
    evaluate_text(text, Options { max_call_depth: 250_000, ..Options::default() })
}

const DEEP: usize = 100_000;

#[test]
fn texts_may_nest_deeply() {
    let nested = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(DEEP), close.repeat(DEEP));
    let cases = [
        (nested("(", "1", ")"), "1"),
        (nested("if true then ", "1", " else 2"), "1"),
        (nested("if ", "true", " then true else false"), "true"),
        (nested("let a = 1; in ", "a", ""), "1"),
        (nested("let a = ", "1", "; in a"), "1"),
        (nested("- ", "1", ""), "1"),
        (nested("! ", "true", ""), "true"),
        (nested("\"${", "\"a\"", "}\""), "\"a\""),
        (nested("''${", "\"a\"", "}''"), "\"a\""),
        (nested("(x: x) (", "1", ")"), "1"),
        (nested("with { }; ", "1", ""), "1"),
        (nested("assert true; ", "1", ""), "1"),
        (nested("let { body = ", "1", "; }"), "1"),
        (nested("x: ", "x", ""), "<LAMBDA>"),
        (format!("1{}", " + 1".repeat(DEEP)), "100001"),
        (format!("true{}", " && true".repeat(DEEP)), "true"),
        (format!("false{}", " -> false".repeat(DEEP)), "true"),
        (format!("builtins.length ([ 1 ]{})", " ++ [ 1 ]".repeat(DEEP)), "100001"),
        (format!("({{ a = 1; }}{}).a", " // { a = 2; }".repeat(DEEP)), "2"),
        (format!("{{ }}{}", ".a or { }".repeat(DEEP)), "{ }"),
        (format!("let a = {{ }}; in a{} or 1", " .b".repeat(DEEP)), "1"),
    ];
    for (text, expected) in cases {
        let start: String = text.chars().take(30).collect();
        assert_eq!(evaluate(&text).as_deref(), Ok(expected), "{start}…");
    }
    for (open, close) in [("[ ", "]"), ("{ a = ", "; }")] {
        let text = nested(open, if open == "[ " { "" } else { "1" }, close);
        assert!(evaluate(&text).is_ok_and(|value| value.len() > DEEP), "{open}");
    }
}

#[test]
fn texts_that_nest_and_never_end_are_syntax_errors() {
    for open in ["(", "[", "{ a = ", "\"${", "if ", "let a = ", "x: ", "- ", "/* "] {
        let failure = evaluate(&open.repeat(DEEP)).unwrap_err();
        assert!(failure.place.is_some(), "{open}: {failure:?}");
    }
    // One run of names, at each of which the lexer has to know whether a slash ends the run.
    let failure = evaluate(&format!("{{ }}{}", ".a".repeat(DEEP))).unwrap_err();
    assert_eq!(failure.message, "attribute 'a' missing");
}

#[test]
fn values_may_nest_deeply() {
    let list = "let f = n: acc: if n == 0 then acc else f (n - 1) [ acc ]; v = f 100000 1; w = f 100000 2; in ";
    let set = "let f = n: acc: if n == 0 then acc else f (n - 1) { a = acc; }; v = f 100000 1; w = f 100000 1; in ";
    let cases = [
        (list, "v == v && v != w", "true"),
        (list, "v < w", "true"),
        (list, "toString v", "\"1\""),
        (list, "builtins.deepSeq v 1", "1"),
        (set, "v == w", "true"),
        (set, "builtins.stringLength (builtins.toJSON v)", "600001"),
        (set, "builtins.fromJSON (builtins.toJSON v) == v", "true"),
    ];
    for (start, end, expected) in cases {
        assert_eq!(evaluate(&format!("{start}{end}")).as_deref(), Ok(expected), "{end}");
    }
    assert!(evaluate(&format!("{list}v")).is_ok_and(|value| value.len() > 400_000));
    let calls = "let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 100000";
    assert_eq!(evaluate(calls).as_deref(), Ok("100000"));
    let lazy = "(builtins.foldl' (a: x: { v = a.v + x; }) { v = 0; } (builtins.genList (x: x) 100000)).v";
    assert_eq!(evaluate(lazy).as_deref(), Ok("4999950000"));
}

#[test]
fn depth_has_a_limit() {
    let runaway = [
        "let f = x: f x; in f 1",
        "let f = x: 1 + f x; in f 1",
        "let f = x: (f x).a; in f 1",
        "let f = x: [ (f x) ]; in f 1",
        "let x = [ x ]; in builtins.toJSON x",
        "let x = { __functor = x; }; in x 1",
        "let x = { outPath = x; }; in \"${x}\"",
        "let x = { __toString = _: x; }; in \"${x}\"",
        "let x = { a = x; }; y = { a = y; }; in x == y",
        "let x = [ x ]; y = [ y ]; in x < y",
        "let f = { n ? f { } }: n; in f { }",
    ];
    for text in runaway {
        let failure = evaluate(text).unwrap_err();
        assert!(failure.message.contains("max-call-depth exceeded"), "{text}: {failure:?}");
    }
    let options = Options { max_call_depth: 100, ..Options::default() };
    let default = Options::default;
    let program = |n: u32| format!("let f = n: if n == 0 then 0 else 1 + f (n - 1); in f {n}");
    assert_eq!(evaluate_text(&program(90), options.clone()).as_deref(), Ok("90"));
    assert!(evaluate_text(&program(110), options).is_err());
    // Nix has the same limit when nobody gives one.
    assert_eq!(evaluate_text(&program(9_900), default()).as_deref(), Ok("9900"));
    assert!(evaluate_text(&program(10_100), default()).is_err());
    let nested = |n: u32| format!("let f = n: v: if n == 0 then v else f (n - 1) [ v ]; in f {n} 1 == f {n} 1");
    assert_eq!(evaluate_text(&nested(9_900), default()).as_deref(), Ok("true"));
    assert!(evaluate_text(&nested(10_100), default()).is_err());
}

#[test]
fn memory_has_a_limit() {
    let options = Options { max_memory: 64 << 20, ..Options::default() };
    let programs = [
        "let f = s: f (s + s); in f \"aaaaaaaa\"",
        "let f = l: f (l ++ l); in f [ 1 2 ]",
        "builtins.length (builtins.genList (x: x) 100000000000)",
    ];
    for text in programs {
        assert!(evaluate_text(text, options.clone()).is_err(), "{text}");
    }
}

#[test]
fn parsed_texts_are_printed_as_nix_prints_them() {
    let cases = [
        ("1 + 2 * 3 - -4", "(__sub (1 + (__mul 2 3)) (__sub 0 4))"),
        ("a: a.b or 1 > 2", "(a: (__lessThan 2 (a).b or (1)))"),
        ("1 >= 2", "(! (__lessThan 1 2))"),
        ("{ b ? 1, a, ... }@x: x", "({ a, b ? 1, ... } @ x: x)"),
        ("{ z = 1; a.b = 2; a.c = 3; \"if\" = 4; }", "{ a = { b = 2; c = 3; }; \"if\" = 4; z = 1; }"),
        (
            "let x = 1; y = { }; in { inherit x; inherit (y) z; w = 2; }",
            "(let x = 1; y = { }; in { inherit x; inherit (y) z; w = 2; })",
        ),
        ("\"a${\"b\"}\" + ./c/../d", "((\"a\" + \"b\") + /d)"),
        ("[ (x: x) <nix/x> ]", "[ ((x: x)) ((__findFile __nixPath \"nix/x\")) ]"),
        ("x: x ? a.${x}", "(x: ((x) ? a.\"${x}\"))"),
        ("let { body = 1; }", "(rec { body = 1; }).body"),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_text(text).as_deref(), Ok(expected), "{text}");
    }
}
