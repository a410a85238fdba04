//! The examples in the documentation of the rules, through the whole program: the bad ones are found, the good ones are
//! clean.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_rules::{Example, Rule};
use bt_tests::check::{ASKING, Checked, check, check_only};
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
    check_all(|rule, example, checked| {
        let is_told = !ASKING.contains(&rule.code);
        (is_told && example.bad && checked.of(rule.code).is_empty()).then(|| "not found".into())
    });
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
            // What is ignored in vain depends on what there is to ignore.
            let selected = if rule.name == "unused-ignore" { "BTL001,CFG001" } else { rule.code };
            let only = ["--select", selected];
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

/// The codes of the catalogue: none is taken away or used for something else.
#[test]
fn every_rule_that_is_delivered_is_there() {
    let codes: Vec<&str> = bt_rules::all().iter().map(|rule| rule.code).collect();
    let expected = [
        ("BTL", "1 2 3 4"),
        ("CFG", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25"),
        ("CMP", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23"),
        ("CNT", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"),
        ("FLK", "1 2 3 4 5 6 7 8 9 10 11 12 13 14"),
        ("IMG", "1 2 3 4 5 6 7 8 10 11 12 13 14"),
        ("SUP", "1 2 3 4 5"),
    ];
    let expected = expected.iter().flat_map(|(family, numbers)| {
        numbers.split(' ').map(move |number| format!("{family}{:03}", number.parse::<u32>().unwrap()))
    });
    let missing: Vec<String> = expected.filter(|code| !codes.contains(&code.as_str())).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

/// What a rule says that it needs is all that it needs: alone, it finds what it finds beside all others.
#[test]
fn a_rule_alone_finds_the_same() {
    check_all(|rule, example, among_others| {
        let alone = check_only(project(example).root(), rule.code);
        let of = |checked: &Checked| checked.of(rule.code).into_iter().cloned().collect::<Vec<_>>();
        // What is ignored in vain depends on what there is to ignore.
        let is_about_others = rule.name == "unused-ignore";
        (!is_about_others && of(among_others) != of(&alone))
            .then(|| format!("alone, it finds something else:\n{}\n", alone.shown()))
    });
}

/// A flake with an image and a compose file, in each of which something throws.
fn throwing() -> Project {
    Project::outputs(
        "{
           packages.x86_64-linux.app = pkgs.dockerTools.buildLayeredImage {
             name = \"app\";
             tag = \"1.0\";
             config = throw \"the image\";
           };
           compose.services.app = { image = \"app:1.0\"; user = \"root\"; ports = throw \"the compose file\"; };
         }",
    )
}

#[test]
fn only_what_selected_rules_need_is_evaluated() {
    let project = throwing();
    let evaluated = |code: &str| {
        let checked = check_only(project.root(), code);
        let failed = checked.of("BTL004").into_iter().map(|f| f.message.rsplit(": ").next().unwrap().to_string());
        let lists = ["images", "compose"].map(|list| checked.json[list].as_array().unwrap().len());
        let mut failed: Vec<String> = failed.collect();
        failed.sort_by_key(|message| std::cmp::Reverse(message.clone()));
        (failed.join(", "), lists)
    };
    assert_eq!(evaluated("FLK002"), (String::new(), [0, 0]));
    assert_eq!(evaluated("FLK008"), (String::new(), [0, 0]));
    assert_eq!(evaluated("CNT001"), ("the image".into(), [1, 0]));
    assert_eq!(evaluated("CMP002"), ("the compose file".into(), [0, 1]));
    assert_eq!(evaluated("CFG001"), ("the image, the compose file".into(), [1, 1]));
    assert_eq!(evaluated("FLK011"), ("the image, the compose file".into(), [1, 1]));
    // When someone asks for it, what it is about is looked at.
    assert_eq!(evaluated("BTL004"), ("the image, the compose file".into(), [1, 1]));
    assert_eq!(evaluated("CMP"), ("the image, the compose file".into(), [1, 1]));
    let all = check(project.root());
    assert_eq!(all.of("BTL004").len(), 2, "{}", all.shown());
}

#[test]
fn outputs_are_not_evaluated_for_rules_about_the_lock() {
    let project = Project::outputs("throw \"nobody asked for it\"");
    assert_eq!(check_only(project.root(), "FLK002").of("BTL004"), Vec::<&bt_tests::check::Finding>::new());
    assert_eq!(check_only(project.root(), "CFG001").of("BTL004").len(), 1);
    assert_eq!(check(project.root()).of("BTL004").len(), 1);
}

/// What packages say of themselves is looked at in contents, in what these join, and in what the configuration names; what
/// they fail to say is no flaw.
#[test]
fn packages_are_asked_wherever_they_come_from() {
    let project = Project::outputs(
        "{
           packages.x86_64-linux = let
             legacy = name: meta: pkgs.stdenv.mkDerivation { inherit name meta; src = ./.; };
             known = name: legacy name { knownVulnerabilities = [ \"CVE-1\" ]; };
             image = name: contents: Cmd: pkgs.dockerTools.buildLayeredImage {
               inherit name contents; tag = \"1\"; config = { inherit Cmd; User = \"1:1\"; };
             };
           in {
             held = image \"held\" [ (known \"a\") ] [ \"/bin/a\" ];
             joined = image \"joined\" [ (pkgs.symlinkJoin { name = \"j\"; paths = [ (known \"b\") ]; postBuild = \"x\"; }) ] [ \"/b\" ];
             named = image \"named\" [ ] [ \"${known \"c\"}/bin/c\" ];
             throws = image \"throws\" [ (legacy \"d\" (throw \"no\")) ] [ \"${legacy \"e\" { knownVulnerabilities = throw \"no\"; }}/e\" ];
           };
         }",
    );
    let checked = check_only(project.root(), "SUP003");
    let messages: Vec<&str> = checked.findings.iter().map(|finding| finding.message.as_str()).collect();
    let said = |package: &str, image: &str| format!("`{package}` in image `{image}` has known vulnerabilities");
    assert_eq!(messages, [said("a", "held"), said("b", "joined"), said("c", "named")], "{}", checked.shown());
}
