//! The shape that docs/architecture.md describes: which crate may use which, and what only one of them may know.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::project::repository;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::Table;

/// The crates from the top down, and what each may use. `bt-lint` may use all below it.
const MAY_USE: &[(&str, &[&str])] = &[
    (
        "bt-lint",
        &[
            "bt-rules",
            "bt-container",
            "bt-model",
            "bt-flake",
            "bt-glue",
            "bt-git",
            "bt-eval",
            "bt-fetch",
            "bt-closure",
            "bt-daemon",
            "bt-realise",
            "bt-image",
            "bt-flakeref",
            "bt-syntax",
            "bt-store",
            "bt-diag",
        ],
    ),
    ("bt-rules", &["bt-container", "bt-flake", "bt-syntax", "bt-diag"]),
    ("bt-container", &["bt-glue", "bt-eval", "bt-diag"]),
    ("bt-model", &["bt-eval"]),
    ("bt-realise", &["bt-glue", "bt-eval", "bt-daemon", "bt-store"]),
    ("bt-flake", &["bt-glue", "bt-eval", "bt-flakeref", "bt-store", "bt-syntax", "bt-diag"]),
    ("bt-glue", &["bt-git", "bt-eval", "bt-flakeref", "bt-store", "bt-diag"]),
    ("bt-closure", &["bt-daemon", "bt-fetch", "bt-store"]),
    ("bt-image", &["bt-fetch"]),
    ("bt-fetch", &["bt-flakeref", "bt-git", "bt-store"]),
    ("bt-git", &["bt-store"]),
    ("bt-daemon", &["bt-store"]),
    ("bt-eval", &["bt-syntax", "bt-diag"]),
    ("bt-flakeref", &["bt-store"]),
    ("bt-syntax", &["bt-diag"]),
    ("bt-store", &[]),
    ("bt-diag", &[]),
];

