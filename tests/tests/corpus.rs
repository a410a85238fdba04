//! Public flakes, whose checkouts are in the folder that BT_LINT_CORPUS names, by the table that BT_LINT_CORPUS_TABLE names:
//! every finding has a verdict, and every expected finding is found or known to be missing.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::corpus::{Outcome, Review, findings, repositories};
use bt_tests::docs;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn variable(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name).map(PathBuf::from);
    if value.is_none() {
        bt_tests::skipped(&format!("{name} is not set, so bt-lint is not tried on public flakes"));
    }
    value
}

#[test]
fn every_finding_has_a_verdict() {
    let (Some(folder), Some(table)) = (variable("BT_LINT_CORPUS"), variable("BT_LINT_CORPUS_TABLE")) else { return };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let read = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut review = Review::new(&read("labels.tsv"), &read("review.tsv"), &read("expected.tsv"));
    let repositories = repositories(&std::fs::read_to_string(table).expect("the table can be read"));
    let mut outcomes = Vec::new();
    for repository in &repositories {
        let checkout = folder.join(repository.name.replace('/', "+"));
        if !checkout.is_dir() {
            bt_tests::skipped(&format!("there is no checkout of {}", repository.name));
            continue;
        }
        let (found, images) = findings(repository, &checkout);
        outcomes.push((repository.name.as_str(), review.compare(repository, &found, images)));
    }
    review.gone(&outcomes.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>());
    if std::env::var_os("BT_LINT_UPDATE_REVIEW").is_some() {
        std::fs::write(directory.join("review.tsv"), review.updated()).expect("the review can be written");
    }
    assert!(review.changes.is_empty(), "{} changes:\n{}", review.changes.len(), review.changes.join("\n"));
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/corpus.md");
    docs::check_table(&document, "corpus", &shown(&outcomes));
}

fn shown(outcomes: &[(&str, Outcome)]) -> String {
    let mut text = String::from(
        "| repository | images | findings | wrong | expected and found | missed |\n|---|---|---|---|---|---|\n",
    );
    let mut all = Outcome::default();
    for (name, outcome) in outcomes {
        line(&mut text, name, outcome);
        all.images += outcome.images;
        all.right += outcome.right;
        all.wrong += outcome.wrong;
        all.recalled += outcome.recalled;
        all.missed += outcome.missed;
    }
    line(&mut text, "**all**", &all);
    let percent = |part: usize, rest: usize| format!("{:.1} %", 100.0 * part as f64 / (part + rest).max(1) as f64);
    let (recall, precision) = (percent(all.recalled, all.missed), percent(all.right, all.wrong));
    let _ = writeln!(text, "\nRecall {recall}, precision {precision}.");
    text
}

fn line(text: &mut String, name: &str, outcome: &Outcome) {
    let Outcome { images, right, wrong, recalled, missed } = outcome;
    let _ = writeln!(text, "| {name} | {images} | {} | {wrong} | {recalled} | {missed} |", right + wrong);
}
