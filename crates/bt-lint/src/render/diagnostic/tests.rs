use crate::render::fixtures::Fixture;
use bt_diag::Diagnostic;
use insta::assert_snapshot;

#[test]
fn with_excerpt_trace_and_help() {
    let fixture = Fixture::new("{\n  f = x: x.y;\n  a = f { };\n}\n");
    let step = |part: &str, text: &str| fixture.label(fixture.find(part), text);
    let mut diagnostic = Diagnostic::new("attribute `y` is missing")
        .at(fixture.file.span(fixture.find("x.y")))
        .with_help("the set has no attributes");
    diagnostic.trace = vec![step("f { }", "while calling `f`"), step("a", "while evaluating the attribute `a`")];
    assert_snapshot!(fixture.diagnostic(&diagnostic, false), @"
    error

      × attribute `y` is missing
       ╭─[flake.nix:2:10]
     1 │ {
     2 │   f = x: x.y;
       ·          ───
     3 │   a = f { };
       ╰────
      from: while calling `f`, flake.nix:3:7
      from: while evaluating the attribute `a`, flake.nix:3:3
      help: the set has no attributes
    ");
    diagnostic.trace = (0..9).map(|i| fixture.label(i..i, "step")).collect();
    let short = fixture.diagnostic(&diagnostic, false);
    assert_eq!(short.matches("from: step").count(), 5);
    assert!(short.contains("more: 4 steps are shown by --show-trace"), "{short}");
    assert_eq!(fixture.diagnostic(&diagnostic, true).matches("from: step").count(), 9);
}

#[test]
fn without_place() {
    let fixture = Fixture::new("");
    let diagnostic = Diagnostic::new("cannot read fl\u{1b}ake.nix: No such file").with_help("give a directory");
    assert_snapshot!(fixture.diagnostic(&diagnostic, false), @"
    error: cannot read fl␛ake.nix: No such file
      help: give a directory
    ");
}

#[test]
fn messages_of_several_lines() {
    let fixture = Fixture::new("throw ''a''\n");
    let diagnostic = Diagnostic::new("first line\n  second line\n").at(fixture.file.span(0..5));
    assert_snapshot!(fixture.diagnostic(&diagnostic, false), @"
    error

      × first line
      │   second line
       ╭─[flake.nix:1:1]
     1 │ throw ''a''
       · ─────
       ╰────
    ");
}