/// Crates of others that one crate alone may name, and what their paths begin with in Rust.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("rnix", &["bt-syntax"]),
    ("rowan", &["bt-syntax"]),
    ("miette", &["bt-lint"]),
    ("clap", &["bt-lint"]),
    ("clap_complete", &["bt-lint"]),
    ("clap_mangen", &["bt-lint"]),
    ("ureq", &["bt-fetch"]),
    ("ring", &["bt-closure"]),
];

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(path: &Path) -> Table {
    read(path).parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The workspace's crates by name, with their directories: those in crates/, and the harnesses.
fn members() -> BTreeMap<String, (PathBuf, Table)> {
    let mut directories = vec![repository().join("tests"), repository().join("benches")];
    for entry in std::fs::read_dir(repository().join("crates")).unwrap() {
        directories.push(entry.unwrap().path());
    }
    let mut members = BTreeMap::new();
    for directory in directories {
        let manifest = manifest(&directory.join("Cargo.toml"));
        let name = manifest["package"]["name"].as_str().unwrap().to_string();
        members.insert(name, (directory, manifest));
    }
    members
}

/// The names of the dependencies in tables of a kind (`dependencies`, `dev-dependencies`, …), also those of one platform.
fn dependencies(manifest: &Table, kind: &str) -> BTreeSet<String> {
    let mut tables: Vec<&Table> = manifest.get(kind).and_then(|t| t.as_table()).into_iter().collect();
    let targets = manifest.get("target").and_then(|t| t.as_table());
    for target in targets.into_iter().flat_map(|t| t.values()) {
        tables.extend(target.get(kind).and_then(|t| t.as_table()));
    }
    let name = |(name, value): (&String, &toml::Value)| {
        // A dependency may go by another name.
        value.get("package").and_then(|p| p.as_str()).unwrap_or(name).to_string()
    };
    tables.into_iter().flat_map(|table| table.iter().map(name)).collect()
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Code without comments that take a whole line.
fn code(path: &Path) -> String {
    let text = read(path);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether an identifier stands in a text as a word of its own.
fn names(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

#[test]
fn dependencies_point_down_as_the_table_allows() {
    let members = members();
    let harnesses = ["bt-tests", "bt-benches"];
    let known: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).chain(harnesses).collect();
    let found: BTreeSet<&str> = members.keys().map(String::as_str).collect();
    assert_eq!(found, known, "the crates differ from the table in docs/architecture.md");

    let mut wrong = Vec::new();
    for (name, may_use) in MAY_USE {
        let (_, manifest) = &members[*name];
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for used in dependencies(manifest, kind).iter().filter(|used| known.contains(used.as_str())) {
                if !may_use.contains(&used.as_str()) {
                    wrong.push(format!("{name} has {used} in [{kind}]; it may use {may_use:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_itself_has_no_way_up() {
    for (at, (name, may_use)) in MAY_USE.iter().enumerate() {
        let below: Vec<&str> = MAY_USE[at + 1..].iter().map(|(name, _)| *name).collect();
        let ups: Vec<_> = may_use.iter().filter(|used| !below.contains(used)).collect();
        assert!(ups.is_empty(), "{name} may not use {ups:?}");
    }
}

#[test]
fn the_documentation_names_every_crate_and_no_other() {
    let text = read(&repository().join("docs/architecture.md"));
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once("| `bt-"));
    let documented: BTreeSet<String> = rows.map(|(_, row)| format!("bt-{}", row.split('`').next().unwrap())).collect();
    let known: BTreeSet<String> = MAY_USE.iter().map(|(name, _)| (*name).to_string()).collect();
    assert_eq!(documented, known);
}

#[test]
fn what_one_crate_alone_may_know() {
    let mut wrong = Vec::new();
    for (name, (directory, manifest)) in &members() {
        let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
        let used: BTreeSet<String> = kinds.iter().flat_map(|kind| dependencies(manifest, kind)).collect();
        for (other, only_in) in ONLY_IN.iter().filter(|(_, only_in)| !only_in.contains(&name.as_str())) {
            if used.contains(*other) {
                wrong.push(format!("{name} depends on {other}, which only {only_in:?} may"));
            }
            // This test names them all.
            for file in rust_files(directory).iter().filter(|f| !f.ends_with("tests/architecture.rs")) {
                if names(&code(file), other) {
                    wrong.push(format!("{} names {other}, which only {only_in:?} may", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lints_are_those_of_the_workspace() {
    let workspace = manifest(&repository().join("Cargo.toml"));
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for (name, (_, manifest)) in members() {
        let inherited = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(|w| w.as_bool());
        assert_eq!(inherited, Some(true), "{name} does not say `lints.workspace = true`");
    }
}

#[test]
fn nothing_allows_unsafe_code() {
    let mut wrong = Vec::new();
    for (directory, _) in members().values() {
        for file in rust_files(directory).iter().filter(|f| !f.ends_with("tests/architecture.rs")) {
            // Without that, the workspace's `forbid` refuses it.
            if names(&code(file), "unsafe_code") {
                wrong.push(file.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "a lint level for unsafe code in {wrong:?}");
}

#[test]
fn the_readme_has_exactly_two_commands_to_set_up() {
    let readme = read(&repository().join("README.md"));
    let section = readme.split("\n## ").find(|section| section.starts_with("Set up\n")).expect("a section 'Set up'");
    let commands: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert_eq!(commands, ["cargo run --release -- flake.nix", "cargo test --workspace"]);
    assert!(!section.contains("```"), "another block of commands in 'Set up'");
    let ci = read(&repository().join(".ci/run"));
    assert!(ci.contains("\ncargo test --workspace"), ".ci/run does not run the README's test command");
}

#[test]
fn words_are_found_as_words() {
    assert!(names("use rnix::x;", "rnix") && names("rnix", "rnix"));
    assert!(!names("use rnixes; my_rnix", "rnix"));
}
