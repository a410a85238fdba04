//! Derivation paths of collections of packages, such as nixpkgs.
//!
//! `BT_LINT_COLLECTION` names a folder and `BT_LINT_COLLECTION_TABLE` its table (see [`bt_tests::collection`]); several of
//! both are separated by colons. `BT_LINT_DERIVATIONS` names a folder with the `.drv` files of real Nix, by which a
//! difference is traced to its cause; `/nix/store` when it is not set.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_store::derivation::{CauseEnd, Difference, Field};
use bt_tests::collection::{Report, compare};
use bt_tests::project::repository;
use std::path::{Path, PathBuf};

const FOLDER: &str = "BT_LINT_COLLECTION";
const TABLE: &str = "BT_LINT_COLLECTION_TABLE";
const DERIVATIONS: &str = "BT_LINT_DERIVATIONS";

fn paths(variable: &str) -> Vec<PathBuf> {
    std::env::var_os(variable).map(|text| std::env::split_paths(&text).collect()).unwrap_or_default()
}

#[test]
fn derivation_paths_of_collections_are_those_of_nix() {
    let (folders, tables) = (paths(FOLDER), paths(TABLE));
    if folders.is_empty() {
        bt_tests::skipped(&format!("{FOLDER} names no collection of packages, so derivation paths are not compared"));
        return;
    }
    assert_eq!(folders.len(), tables.len(), "{FOLDER} and {TABLE} name equally many files");
    let derivations = paths(DERIVATIONS).into_iter().next().unwrap_or_else(|| "/nix/store".into());
    let mut is_equal = true;
    for (folder, table) in folders.iter().zip(&tables) {
        let text = std::fs::read_to_string(table).unwrap_or_else(|error| panic!("{}: {error}", table.display()));
        let report = compare(folder, &text, &derivations);
        bt_tests::shown(&format!("{}: {report}", folder.display()));
        is_equal &= report.mismatches.is_empty() && report.equal > 0;
    }
    assert!(is_equal, "some derivation paths differ from those of Nix; see above");
}

fn small(table: &str, more: &str, derivations: &Path) -> Report {
    let folder = repository().join("tests/collections/small");
    let table = std::fs::read_to_string(folder.join(table)).unwrap();
    compare(&folder, &(table + more), &folder.join(derivations))
}

#[test]
fn equal_paths_are_counted() {
    let report = small("now.tsv", "", Path::new("then"));
    assert_eq!(report, Report { equal: 2, mismatches: Vec::new() });
    assert_eq!(report.to_string(), "2 of 2 derivation paths are equal\n");
}

#[test]
fn a_difference_is_traced_to_its_cause() {
    let report = small("then.tsv", "", Path::new("then"));
    assert_eq!(report.equal, 1, "{report}");
    let [mismatch] = &report.mismatches[..] else { panic!("{report}") };
    assert_eq!(mismatch.attribute, "top");
    let cause = mismatch.cause.as_ref().expect("both paths are known");
    let names: Vec<(&str, &str)> = cause.chain.iter().map(|(old, new)| (old.name(), new.name())).collect();
    assert_eq!(names.first(), Some(&("top.drv", "top.drv")));
    assert_eq!(names.last(), Some(&("low.drv", "low.drv")));
    let difference = Difference {
        field: Field::Variable(b"word".to_vec()),
        left: Some(b"then".to_vec()),
        right: Some(b"now".to_vec()),
    };
    assert_eq!(cause.end, CauseEnd::Differs(difference));
    assert!(report.to_string().contains("variable 'word' differs\n      - \"then\"\n      + \"now\"\n"), "{report}");
}

#[test]
fn what_cannot_be_compared_is_told() {
    let nowhere = "/nix/store/00000000000000000000000000000000-x.drv";
    let more = format!("fails\t{nowhere}\ntools.none\t{nowhere}\ntools.apart\tno path\n");
    let report = small("then.tsv", &more, Path::new("nowhere"));
    assert_eq!((report.equal, report.mismatches.len()), (1, 4), "{report}");
    let [top, fails, none, no_path] = &report.mismatches[..] else { panic!("{report}") };
    assert!(
        matches!(&top.cause.as_ref().unwrap().end, CauseEnd::Missing(path) if path.name() == "top.drv"),
        "{report}"
    );
    assert!(fails.got.as_ref().unwrap_err().contains("this package cannot be evaluated"), "{report}");
    assert!(none.got.as_ref().unwrap_err().contains("attribute 'none' missing"), "{report}");
    assert!(no_path.got.is_ok() && no_path.cause.is_none(), "{report}");
}

#[test]
fn a_cause_that_many_share_is_told_once() {
    let table = small("then.tsv", "", Path::new("then")).mismatches[0].expected.clone();
    let report = small("then.tsv", &format!("top\t{table}\n"), Path::new("then")).to_string();
    assert_eq!(report.matches("variable 'word' differs").count(), 1, "{report}");
    assert!(report.contains("  as top: /nix/store/"), "{report}");
}
