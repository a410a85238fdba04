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
    assert_snapshot!(explain(TYPES, false), @r#"
    error

      × expected a list but found a set: { hosts = «thunk»; port = 80; }
       ╭─[flake.nix:2:52]
     1 │ let
     2 │   total = numbers: builtins.foldl' (a: b: a + b) 0 numbers;
       ·                                                    ───────
     3 │   config = { port = 80; hosts = [ "a" ]; };
       ╰────
      from: while calling the 'foldl'' builtin, flake.nix:2:20
      from: while calling 'total', flake.nix:6:9
      from: while evaluating the attribute 'sum', flake.nix:6:3
      more: 1 step is shown by --show-trace
    "#);
    assert_snapshot!(explain(TYPES, true), @r#"
    error

      × expected a list but found a set: { hosts = «thunk»; port = 80; }
       ╭─[flake.nix:2:52]
     1 │ let
     2 │   total = numbers: builtins.foldl' (a: b: a + b) 0 numbers;
       ·                                                    ───────
     3 │   config = { port = 80; hosts = [ "a" ]; };
       ╰────
      from: while evaluating the third argument passed to builtins.foldl'
      from: while calling the 'foldl'' builtin, flake.nix:2:20
      from: while calling 'total', flake.nix:6:9
      from: while evaluating the attribute 'sum', flake.nix:6:3
    "#);
}

#[test]
fn a_cycle_of_values() {
    assert_snapshot!(explain("rec {\n  a = b + 1;\n  b = c + 1;\n  c = a + 1;\n}\n", false), @r#"
    error

      × infinite recursion encountered
       ╭─[flake.nix:4:7]
     3 │   b = c + 1;
     4 │   c = a + 1;
       ·       ┬
       ·       ╰── 'c' needs 'a'
     5 │ }
       ╰────
      from: 'b' needs 'c', flake.nix:3:7
      from: 'a' needs 'b', flake.nix:2:7
      from: while evaluating the attribute 'a', flake.nix:2:3
    "#);
    let itself = explain("let\n  x = [ 1 ] ++ x;\nin\nx\n", false);
    assert!(itself.contains("[flake.nix:2:16]") && itself.contains("'x' needs itself"), "{itself}");
}

#[test]
fn a_cycle_of_names_for_one_value() {
    let text = explain("rec {\n  a = b;\n  b = a;\n}\n", false);
    assert!(text.contains("[flake.nix:2:7]") && text.contains("'a' needs itself through this"), "{text}");
}

#[test]
fn an_assertion_that_compares() {
    assert_snapshot!(explain("assert { port = 80; } == { port = 443; };\n0\n", false), @r#"
    error

      × an integer with value '80' is not equal to an integer with value '443'
       ╭─[flake.nix:1:8]
     1 │ assert { port = 80; } == { port = 443; };
       ·        ─────────────────────────────────
     2 │ 0
       ╰────
      from: while comparing attribute 'port', where left hand side is,
            flake.nix:1:10
      from: where right hand side is, flake.nix:1:28
      more: 1 step is shown by --show-trace
    "#);
}

#[test]
fn recursion_is_shown_once() {
    let program = "let\n  down = n: if n == 0 then throw \"bottom\" else 1 + down (n - 1);\nin\ndown 1000\n";
    assert_snapshot!(explain(program, false), @r#"
    error

      × bottom
       ╭─[flake.nix:2:28]
     1 │ let
     2 │   down = n: if n == 0 then throw "bottom" else 1 + down (n - 1);
       ·                            ──────────────
     3 │ in
       ╰────
      from: while calling 'down', flake.nix:2:52
      from: while calling 'down', flake.nix:4:1
      more: 2 steps are shown by --show-trace
    "#);
    assert_snapshot!(explain(program, true), @r#"
    error

      × bottom
       ╭─[flake.nix:2:28]
     1 │ let
     2 │   down = n: if n == 0 then throw "bottom" else 1 + down (n - 1);
       ·                            ──────────────
     3 │ in
       ╰────
      from: while calling the 'throw' builtin, flake.nix:2:28
      from: while calling 'down', flake.nix:2:52
      from: (999 duplicate frames omitted)
      from: while calling 'down', flake.nix:4:1
    "#);
}

#[test]
fn context_that_a_program_adds() {
    let program = "builtins.addErrorContext \"while reading the settings\" (1 + { }.x)\n";
    assert_snapshot!(explain(program, false), @r#"
    error

      × attribute 'x' missing
       ╭─[flake.nix:1:64]
     1 │ builtins.addErrorContext "while reading the settings" (1 + { }.x)
       ·                                                                ─
       ╰────
      from: while reading the settings, flake.nix:1:1
    "#);
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
