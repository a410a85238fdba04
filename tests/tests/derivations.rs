//! Derivations as people look at them: `bt-lint eval --show-derivation` and `bt-lint derivation diff`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::nix::show_derivation;
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::{Project, repository};
use serde_json::Value as Json;
use std::collections::BTreeSet;

const DERIVATION: &str = "(name: derivation { inherit name; system = \"x\"; builder = \"/b\"; })";

fn small() -> std::path::PathBuf {
    repository().join("tests/collections/small")
}

fn show(expression: &str) -> Run {
    program!().run(&small(), &["eval", "--show-derivation", "-E", expression])
}

/// The names of the derivations that are shown.
#[track_caller]
fn names(expression: &str) -> Vec<String> {
    let shown: Json = serde_json::from_str(&show(expression).expect(0).stdout).unwrap();
    let names: BTreeSet<String> = shown.as_object().unwrap().keys().map(|path| path[44..].to_string()).collect();
    names.into_iter().collect()
}

#[test]
fn derivations_are_shown_as_nix_shows_them() {
    let arguments = ["eval", "--show-derivation", "--file", ".", "-A", "top", "-A", "tools.apart", "-A", "fixed"];
    let answer = program!().run(&small(), &arguments).expect(0).stdout;
    let ours: Json = serde_json::from_str(&answer).unwrap();
    let theirs: Json = serde_json::from_str(&std::fs::read_to_string(small().join("now.json")).unwrap()).unwrap();
    assert_eq!(ours, theirs);
    let keys: Vec<&str> =
        answer.lines().filter(|line| line.starts_with("  \"") || line.starts_with("    \"")).collect();
    let sorted = keys.split_inclusive(|line| line.starts_with("  \"")).all(|part| {
        let keys: Vec<&&str> = part.iter().filter(|line| line.starts_with("    ")).collect();
        keys.is_sorted()
    });
    assert!(sorted, "{answer}");
}

#[test]
fn every_kind_of_output_is_shown_as_nix_shows_it() {
    let empty = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let nested = "(derivation { name = \"ca\"; system = \"x\"; builder = \"b\"; __contentAddressed = true; })";
    for attributes in [
        "outputs = [ \"out\" \"dev\" ]; args = [ \"-e\" \"é\\n\" ];".to_string(),
        format!("outputHash = \"{empty}\";"),
        format!("outputHash = \"{empty}\"; outputHashMode = \"recursive\";"),
        "outputHash = \"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=\"; __structuredAttrs = true;".to_string(),
        "__contentAddressed = true; outputs = [ \"out\" \"dev\" ];".to_string(),
        "__contentAddressed = true; outputHashMode = \"flat\"; outputHashAlgo = \"sha1\";".to_string(),
        "__impure = true;".to_string(),
        format!("a = {nested}; b = {nested}.drvPath;"),
        "__structuredAttrs = true; a = [ 1 null { b = true; } ];".to_string(),
    ] {
        let text = format!("derivation {{ name = \"a\"; system = \"x\"; builder = \"/b\"; {attributes} }}");
        let Some(theirs) = show_derivation(&text) else { return };
        let ours: Json = serde_json::from_str(&show(&text).expect(0).stdout).unwrap();
        assert_eq!(ours, theirs, "{text}");
    }
}

#[test]
fn values_with_derivations() {
    assert_eq!(names(&format!("{DERIVATION} \"a\"")), ["a.drv"]);
    assert_eq!(names(&format!("[ ({DERIVATION} \"a\") 1 ({DERIVATION} \"b\") ]")), ["a.drv", "b.drv"]);
    let set = "recurseForDerivations = true; c = d \"c\";";
    let text = format!("let d = {DERIVATION}; in {{ a = d \"a\"; more = {{ {set} }}; others = {{ b = d \"b\"; }}; }}");
    assert_eq!(names(&text), ["a.drv", "c.drv"]);
    assert_eq!(names(&format!("\"${{{DERIVATION} \"a\"}}/bin\"")), ["a.drv"]);
    assert_eq!(names(&format!("({DERIVATION} \"a\").drvPath")), ["a.drv"]);
}

#[test]
fn values_without_derivations() {
    let fails = |text: &str, says: &str| {
        let answer = show(text).expect(2).says(says);
        assert_eq!(answer.stdout, "", "{text}");
    };
    fails("1", "there is no derivation to show in an integer");
    fails("\"text\"", "there is no derivation to show in a string");
    fails("{ a.b = 1; }", "there is no derivation to show in a set");
    fails("{ type = \"derivation\"; }", "has no attribute 'drvPath'");
    let unknown = "/nix/store/00000000000000000000000000000000-x.drv";
    fails(&format!("{{ type = \"derivation\"; drvPath = \"{unknown}\"; }}"), "was not made in this evaluation");
    fails("derivation { name = \"a\"; system = \"x\"; }", "required attribute 'builder' missing");
    // A set that contains itself.
    fails("let a = { recurseForDerivations = true; inherit a; }; in a", "there is no derivation to show");
}

#[test]
fn where_two_derivations_part_ways() {
    let low = "cqa1dppsjh91rivb7qlxyda8db2289di-low.drv";
    let text = std::fs::read_to_string(small().join("then").join(low)).unwrap();
    let other = "00000000000000000000000000000000-low.drv";
    let project = Project::new()
        .with(low, &text)
        .with(other, text.replace("then", "now"))
        .with("low.drv", &text)
        .with("11111111111111111111111111111111-bad.drv", &text[..50]);
    let diff = |a: &str, b: &str| program!().run(project.root(), &["derivation", "diff", a, b]);
    assert!(diff(low, low).expect(0).stdout.ends_with("no field differs\n"));
    let differs = diff(low, other).expect(1).stdout;
    assert!(differs.ends_with("variable 'word' differs\n  - \"then\"\n  + \"now\"\n"), "{differs}");
    diff(low, "low.drv").expect(2).says("'low.drv' is not named as in the Nix store");
    diff(low, "22222222222222222222222222222222-x.drv").expect(2).says("cannot read");
    diff("11111111111111111111111111111111-bad.drv", low).expect(2).says("at byte");
    program!().run(project.root(), &["derivation", "diff", low]).expect(2).says("OTHER");
}
