//! Nix's own language tests (the folder `tests/functional/lang` of its source), run with bt-lint.
//!
//! What is expected, and how a case is run, is what Nix's `tests/functional/lang.sh` says:
//!
//! | kind | run as | expected |
//! |---|---|---|
//! | `parse-fail-*` | text on standard input, only parsed | refused; `.err.exp` ends in the message |
//! | `parse-okay-*` | text on standard input, only parsed | the text of `.exp` |
//! | `eval-fail-*` | strictly, with the words in `.flags` | refused; `.err.exp` ends in the message |
//! | `eval-okay-*` | strictly, with the words in `.flags`; as XML where there is an `.exp.xml` | the text of `.exp` or `.exp.xml` |
//!
//! - [`case`](self::case): the cases in a folder and the command line of each;
//! - [`message`](self::message): the message in what Nix and bt-lint write to standard error;
//! - [`report`](self::report): the table and the list of failures.

pub mod case;
pub mod message;
pub mod report;

use crate::process::{self, Run};
use case::{Case, Kind};
use report::Report;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The exit code for an expression that bt-lint refuses. Nix has 1 there, which bt-lint keeps for findings.
const REFUSED: i32 = 2;

/// How a case went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its name, such as `eval-okay-map`.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// What is wrong; `None` when it passed.
    pub failure: Option<String>,
    /// What Nix and bt-lint say about it, for cases that are refused and have an `.err.exp`.
    pub messages: Option<Messages>,
}

/// The message of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Messages {
    /// Nix's.
    pub expected: String,
    /// bt-lint's.
    pub found: String,
}

/// Runs the cases of a folder whose names contain one of some words (all of them when there is no word), on all
/// processors.
pub fn run(program: &Path, folder: &Path, words: &[String]) -> Report {
    let mut cases = case::cases(folder);
    cases.retain(|case| words.is_empty() || words.iter().any(|word| case.name.contains(word.as_str())));
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run_case(program, folder, case);
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    Report { outcomes }
}

fn run_case(program: &Path, folder: &Path, case: &Case) -> Outcome {
    let above = folder.parent().expect("the folder of cases is in another");
    let mut command = Command::new(program);
    command.args(case.arguments(folder)).current_dir(above);
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE", "LC_ALL", "LANG", "NIX_PATH"] {
        command.env_remove(name);
    }
    command.env("TEST_VAR", "foo").env("NIX_STORE_DIR", "/nix/store");
    if case.kind == Kind::EvalOkay {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a plain name");
        command.env("NIX_PATH", format!("{name}/dir3:{name}/dir4")).env("HOME", "/fake-home");
    }
    let input = if case.kind.is_parsed_only() { read(&case.file(folder, "nix")) } else { Vec::new() };
    let Some(run) = process::run(command, &input, process::TIME_LIMIT) else {
        let failure = format!("did not end within {} s", process::TIME_LIMIT.as_secs());
        return Outcome { name: case.name.clone(), kind: case.kind, failure: Some(failure), messages: None };
    };
    let shown = above.to_str().expect("a path in UTF-8");
    let failure = if case.kind.is_refused() { refused(&run) } else { printed(case, folder, shown, &run) };
    let expected = case.file(folder, "err.exp");
    let messages = (case.kind.is_refused() && failure.is_none() && expected.is_file()).then(|| Messages {
        expected: message::of_nix(&String::from_utf8_lossy(&read(&expected))),
        found: message::of_bt_lint(&run.stderr.replace(shown, "/pwd")).unwrap_or_default(),
    });
    Outcome { name: case.name.clone(), kind: case.kind, failure, messages }
}

/// What is wrong with the run of a case that must be refused.
fn refused(run: &Run) -> Option<String> {
    let is_clean = run.code == Some(REFUSED) && message::of_bt_lint(&run.stderr).is_some();
    (!is_clean).then(|| format!("must be refused with exit code {REFUSED} and a message\n{}", run.shown()))
}

/// What is wrong with the run of a case that must print something.
fn printed(case: &Case, folder: &Path, above: &str, run: &Run) -> Option<String> {
    if run.code != Some(0) {
        return Some(run.shown());
    }
    let expected = read(&case.file(folder, case.expectation(folder)));
    // A value may have bytes that are not UTF-8; standard output is read as text.
    let expected = String::from_utf8_lossy(&expected);
    let found = run.stdout.replace(above, "/pwd");
    (found != expected).then(|| format!("  expected {expected:?}\n  got      {found:?}"))
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
