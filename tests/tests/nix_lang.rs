//! Nix's own language tests, where their folder is at hand, and the runner itself on cases that it must tell apart.

#![allow(clippy::disallowed_methods, reason = "where the tests of Nix are is said in the environment")]

use bt_tests::nix_lang::report::Report;
use bt_tests::nix_lang::{self, Messages, case::Kind};
use bt_tests::program;
use bt_tests::project::Project;
use std::path::{Path, PathBuf};

/// `tests/functional/lang` of Nix's source.
const FOLDER: &str = "BT_LINT_NIX_LANG";
/// Words separated by spaces: run only the cases whose names contain one of them.
const ONLY: &str = "BT_LINT_NIX_LANG_ONLY";
/// Set to anything: list the messages that differ from Nix's.
const MESSAGES: &str = "BT_LINT_NIX_LANG_MESSAGES";

fn run(folder: &Path, words: &[String]) -> Report {
    nix_lang::run(Path::new(program!().path), folder, words)
}

#[test]
fn the_language_tests_of_nix() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        bt_tests::skipped(&format!("{FOLDER} is not set, so Nix's own language tests are not run"));
        return;
    };
    let folder = folder.canonicalize().unwrap_or_else(|error| panic!("{FOLDER}={}: {error}", folder.display()));
    let words = std::env::var(ONLY).unwrap_or_default();
    let words: Vec<String> = words.split_whitespace().map(String::from).collect();
    let report = run(&folder, &words);
    assert!(!report.outcomes.is_empty(), "{}: no such cases", folder.display());
    let messages = if std::env::var_os(MESSAGES).is_some() { report.message_list() } else { String::new() };
    bt_tests::shown(&format!("{messages}{}\n{}", report.failure_list(), report.table()));
    let failed = report.failures().count();
    assert!(failed == 0, "{failed} of {} failed\n{}", report.outcomes.len(), report.table());
}

/// Cases of every kind in a folder `lang`: those whose names end in `good` pass, the others do not.
fn examples() -> Project {
    let files = [
        ("eval-okay-good.nix", "[ ./x <y> (builtins.getEnv \"TEST_VAR\") (builtins.getEnv \"HOME\") ]"),
        ("eval-okay-good.exp", "[ /pwd/lang/x /pwd/lang/dir4/y \"foo\" \"/fake-home\" ]\n"),
        ("dir4/y", ""),
        ("dir3/z", ""),
        ("eval-okay-flags-good.nix", "{ a }: { b = a; }"),
        ("eval-okay-flags-good.flags", "--arg a 1+1 -A b"),
        ("eval-okay-flags-good.exp", "2\n"),
        ("eval-okay-xml-good.nix", "{ a = 1; }"),
        (
            "eval-okay-xml-good.exp.xml",
            "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n    <attr name=\"a\">\n      <int value=\"1\" />\n    \
             </attr>\n  </attrs>\n</expr>\n",
        ),
        ("eval-okay-other-value.nix", "1"),
        ("eval-okay-other-value.exp", "2\n"),
        ("eval-okay-refused.nix", "throw \"no\""),
        ("eval-okay-refused.exp", "2\n"),
        ("eval-fail-good.nix", "let f = x: throw \"no\"; in f 1"),
        ("eval-fail-good.err.exp", "error:\n       … from call site\n\n       error: no\n"),
        ("eval-fail-other-message-good.nix", "throw \"mine\""),
        ("eval-fail-other-message-good.err.exp", "error: yours\n"),
        ("eval-fail-accepted.nix", "1 + 1"),
        ("parse-okay-good.nix", "1 + ./x"),
        ("parse-okay-good.exp", "(1 + /pwd/x)\n"),
        ("parse-okay-other-text.nix", "1"),
        ("parse-okay-other-text.exp", "2\n"),
        ("parse-fail-good.nix", "x: y"),
        ("parse-fail-good.err.exp", "error: undefined variable 'y'\n       at «stdin»:1:4:\n"),
        ("parse-fail-accepted.nix", "1"),
    ];
    files.into_iter().fold(Project::new(), |project, (name, text)| project.with(&format!("lang/{name}"), text))
}

#[test]
fn the_runner_tells_good_from_bad() {
    let project = examples();
    let report = run(&project.path("lang"), &[]);
    for outcome in &report.outcomes {
        assert_eq!(outcome.failure.is_none(), outcome.name.ends_with("good"), "{outcome:?}");
    }
    assert_eq!(
        report.table(),
        "kind         passed  total  same message as Nix\n\
         eval-okay         3      5\n\
         eval-fail         2      3  1 of 2\n\
         parse-okay        1      2\n\
         parse-fail        1      2  1 of 1\n"
    );
    assert!(report.failure_list().contains("FAILED eval-okay-other-value\n  expected \"2\\n\"\n  got      \"1\\n\"\n"));
    assert_eq!(report.message_list(), "eval-fail-other-message-good\n  Nix      yours\n  bt-lint  mine\n");
}

#[test]
fn the_runner_runs_what_it_is_asked_for() {
    let project = examples();
    let report = run(&project.path("lang"), &["fail-good".into(), "okay-other-v".into()]);
    let names: Vec<(Kind, &str)> = report.outcomes.iter().map(|o| (o.kind, o.name.as_str())).collect();
    assert_eq!(
        names,
        [
            (Kind::EvalOkay, "eval-okay-other-value"),
            (Kind::EvalFail, "eval-fail-good"),
            (Kind::ParseFail, "parse-fail-good")
        ]
    );
    let messages = Messages { expected: "no".into(), found: "no".into() };
    assert_eq!(report.outcomes[1].messages, Some(messages));
}
