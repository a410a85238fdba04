//! From a request to facts and findings: loads the flake, evaluates it, runs the rules. Prints nothing but what programs
//! log (`builtins.trace`), through [`crate::output::note`].

mod build;
mod check;
mod closures;
mod compose;
mod disk_files;
mod eval;
mod features;
mod get_flake;
mod image;
mod inputs;
mod locate;
mod registries;
mod remote;
mod select;
mod session;
mod show;
mod store;

use crate::names::Places;
use bt_diag::Diagnostic;

pub use build::{BuildOutcome, Realised, build};
pub use check::{Session, check, check_then, source_tree, with_flake};
pub use closures::{check_realised, look_up_in};
pub use compose::{ComposeOutcome, ContextPath, compose};
pub use eval::{EvalOutcome, eval};
pub use image::{ExpectedImage, ImageOutcome, expected_image, image};
pub use inputs::{InputsOutcome, inputs};
pub(crate) use session::cache_directory;
pub use store::{Daemon, Listeners};

/// Why a request came to nothing.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The error.
    pub diagnostic: Diagnostic,
    /// Where the files are that the error names.
    pub places: Places,
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure { diagnostic, places: Places::default() }
    }
}

impl From<bt_eval::Error> for Failure {
    fn from(error: bt_eval::Error) -> Failure {
        error.to_diagnostic().into()
    }
}
