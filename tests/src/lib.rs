//! End-to-end, conformance and corpus harnesses: what the tests beside this library share.
//!
//! - [`lang`]: programs beside what they must evaluate to;
//! - [`docs`]: tables in documents that say what tests check;
//! - [`gaps`]: the same for what is known not to work;
//! - [`git`]: the git program, to make repositories;
//! - [`nix_lang`]: Nix's own language tests;
//! - [`random_programs`]: programs that a generator makes, evaluated by bt-lint and by real Nix;
//! - [`collection`]: derivation paths of a collection of packages, against a table by real Nix;
//! - [`corpus`]: public flakes, and the verdict on each finding;
//! - [`containers`]: what is known of a flake's containers, as text to compare;
//! - [`project`]: flakes in temporary directories;
//! - [`check`]: bt-lint in this process, its answer as data;
//! - [`process`]: bt-lint as a process of its own, with a time limit;
//! - [`nix`]: real Nix, where it is installed;
//! - [`compare`]: flakes resolved by bt-lint and by real Nix;
//! - [`docker`]: a Docker daemon of its own, and compose;
//! - [`loopback`]: an HTTP server that does what a test says;
//! - [`tarball`]: archives that no program would write;
//! - [`differential`]: many small expressions, evaluated by both.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a harness: what goes wrong in it is a failed test"
)]

pub mod check;
pub mod collection;
pub mod compare;
pub mod containers;
pub mod corpus;
pub mod differential;
pub mod docker;
pub mod docs;
pub mod fix;
pub mod gaps;
pub mod git;
pub mod lang;
pub mod loopback;
pub mod nix;
pub mod nix_lang;
pub mod process;
pub mod project;
pub mod random_programs;
pub mod tarball;

use std::io::Write;

/// Says that something is not tested on this machine.
pub fn skipped(what: &str) {
    shown(&format!("SKIPPED: {what}\n"));
}

/// Writes a text to standard error, past the test runner, which keeps what tests that pass print.
pub fn shown(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).expect("standard error can be written to");
}
