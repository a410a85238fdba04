//! Each flaw that bt-lint knows, put into the reference deployment: it is found at its line, and nothing else is.
//! The flaws are in broken/edits.toml.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{ASKING, Finding, check};
use bt_tests::fix::{damage, fixable, found, key, run};
use bt_tests::project::Project;
use bt_tests::{git, program};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// One flaw.
struct Edit {
    name: String,
    file: String,
    /// What is replaced by what; `None` to remove the file, or to take it out of git.
    change: Option<(String, String)>,
    is_untracked: bool,
    expect: Vec<Expected>,
}

struct Expected {
    code: String,
    file: String,
    /// A part of the line.
    text: String,
    says: String,
}

fn edits() -> Vec<Edit> {
    let table: Table = include_str!("../broken/edits.toml").parse().expect("broken/edits.toml is TOML");
    let text = |value: &Value, key: &str| value.get(key).map(|v| v.as_str().expect("a string").to_string());
    let expected = |value: &Value| Expected {
        code: text(value, "code").expect("code"),
        file: text(value, "file").expect("file"),
        text: text(value, "text").expect("text"),
        says: text(value, "says").unwrap_or_default(),
    };
    let edit = |value: &Value| Edit {
        name: text(value, "name").expect("name"),
        file: text(value, "file").expect("file"),
        is_untracked: value.get("untracked").is_some(),
        change: text(value, "find").map(|find| (find, text(value, "replace").expect("replace"))),
        expect: value["expect"].as_array().expect("a list").iter().map(expected).collect(),
    };
    table["edit"].as_array().expect("a list").iter().map(edit).collect()
}

fn broken(edit: &Edit) -> Project {
    let project = Project::reference();
    match &edit.change {
        Some((find, replace)) => {
            let text = project.read(&edit.file);
            let count = text.matches(find.as_str()).count();
            assert_eq!(
                count, 1,
                "'{}': {find:?} occurs {count} times in {}: mend broken/edits.toml",
                edit.name, edit.file
            );
            project.write(&edit.file, text.replace(find.as_str(), replace));
        }
        None if edit.is_untracked => {
            git::run(project.root(), &["init", "-q"]);
            git::run(project.root(), &["add", "."]);
            git::run(project.root(), &["rm", "-q", "--cached", &edit.file]);
        }
        None => std::fs::remove_file(project.path(&edit.file)).unwrap(),
    }
    project
}

/// The number of the one line with a text, or in which a text of several lines begins.
fn line_of(project: &Project, expected: &Expected) -> u64 {
    let text = project.read(&expected.file);
    let line = |(at, _): (usize, &str)| 1 + text[..at].matches('\n').count() as u64;
    let lines: BTreeSet<u64> = text.match_indices(expected.text.as_str()).map(line).collect();
    assert_eq!(lines.len(), 1, "{:?} is on the lines {lines:?} of {}", expected.text, expected.file);
    lines.first().copied().unwrap_or_default()
}

/// What is wrong with what was found.
fn difference(project: &Project, edit: &Edit, found: &[Finding]) -> Option<String> {
    let mut rest: Vec<&Finding> = found.iter().collect();
    let mut missing = Vec::new();
    for expected in &edit.expect {
        let line = line_of(project, expected);
        let place = rest.iter().position(|f| {
            f.code == expected.code && f.file == expected.file && f.line == line && f.message.contains(&expected.says)
        });
        match place {
            Some(at) => drop(rest.remove(at)),
            None => missing.push(format!("  missing: {}:{line}: {} … {}", expected.file, expected.code, expected.says)),
        }
    }
    missing.extend(rest.iter().map(|finding| format!("  unexpected: {finding}")));
    (!missing.is_empty()).then(|| format!("{}:\n{}", edit.name, missing.join("\n")))
}

#[test]
fn each_flaw_is_found_and_nothing_else() {
    let mut wrong = Vec::new();
    for edit in edits() {
        let project = broken(&edit);
        wrong.extend(difference(&project, &edit, &check(project.root()).findings));
    }
    assert!(wrong.is_empty(), "{} flaws are not found as they should be:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn there_is_a_flaw_for_every_rule() {
    let edits = edits();
    let covered: BTreeSet<&str> = edits.iter().flat_map(|edit| &edit.expect).map(|e| e.code.as_str()).collect();
    let known: BTreeSet<&str> =
        bt_rules::all().iter().filter(|rule| rule.is_on_by_default()).map(|rule| rule.code).collect();
    let known: BTreeSet<&str> = known.into_iter().filter(|code| !ASKING.contains(code)).collect();
    assert_eq!(covered, known);
}

#[test]
fn the_reference_deployment_is_clean() {
    let project = Project::reference();
    let checked = check(project.root());
    assert!(checked.findings.is_empty(), "{}", checked.shown());
    assert_eq!(checked.images().len(), 9, "{:?}", checked.images());
    let run = program!().run(project.root(), &["flake.nix", "--fail-on", "info"]).expect(0);
    assert!(
        run.stderr.contains("9 images, 1 compose file with 8 services: 0 errors, 0 warnings, 0 infos"),
        "{}",
        run.shown()
    );
}

#[test]
fn exit_codes_tell_errors_warnings_and_what_is_incomplete_apart() {
    for (code, exit) in [("CFG001", 1), ("IMG001", 0), ("BTL004", 2)] {
        let edits = edits();
        let edit = edits.iter().find(|edit| edit.expect[0].code == code).unwrap();
        let project = broken(edit);
        let run = program!().run(project.root(), &["flake.nix"]).expect(exit);
        assert!(run.stdout.contains(code), "{}", run.shown());
    }
}

/// Where a finding comes with a fix, it works: the finding is gone, nothing else is found, and there is nothing more to do.
#[test]
fn flaws_with_a_fix_are_mended() {
    let (mut wrong, mut mended) = (Vec::new(), 0);
    for edit in edits() {
        let project = broken(&edit);
        let before = found(program!(), &project, &[]);
        let keys: Vec<String> = fixable(&before).into_iter().map(key).collect();
        if keys.is_empty() {
            continue;
        }
        mended += 1;
        let first = run(program!(), &project, &["--fix=unsafe"]);
        let after = found(program!(), &project, &[]);
        let mut say = |what: String| wrong.push(format!("{}: {what}\n{}", edit.name, first.stderr));
        damage(&before, &after).into_iter().for_each(&mut say);
        let findings = bt_tests::check::list(&after.json["findings"]);
        findings.iter().map(key).filter(|k| keys.contains(k)).for_each(|k| say(format!("still found: {k}")));
        let text = project.read(&edit.file);
        let second = run(program!(), &project, &["--fix=unsafe"]);
        if !second.stderr.contains("Nothing to fix") || project.read(&edit.file) != text {
            say(format!("fixed again: {}", second.stderr));
        }
    }
    assert!(mended > 20, "{mended}");
    assert!(wrong.is_empty(), "{} fixes are wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}
