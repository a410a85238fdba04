//! Fixes, applied by the program and by the tests themselves.

use crate::check::{Checked, Finding, list, text};
use crate::process::{Program, Run};
use crate::project::Project;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Arguments that make a run the same on every machine.
pub const ARGUMENTS: &[&str] =
    &["--nixpkgs", "model", "--offline", "--system", "x86_64-linux", "--now", "2026-10-01", "--format", "json"];

/// Runs the program in a project with more arguments.
#[track_caller]
pub fn run(program: Program, project: &Project, more: &[&str]) -> Run {
    program.run(project.root(), &[ARGUMENTS, more].concat())
}

/// What the program finds, with more arguments.
#[track_caller]
pub fn found(program: Program, project: &Project, more: &[&str]) -> Checked {
    let run = run(program, project, more);
    assert!(!run.stdout.is_empty(), "{}", run.shown());
    Checked::parse(&run.stdout)
}

/// The findings that come with a fix, as JSON.
pub fn fixable(checked: &Checked) -> Vec<&Json> {
    list(&checked.json["findings"]).iter().filter(|finding| !finding["fix"].is_null()).collect()
}

/// A finding in few words: code, attribute path and message.
pub fn key(finding: &Json) -> String {
    format!("{} {}: {}", text(&finding["code"]), text(&finding["attr"]), text(&finding["message"]))
}

/// The files of a project after the edits of one finding, as its JSON says them.
pub fn edited(project: &Project, finding: &Json) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut edits: Vec<&Json> = list(&finding["fix"]["edits"]).iter().collect();
    edits.sort_by_key(|edit| (edit["start"]["line"].as_u64(), edit["start"]["column"].as_u64()));
    for edit in edits.into_iter().rev() {
        let name = text(&edit["file"]).to_string();
        let file = files.entry(name.clone()).or_insert_with(|| project.read(&name));
        let at = |place: &Json| {
            let number = |key: &str| usize::try_from(place[key].as_u64().expect("a number")).expect("small");
            let line: usize = file.split_inclusive('\n').take(number("line") - 1).map(str::len).sum();
            line + file[line..].chars().take(number("column") - 1).map(char::len_utf8).sum::<usize>()
        };
        let range = at(&edit["start"])..at(&edit["end"]);
        file.replace_range(range, text(&edit["text"]));
    }
    files
}

/// What is wrong after `--fix=unsafe`: more errors or warnings of a rule than before, and images that are gone. Information may
/// come to light when what was broken is mended, and that a lock has to be made again is what comes of changing inputs. A remark
/// that means something now may have nothing to ignore.
pub fn damage(before: &Checked, after: &Checked) -> Vec<String> {
    let count = |checked: &Checked, code: &str| checked.of(code).len();
    let comes_along = |code: &str| ["FLK001", "BTL001"].contains(&code);
    let counts = |f: &&Finding| !comes_along(&f.code) && f.severity != "info";
    let new = after.findings.iter().filter(counts).filter(|f| count(after, &f.code) > count(before, &f.code));
    let mut wrong: Vec<String> = new.map(|finding| format!("new: {finding}")).collect();
    if before.images() != after.images() {
        wrong.push(format!("images {:?} are now {:?}", before.images(), after.images()));
    }
    wrong
}
