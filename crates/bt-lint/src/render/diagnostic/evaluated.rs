//! Errors of real programs, as people see them.

use crate::render::fixtures::Fixture;
use bt_eval::print::print_value;
use bt_eval::{Evaluator, Options};
use bt_glue::{Environment, Glue, OsFileSystem};
use bumpalo::Bump;
use insta::assert_snapshot;

/// What is shown of the error that a program fails with.
fn explain(program: &str, show_trace: bool) -> String {
    let fixture = Fixture::new(program);
    let arena = Bump::new();
    let environment = Environment { pure: false, ..Environment::pure("x86_64-linux") };
    let glue = Glue::new(Box::new(OsFileSystem), environment);
    let tables = bt_glue::builtins();
    let ev = Evaluator::new(&arena, &glue, &fixture.sources, Options::default(), &tables);
    let value = ev.eval_source(&fixture.file, None).and_then(|value| ev.force_deep(value));
    let error = value.and_then(|value| print_value(&ev, value, true)).expect_err("an error");
    fixture.diagnostic(&error.to_diagnostic(), show_trace)
}

const TYPES: &str = "let
  total = numbers: builtins.foldl' (a: b: a + b) 0 numbers;
  config = { port = 80; hosts = [ \"a\" ]; };
in
{
  sum = total config;
}
";

#[test]
fn a_value_of_the_wrong_type() {
    assert_snapshot!(explain(TYPES, false), @"");
    assert_snapshot!(explain(TYPES, true), @"");
}

#[test]
fn a_cycle_of_values() {
    assert_snapshot!(explain("rec {\n  a = b + 1;\n  b = c + 1;\n  c = a + 1;\n}\n", false), @"");
    assert_snapshot!(explain("let\n  x = [ x ] ++ x;\nin\nx\n", false), @"");
}

#[test]
fn an_assertion_that_compares() {
    assert_snapshot!(explain("assert { port = 80; } == { port = 443; };\n0\n", false), @"");
}

#[test]
fn recursion_is_shown_once() {
    let program = "let\n  down = n: if n == 0 then throw \"bottom\" else 1 + down (n - 1);\nin\ndown 1000\n";
    assert_snapshot!(explain(program, false), @"");
    assert_snapshot!(explain(program, true), @"");
}

#[test]
fn context_that_a_program_adds() {
    let program = "builtins.addErrorContext \"while reading the settings\" (1 + { }.x)\n";
    assert_snapshot!(explain(program, false), @"");
}

#[test]
fn names_that_are_nearly_right() {
    let help = |program: &str| {
        let text = explain(program, false);
        text.lines().find_map(|line| line.strip_prefix("  help: ")).unwrap_or("").to_string()
    };
    assert_eq!(help("{ settings = 1; }.setings"), "did you mean 'settings'?");
    assert_eq!(help("let settings = 1; in setings"), "did you mean 'settings'?");
    assert_eq!(help("with { settings = 1; }; setings"), "did you mean 'settings'?");
    assert_eq!(help("with { }; __lenght"), "");
    assert_eq!(help("builtins.lenght [ ]"), "did you mean 'length'?");
    assert_eq!(help("let inherit ({ settings = 1; }) setings; in setings"), "did you mean 'settings'?");
    assert_eq!(help("({ settings ? 1 }: settings) { setings = 1; }"), "did you mean 'settings'?");
    assert_eq!(help("({ settings, ... }: settings) { setings = 1; }"), "the call passes 'setings'");
    // Nothing that is as good as any other name.
    for program in ["{ a = 1; }.b", "{ settings = 1; }.options", "let x = 1; in y", "({ a }: a) { b = 1; }"] {
        assert_eq!(help(program), "", "{program}");
    }
}
