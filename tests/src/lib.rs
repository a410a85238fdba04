//! End-to-end, conformance and corpus harnesses: what the tests beside this library share.
//!
//! - [`lang`]: programs beside what they must evaluate to;
//! - [`project`]: flakes in temporary directories;
//! - [`check`]: bt-lint in this process, its answer as data;
//! - [`process`]: bt-lint as a process of its own, with a time limit;
//! - [`nix`]: real Nix, where it is installed.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a harness: what goes wrong in it is a failed test"
)]

pub mod check;
pub mod lang;
pub mod nix;
pub mod process;
pub mod project;
