//! The pages about rules in docs/rules: the same as what `bt-lint rule` says. `BT_LINT_UPDATE_DOCS=1` writes them.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_lint::pages;
use bt_tests::program;
use bt_tests::project::repository;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn directory() -> PathBuf {
    repository().join("docs/rules")
}

/// File names and texts.
fn pages() -> BTreeMap<String, String> {
    let pages = bt_rules::all().iter().map(|rule| (pages::file_name(rule), pages::page(rule)));
    pages.chain([("README.md".to_string(), pages::index())]).collect()
}

#[test]
fn there_is_a_page_for_each_rule_and_no_other() {
    let directory = directory();
    let mut wrong = Vec::new();
    let is_update = std::env::var_os("BT_LINT_UPDATE_DOCS").is_some();
    if is_update {
        std::fs::create_dir_all(&directory).unwrap();
    }
    for (name, text) in pages() {
        let file = directory.join(&name);
        if is_update {
            std::fs::write(&file, &text).unwrap();
        } else if std::fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            wrong.push(format!("{name} is missing or says something else"));
        }
    }
    let files = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap());
    for file in files.filter(|file| !pages().contains_key(file.file_name().to_str().unwrap())) {
        if is_update {
            std::fs::remove_file(file.path()).unwrap();
        } else {
            wrong.push(format!("{} is about no rule", file.file_name().to_string_lossy()));
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "run the test with BT_LINT_UPDATE_DOCS=1 to write docs/rules:\n{}", wrong.join("\n"));
}

#[test]
fn the_program_prints_the_pages() {
    let print = |arguments: &[&str]| program!().run(repository(), arguments).expect(0).stdout;
    assert_eq!(print(&["rule", "root-user", "--format", "markdown"]), pages()["root-user.md"]);
    assert_eq!(print(&["rule", "--all", "--format", "markdown"]), pages()["README.md"]);
}

/// Links between documents lead to files that are there.
#[test]
fn links_lead_somewhere() {
    for (name, text) in pages() {
        for link in text.match_indices("](").map(|(at, _)| text[at + 2..].split(')').next().unwrap()) {
            let is_there = link.starts_with("https://") || pages().contains_key(link);
            assert!(is_there, "{name}: {link}");
        }
    }
}
