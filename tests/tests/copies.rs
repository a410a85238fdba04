//! Copies of sources in the store: they are hashed when someone looks at their store path, and look like what Nix makes.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::program;
use bt_tests::project::Project;
use std::process::Command;

/// A directory that no archive can hold, with a file that can be imported.
fn unhashable() -> Project {
    let project = Project::flake("{ outputs = { self }: import ./outputs.nix self; }")
        .with("folder/value.nix", "{ here = toString ./.; file = __curPos.file; sibling = import ./sibling.nix; }")
        .with("folder/sibling.nix", "\"sibling\"")
        .with("folder/broken.nix", "{\n  a = 1 + null;\n}")
        .with("folder/text", "text");
    let status = Command::new("mkfifo").arg(project.path("folder/pipe")).status().unwrap();
    assert!(status.success());
    project
}

fn value(project: &Project, expression: &str) -> String {
    project.write("outputs.nix", format!("self: {{ x = {expression}; }}"));
    program!().run(project.root(), &["eval", "--json", ".#x"]).expect(0).stdout.trim().to_string()
}

fn fails(project: &Project, expression: &str, says: &[&str]) {
    project.write("outputs.nix", format!("self: {{ x = {expression}; }}"));
    let run = program!().run(project.root(), &["eval", "--json", ".#x"]).expect(2);
    for text in says {
        assert!(run.stderr.contains(text), "{text:?} is not in it: {}", run.shown());
    }
    assert!(!run.stderr.contains("eeeeeeee"), "a path that is none: {}", run.shown());
}

#[test]
fn what_is_only_read_is_not_hashed() {
    let project = unhashable();
    for (expression, expected) in [
        ("(import \"${./folder}/value.nix\").sibling", "\"sibling\""),
        ("(import (\"${./folder}\" + \"/value.nix\")).sibling", "\"sibling\""),
        ("builtins.readFile \"${./folder}/text\"", "\"text\""),
        (
            "builtins.attrNames (builtins.readDir \"${./folder}\")",
            "[\"broken.nix\",\"pipe\",\"sibling.nix\",\"text\",\"value.nix\"]",
        ),
        ("builtins.pathExists \"${./folder}/text\" && !builtins.pathExists \"${./folder}/nothing\"", "true"),
        ("builtins.readFileType \"${./folder}/pipe\"", "\"unknown\""),
        ("(import \"${self}/folder/value.nix\").sibling", "\"sibling\""),
        ("(import (self + \"/folder/value.nix\")).sibling", "\"sibling\""),
        ("builtins.readFile \"${self.outPath}/folder/text\"", "\"text\""),
        ("builtins.stringLength \"${./folder}\"", "50"),
        ("builtins.isString \"${./folder}\"", "true"),
    ] {
        assert_eq!(value(&project, expression), expected, "{expression}");
    }
}

#[test]
fn what_is_looked_at_is_hashed() {
    let project = unhashable();
    for expression in [
        "\"${./folder}\"",
        "\"${./folder}/text\" + \"more\"",
        "builtins.hasContext \"${./folder}\"",
        "builtins.substring 0 5 \"${./folder}\"",
        "\"${./folder}\" == \"\"",
        "(import \"${./folder}/value.nix\").here",
        "(import \"${./folder}/value.nix\").file",
        "builtins.attrNames { ${\"${./folder}\"} = 1; }",
        "(derivation { name = \"x\"; system = \"x\"; builder = \"${./folder}/b\"; }).drvPath",
        "self.outPath",
        "\"a ${./folder}\"",
        "\"${./folder}x\"",
    ] {
        fails(&project, expression, &["pipe", "unsupported type"]);
    }
    // What cannot be copied is said at once, also when nobody looks.
    fails(&project, "builtins.isString \"${./nothing}\"", &["nothing' does not exist"]);
    // An error in a copy is shown where people find the file.
    fails(&project, "(import \"${./folder}/broken.nix\").a", &["folder/broken.nix:2:"]);
}

#[test]
fn a_copy_looks_the_same_from_within_and_from_without() {
    let project = Project::flake("{ outputs = { self }: import ./outputs.nix self; }")
        .with("folder/value.nix", "{ here = toString ./.; file = __curPos.file; copy = \"${./text}\"; path = ./text; up = toString ../.; name = baseNameOf ./.; whole = \"${./.}\"; }")
        .with("folder/text", "text");
    for (expression, expected) in [
        ("let v = import \"${./folder}/value.nix\"; in v.here == \"${./folder}\"", "true"),
        ("let v = import \"${./folder}/value.nix\"; in v.file == \"${./folder}/value.nix\"", "true"),
        ("let v = import \"${./folder}/value.nix\"; in v.copy == \"${./folder/text}\"", "true"),
        ("let v = import \"${./folder}/value.nix\"; in toString v.path == \"${./folder}/text\"", "true"),
        ("(import \"${./folder}/value.nix\").up", "\"/nix/store\""),
        ("let v = import \"${./folder}/value.nix\"; in v.name == baseNameOf \"${./folder}\"", "true"),
        ("let v = import \"${./folder}/value.nix\"; in \"${v.whole}\" == \"${/. + v.here}\"", "true"),
        ("\"${self}/folder\" == self.outPath + \"/folder\"", "true"),
        ("builtins.getContext \"${self}/x\" == builtins.getContext self.outPath", "true"),
        ("import \"${self}/folder/../folder/value.nix\" ? here", "true"),
        ("builtins.readFile \"${./folder}/../${baseNameOf \"${./folder}\"}/text\"", "\"text\""),
    ] {
        assert_eq!(value(&project, expression), expected, "{expression}");
    }
}

#[test]
fn hashes_of_trees_are_kept_in_the_users_cache() {
    let cache = tempfile::tempdir().unwrap();
    let run = |cache: &str| {
        let folder = bt_tests::project::repository().join("tests/collections/small");
        let expression = format!("\"${{{}}}\"", folder.display());
        let arguments = ["eval", "--impure", "--raw", "-E", &expression];
        program!().run_in(&folder, &arguments, &[("XDG_CACHE_HOME", cache)]).expect(0).stdout
    };
    let path = run("/dev/null");
    let file = cache.path().join("bt-lint/tree-hashes");
    let cache = cache.path().to_str().unwrap();
    for _ in 0..2 {
        assert_eq!(run(cache), path);
    }
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "broken").unwrap();
    assert_eq!(run(cache), path);
}
