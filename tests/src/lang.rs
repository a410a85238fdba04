//! Programs of the Nix language in files, each beside what it must evaluate to.
//!
//! `x.exp` beside `x.nix` is what `nix-instantiate --eval --strict` prints; `x.err` has `line:column` on its first line
//! and a part of the error's message on its second.

use crate::nix::{FEATURES, is_installed};
use bt_diag::SourceMap;
use bt_eval::print::print_value;
use bt_eval::{Evaluator, Options, Result, Value};
use bt_glue::{Environment, Glue, OsFileSystem};
use bumpalo::Bump;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What went wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The message.
    pub message: String,
    /// Line and column, from 1; `None` when the error has no place.
    pub place: Option<(u32, u32)>,
}

/// The folder `tests/lang/NAME`.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lang").join(name)
}

/// The `.nix` files of a folder, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "nix"));
    files.sort();
    files
}

/// Evaluates a file, impurely, and prints the value as `nix-instantiate --eval --strict` does.
pub fn evaluate(file: &Path, options: Options) -> std::result::Result<String, Failure> {
    let path = file.to_str().expect("a path in UTF-8").to_string();
    with_evaluator(options, |ev| print_value(ev, ev.import(&path)?, true))
}

/// The same for a text.
pub fn evaluate_text(text: &str, options: Options) -> std::result::Result<String, Failure> {
    with_evaluator(options, |ev| {
        let file = ev.add_source("/text.nix", text.as_bytes().to_vec())?;
        let value: Value<'_> = ev.eval_source(&file, None)?;
        print_value(ev, value, true)
    })
}

/// Evaluates a text as that of a file in a directory, as `bt-lint eval --impure --strict --file` does.
pub fn evaluate_text_in(directory: &str, text: &str, options: Options) -> std::result::Result<String, Failure> {
    let variable = Box::new(|name: &str| std::env::var(name).ok());
    let environment = Environment { pure: false, variable, ..Environment::pure("x86_64-linux") };
    with_environment(environment, options, |ev| {
        let file = ev.add_source(&format!("{directory}/text.nix"), text.as_bytes().to_vec())?;
        let value: Value<'_> = ev.eval_source_in(&file, directory.to_string(), None)?;
        print_value(ev, ev.force_deep(value)?, true)
    })
}

/// What `nix-instantiate --parse` prints of a text.
pub fn parse_text(text: &str) -> std::result::Result<String, Failure> {
    with_evaluator(Options::default(), |ev| {
        let file = ev.add_source("/text.nix", text.as_bytes().to_vec())?;
        ev.parse_to_text(&file, "/".into())
    })
}

fn with_evaluator(
    options: Options,
    work: impl FnOnce(&Evaluator<'_>) -> Result<String>,
) -> std::result::Result<String, Failure> {
    with_environment(Environment { pure: false, ..Environment::pure("x86_64-linux") }, options, work)
}

fn with_environment(
    environment: Environment,
    options: Options,
    work: impl FnOnce(&Evaluator<'_>) -> Result<String>,
) -> std::result::Result<String, Failure> {
    let arena = Bump::new();
    let sources = SourceMap::new();
    let glue = Glue::new(Box::new(OsFileSystem), environment);
    let tables = bt_glue::builtins();
    let ev = Evaluator::new(&arena, &glue, &sources, options, &tables);
    work(&ev).map_err(|error| {
        let at = error.span().and_then(|span| sources.locate(span));
        Failure { message: error.to_string(), place: at.map(|at| (at.start.line, at.start.column)) }
    })
}

/// Compares every file of a folder with the `.exp` beside it.
pub fn check_values(folder: &Path) {
    check(folder, "exp");
}

/// Compares every file of a folder with the `.err` beside it.
pub fn check_failures(folder: &Path) {
    check(folder, "err");
}

fn check(folder: &Path, extension: &str) {
    let files = files(folder);
    for file in &files {
        assert!(file.with_extension(extension).is_file(), "{}: no .{extension} beside it", file.display());
    }
    let wrong: Vec<String> = files.iter().filter_map(|file| difference(file)).collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with a file, measured by the `.exp` or else the `.err` beside it.
pub fn difference(file: &Path) -> Option<String> {
    let found = evaluate(file, Options::default());
    if let Ok(expected) = std::fs::read_to_string(file.with_extension("exp")) {
        let expected = expected.trim_end_matches('\n');
        let is_right = found.as_deref() == Ok(expected);
        return (!is_right).then(|| format!("{}\n  expected {expected}\n  found    {found:?}", file.display()));
    }
    let expected = std::fs::read_to_string(file.with_extension("err"));
    let expected = expected.unwrap_or_else(|error| panic!("{}: no .exp and no .err: {error}", file.display()));
    let (place, part) = expected.trim_end().split_once('\n').expect("two lines");
    let is_right = found.as_ref().is_err_and(|failure| {
        let is_there = failure.place.is_some_and(|(line, column)| format!("{line}:{column}") == place);
        is_there && failure.message.contains(part)
    });
    (!is_right).then(|| format!("{}\n  expected {place} {part}\n  found    {found:?}", file.display()))
}

/// Compares the `.exp` of a folder with what the installed Nix makes of the files, or writes them anew when the
/// environment variable `BT_LANG_REWRITE` is set. Files with an `.err` are left out. Without Nix it says so and does
/// nothing.
pub fn check_against_nix(folder: &Path) {
    if !is_installed("nix-instantiate".as_ref()) {
        crate::skipped(&format!(
            "nix-instantiate is not installed, so {} is not compared with real Nix",
            folder.display()
        ));
        return;
    }
    let state = tempfile::tempdir().expect("a temporary directory");
    let mut wrong = Vec::new();
    for file in files(folder).iter().filter(|file| !file.with_extension("err").is_file()) {
        // A store of its own, which derivations may be written to.
        let mut command = Command::new("nix-instantiate");
        command
            .arg("--store")
            .arg(state.path().join("store"))
            .args(["--read-write-mode", "--eval", "--strict", "--option", "experimental-features", FEATURES])
            .arg(file);
        command.env("NIX_PATH", "").env("NIX_STATE_DIR", state.path().join("state"));
        let output = command.output().expect("nix-instantiate runs");
        let made = String::from_utf8_lossy(&output.stdout).into_owned();
        let expectation = file.with_extension("exp");
        if !output.status.success() {
            wrong.push(format!("{}\n{}", file.display(), String::from_utf8_lossy(&output.stderr)));
        } else if std::env::var_os("BT_LANG_REWRITE").is_some() {
            std::fs::write(&expectation, made).expect("the .exp can be written");
        } else if std::fs::read_to_string(&expectation).unwrap_or_default() != made {
            wrong.push(format!("{}\n  Nix makes {made}", expectation.display()));
        }
    }
    // Store paths are read-only, and could not be removed.
    let _ = Command::new("chmod").args(["-R", "u+w"]).arg(state.path()).status();
    assert!(wrong.is_empty(), "{} differ from real Nix\n{}", wrong.len(), wrong.join("\n"));
}
