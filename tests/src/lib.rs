//! End-to-end, conformance and corpus harnesses: what the tests beside this library share.
//!
//! - [`lang`]: programs beside what they must evaluate to;
//! - [`project`]: flakes in temporary directories;
//! - [`check`]: bt-lint in this process, its answer as data;
//! - [`process`]: bt-lint as a process of its own, with a time limit;
//! - [`nix`]: real Nix, where it is installed;
//! - [`differential`]: many small expressions, evaluated by both.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a harness: what goes wrong in it is a failed test"
)]

pub mod check;
pub mod differential;
pub mod lang;
pub mod nix;
pub mod process;
pub mod project;

use std::io::Write;

/// Says that something is not tested on this machine. Past the test runner, which keeps what tests that pass print.
pub fn skipped(what: &str) {
    let line = format!("SKIPPED: {what}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("standard error can be written to");
}
