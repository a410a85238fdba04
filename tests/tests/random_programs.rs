//! A few random programs, evaluated by bt-lint and by real Nix. Many of them: `cargo run -p bt-tests --release --bin
//! differential`.

#![allow(clippy::expect_used, reason = "tests")]

use bt_tests::nix::is_installed;
use bt_tests::program;
use bt_tests::random_programs::evaluator::{Evaluator, Nix, Program};
use bt_tests::random_programs::tree::Tree;
use bt_tests::random_programs::{Comparison, derivations, generate};
use std::path::Path;

const PROGRAMS: u64 = 200;

#[test]
fn random_programs_mean_the_same_to_bt_lint_and_to_nix() {
    compare(generate::program);
}

#[test]
fn random_derivations_have_the_paths_that_nix_gives_them() {
    compare(derivations::program);
}

fn compare(make: fn(u64, u64) -> Tree) {
    if !is_installed("nix-instantiate".as_ref()) {
        bt_tests::skipped("nix-instantiate is not installed, so random programs are not compared with real Nix");
        return;
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = directory.path().canonicalize().expect("it is there");
    derivations::prepare(&directory).expect("a temporary directory");
    let ours = Program { path: Path::new(program!().path), directory: &directory };
    let nix = Nix::new("nix-instantiate", &directory);
    let comparison = Comparison {
        seed: 20_260,
        first: 0,
        make,
        programs: PROGRAMS,
        ours: &ours,
        theirs: &nix,
        second: None as Option<&dyn Evaluator>,
    };
    let report = comparison.run();
    let shown: Vec<String> = report.disagreements.iter().map(|found| found.shown()).collect();
    assert!(shown.is_empty(), "{}\n{}", shown.join("\n"), report.summary());
    // A generator that makes nothing but errors would compare nothing.
    assert!(report.values > 100, "{}", report.summary());
}
