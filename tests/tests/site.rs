//! The documents as a whole: the documentation site lists all of them, and their links lead somewhere.
//! `BT_LINT_UPDATE_DOCS=1` writes docs/commands.md and the rules in docs/SUMMARY.md.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_lint::command_reference;
use bt_tests::docs::check_table;
use bt_tests::process::{self, TIME_LIMIT};
use bt_tests::project::{Project, repository};
use bt_tests::{nix, skipped};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// Documents that are not below `docs`, and part of the site.
const OTHERS: [&str; 5] = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "nix/README.md", "nix/lib/README.md"];

/// Other tests write documents meanwhile.
fn is_writing() -> bool {
    std::env::var_os("BT_LINT_UPDATE_DOCS").is_some()
}

/// All Markdown files of a directory, relative to the repository.
fn documents(directory: &str) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(repository().join(directory)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{directory}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(documents(&path));
        } else if path.ends_with(".md") {
            found.insert(path.into());
        }
    }
    found
}

fn all_documents() -> BTreeSet<PathBuf> {
    documents("docs").into_iter().chain(OTHERS.map(PathBuf::from)).collect()
}

/// Lines outside of blocks of code and comments, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(number, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (!is_code && !is_fence).then_some((number + 1, line))
    })
}

/// A line without the code in it.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// Text and target of each link.
fn links(text: &str) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let line = without_code(line);
        for (at, _) in line.match_indices("](") {
            let words = line[..at].rsplit_once('[').map_or("", |(_, words)| words);
            let target = line[at + 2..].split(')').next().unwrap_or_default();
            found.push((number, words.to_string(), target.to_string()));
        }
    }
    found
}

/// The names by which headings can be linked to, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen = BTreeMap::new();
    let mut found = BTreeSet::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = title.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let name: String = kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
        let times = seen.entry(name.clone()).and_modify(|times| *times += 1).or_insert(0);
        found.insert(if *times == 0 { name } else { format!("{name}-{times}") });
    }
    found
}

/// A path with its `..` worked out; `None` when they lead out of the repository.
fn joined(document: &Path, target: &str) -> Option<PathBuf> {
    let mut path = document.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path.pop() => {}
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

/// What is wrong with a link, if anything.
fn broken(root: &Path, document: &Path, words: &str, target: &str) -> Option<&'static str> {
    if target.contains("://") {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let Some(file) = (if path.is_empty() { Some(document.to_path_buf()) } else { joined(document, path) }) else {
        return Some("leads out of the repository");
    };
    if !root.join(&file).exists() {
        return Some("leads nowhere");
    }
    if let Some(anchor) = anchor {
        let text = std::fs::read_to_string(root.join(&file)).unwrap_or_default();
        if !anchors(&text).contains(anchor) {
            return Some("names no heading");
        }
    }
    // A rule that is called by its code.
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let is_other = bt_rules::find(words).is_some_and(|rule| rule.name != stem);
    is_other.then_some("is about another rule")
}

fn complaints(root: &Path, documents: &BTreeSet<PathBuf>) -> Vec<String> {
    let mut wrong = Vec::new();
    for document in documents {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        for (line, words, target) in links(&text) {
            if let Some(why) = broken(root, document, &words, &target) {
                wrong.push(format!("{}:{line}: [{words}]({target}) {why}", document.display()));
            }
        }
    }
    wrong
}

#[test]
fn links_lead_somewhere() {
    if is_writing() {
        return skipped("documents are being written, so their links are not followed");
    }
    let wrong = complaints(repository(), &all_documents());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count: usize = all_documents()
        .iter()
        .map(|document| links(&std::fs::read_to_string(repository().join(document)).unwrap()).len())
        .sum();
    assert!(count > 300, "only {count} links are seen");
}

#[test]
fn links_that_lead_nowhere_are_found() {
    let text = "# A b\n[x](b.md) [x](#a-b) [x](../a.md#a-b) [CFG001](root-user.md) `[x](c.md)` https://x\n\
                ```\n[x](d.md)\n```\n[x](e.md)\n[x](b.md#no) [x](../../f.md) [CFG002](root-user.md)\n";
    let project =
        Project::new().with("d/a.md", text).with("d/b.md", "").with("d/root-user.md", "").with("a.md", "## A b");
    let found = complaints(project.root(), &BTreeSet::from(["d/a.md".into()]));
    assert_eq!(
        found,
        [
            "d/a.md:6: [x](e.md) leads nowhere",
            "d/a.md:7: [x](b.md#no) names no heading",
            "d/a.md:7: [x](../../f.md) leads out of the repository",
            "d/a.md:7: [CFG002](root-user.md) is about another rule",
        ]
    );
}

#[test]
fn the_summary_lists_every_document_once() {
    let file = repository().join("docs/SUMMARY.md");
    let pages =
        bt_rules::all().iter().map(|rule| format!("  - [{} {}](rules/{}.md)\n", rule.code, rule.name, rule.name));
    let rules: String = std::iter::once("- [All rules](rules/README.md)\n".to_string()).chain(pages).collect();
    check_table(&file, "rules", &rules);
    let summary = Path::new("docs/SUMMARY.md");
    let listed = links(&std::fs::read_to_string(&file).unwrap());
    let listed: Vec<PathBuf> = listed.iter().map(|(_, _, target)| joined(summary, target).unwrap()).collect();
    let once: BTreeSet<PathBuf> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), once.len(), "something is listed twice");
    let mut expected = all_documents();
    expected.remove(summary);
    assert_eq!(once, expected);
}

#[test]
fn the_command_reference_is_that_of_the_program() {
    let file = repository().join("docs/commands.md");
    let page = command_reference::page();
    if is_writing() {
        std::fs::write(&file, &page).unwrap();
    }
    let present = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(present == page, "run the test with BT_LINT_UPDATE_DOCS=1 to write {}", file.display());
}

/// With mdBook: every page is there, and its links lead to pages.
#[test]
fn the_site_is_built() {
    if let Some(name) = ["mdbook", "python3"].into_iter().find(|name| !nix::is_installed((*name).as_ref())) {
        return skipped(&format!("'{name}' is not installed, so the documentation site is not built"));
    }
    if is_writing() {
        return skipped("documents are being written, so the documentation site is not built");
    }
    let site = Project::new();
    let mut command = Command::new(repository().join("scripts/build-site"));
    command.arg(site.path("site"));
    let run = process::run(command, b"", TIME_LIMIT).expect("it ends").expect(0);
    assert!(!run.shown().contains("WARN") && !run.shown().contains("ERROR"), "{}", run.shown());
    let pages = html(&site.path("site"));
    let mut wrong = Vec::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        for target in text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let path = target.split('#').next().unwrap();
            if !target.contains(':') && !path.is_empty() && !page.parent().unwrap().join(path).exists() {
                wrong.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for page in ["index.html", "docs/guides/deployment.html", "docs/rules/root-user.html", "docs/commands.html"] {
        assert!(pages.contains(&site.path("site").join(page)), "{page}");
    }
}

fn html(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(html(&path));
        } else if path.extension().is_some_and(|extension| extension == "html") && !path.ends_with("404.html") {
            found.push(path);
        }
    }
    found
}
