//! Flakes of every kind, compared with what real Nix makes of them: `nix flake metadata`, `nix flake show`, and all that
//! `self` and the inputs know of their sources. docs/flakes.md has the table of these comparisons.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod archives;
mod directories;
mod inputs;
mod repositories;

use bt_tests::compare::{Case, Differs, Nix};
use bt_tests::program;
use bt_tests::project::repository;

/// A difference to Nix 2.8.
const fn old(at: &'static [&'static str], reason: &'static str) -> Differs {
    Differs { from: Nix::V8, at, reason }
}

/// A difference to Nix 2.26.
const fn new(at: &'static [&'static str], reason: &'static str) -> Differs {
    Differs { from: Nix::V26, at, reason }
}

const OWN_PATH: &str = "2.8 copies relative inputs to store paths of their own";
const ADDS_PATH: &str = "2.26 adds the path to `sourceInfo.outPath`, current versions do not";
const UNKNOWN: &str =
    "2.26 knows nothing of the source of an input that is not locked yet; here it is that of the flake, as when locked";

#[track_caller]
fn all_equal(cases: &[Case]) {
    let only = std::env::var("BT_LINT_CASE").unwrap_or_default();
    let cases = cases.iter().filter(|case| case.name.contains(&only));
    let wrong: Vec<String> = cases.flat_map(|case| case.compare(program!())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table in docs/flakes.md is that of the comparisons; `BT_LINT_UPDATE_DOCS=1` writes it.
#[test]
fn the_table_is_that_of_the_comparisons() {
    let cases = [directories::CASES, repositories::CASES, archives::CASES, inputs::CASES].concat_rows();
    let table = format!("| flake | Nix 2.8 | Nix 2.26 |\n|---|---|---|\n{}\n", cases.join("\n"));
    bt_tests::docs::check_table(&repository().join("docs/flakes.md"), "comparisons", &table);
}

trait Rows {
    fn concat_rows(&self) -> Vec<String>;
}

impl Rows for [&[Case]; 4] {
    fn concat_rows(&self) -> Vec<String> {
        self.iter().flat_map(|cases| cases.iter().map(Case::row)).collect()
    }
}
