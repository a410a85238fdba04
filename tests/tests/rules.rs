//! The examples in the documentation of the rules, through the whole program: the bad ones are found, the good ones are
//! clean.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_rules::{Example, Rule};
use bt_tests::check::{Checked, check, check_only};
use bt_tests::fix::{damage, edited, fixable, found, key, run};
use bt_tests::project::Project;
use bt_tests::{git, program};

/// A flake with an example: its own files, or an expression as a package, or a set of packages.
fn project(example: &Example) -> Project {
    if let [file] = example.files.as_slice()
        && file.name.is_none()
    {
        return Project::outputs(&format!(
            "{{ packages.x86_64-linux =\nlet example =\n{}; in\nif lib.isDerivation example then {{ default = example; }} else example; }}",
            file.text
        ));
    }
    let files = example.files.iter();
    let project = files.fold(Project::new(), |project, file| {
        project.with(file.name.as_deref().expect("files of a flake have names"), &file.text)
    });
    // Where it matters what git ignores, the flake is a repository.
    if example.files.iter().any(|file| file.name.as_deref() == Some(".gitignore")) {
        git::run(project.root(), &["init", "-q"]);
        git::run(project.root(), &["add", "."]);
    }
    project
}

fn shown(rule: &Rule, number: usize, example: &Example, checked: &Checked) -> String {
    let kind = if example.bad { "bad" } else { "good" };
    let mut text = format!("{} {}, {kind} example {number}:\n", rule.code, rule.name);
    for file in &example.files {
        let name = file.name.iter().map(|name| format!("# file: {name}"));
        for line in name.chain(file.text.lines().map(str::to_string)) {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text + "  found:\n" + &checked.shown()
}

fn check_all(is_wrong: impl Fn(&Rule, &Example, &Checked) -> Option<String>) {
    let mut wrong = Vec::new();
    for rule in bt_rules::all() {
        for (at, example) in rule.examples().iter().enumerate() {
            let project = project(example);
            let checked = match rule.is_on_by_default() {
                true => check(project.root()),
                false => check_only(project.root(), rule.code),
            };
            if let Some(reason) = is_wrong(rule, example, &checked) {
                wrong.push(format!("{reason}: {}", shown(rule, at + 1, example, &checked)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples are not what they say:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn bad_examples_are_found() {
    check_all(|rule, example, checked| (example.bad && checked.of(rule.code).is_empty()).then(|| "not found".into()));
}

#[test]
fn findings_in_bad_examples_have_a_place_in_them() {
    check_all(|rule, example, checked| {
        let placed = |name: &str| example.files.iter().any(|f| f.name.as_deref().unwrap_or("flake.nix") == name);
        let lost = checked.of(rule.code).into_iter().find(|f| f.line == 0 || !placed(&f.file) || f.attr.is_empty());
        lost.filter(|_| example.bad).map(|finding| format!("no place: {finding}"))
    });
}

#[test]
fn good_examples_are_not_found() {
    check_all(|rule, example, checked| (!example.bad && !checked.of(rule.code).is_empty()).then(|| "found".into()));
}

/// What examples have to do that other rules do not like: the example's rule and kind, and the other rule.
const BESIDE: &[(&str, bool, &str, &str)] = &[
    ("CFG004", true, "CFG001", "without any configuration there is no user either"),
    ("FLK013", true, "BTL004", "what a missing file would have been cannot be checked"),
    ("CFG017", false, "CNT001", "a check that is a script needs a shell"),
];

/// Whoever copies a good example shall not be warned by another rule, and a bad one shall have the flaw that it is about.
/// What is only information does not count: an example does not show everything that a service may have.
#[test]
fn examples_are_about_their_own_rule() {
    check_all(|rule, example, checked| {
        let is_beside =
            |code: &str| BESIDE.iter().any(|(r, bad, c, _)| *r == rule.code && *bad == example.bad && *c == code);
        let counts = |severity: &str| severity == "error" || (!example.bad && severity == "warning");
        let other = checked.findings.iter().find(|f| f.code != rule.code && counts(&f.severity) && !is_beside(&f.code));
        other.map(|finding| format!("{}, which it is not about", finding.code))
    });
}

/// The fix of each bad example is made as its edits say, the finding is gone, and nothing else is found.
#[test]
fn fixes_of_bad_examples_work() {
    let mut wrong = Vec::new();
    for rule in bt_rules::all() {
        let mut has_fix = false;
        for (at, example) in rule.examples().iter().enumerate().filter(|(_, example)| example.bad) {
            let project = project(example);
            let only = ["--select", rule.code];
            let before = found(program!(), &project, &only);
            let all_before = found(program!(), &project, &[]);
            let fixable = fixable(&before);
            if fixable.is_empty() {
                continue;
            }
            has_fix = true;
            let expected = (fixable.len() == 1).then(|| edited(&project, fixable[0]));
            let run = run(program!(), &project, &[&only[..], &["--fix=unsafe"]].concat());
            let after = found(program!(), &project, &only);
            let mut say = |what: String| {
                wrong.push(format!("{what}\n{}\n{}", shown(rule, at + 1, example, &after), run.stderr));
            };
            if let Some((name, text)) =
                expected.iter().flatten().find(|(name, text)| project.read(name.as_str()) != **text)
            {
                say(format!("{name} is not what the edits say:\n{text}\nbut\n{}", project.read(name)));
            }
            damage(&all_before, &found(program!(), &project, &[])).into_iter().for_each(&mut say);
            let keys: Vec<String> = fixable.iter().map(|finding| key(finding)).collect();
            let findings = bt_tests::check::list(&after.json["findings"]);
            findings
                .iter()
                .filter(|finding| keys.contains(&key(finding)))
                .for_each(|f| say(format!("still found: {}", key(f))));
        }
        if has_fix != (rule.fix != bt_rules::FixKind::None) {
            wrong.push(format!(
                "{} {}: says {:?}, but an example with a fix: {has_fix}",
                rule.code, rule.name, rule.fix
            ));
        }
    }
    assert!(wrong.is_empty(), "{} fixes are wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_rule_that_is_delivered_is_there() {
    let codes: Vec<&str> = bt_rules::all().iter().map(|rule| rule.code).collect();
    let expected = "BTL004 CFG001 CFG002 CFG004 CFG005 CFG006 CFG007 CFG009 CFG011 CFG012 CFG017 CFG019 CMP001 CMP002 CMP003 CMP004 \
                    CMP005 CMP006 CMP007 CMP008 CMP009 CMP010 CMP011 CMP012 CMP013 CMP014 CMP015 CMP016 CMP017 CMP018 CMP019 CMP020 \
                    CMP021 CMP022 CMP023 CNT001 CNT002 CNT003 CNT014 FLK001 FLK002 FLK003 FLK004 FLK005 FLK006 FLK007 FLK008 FLK009 FLK010 \
                    FLK011 FLK012 FLK013 FLK014 IMG001 SUP001 SUP002";
    let missing: Vec<&str> = expected.split_whitespace().filter(|code| !codes.contains(code)).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}
