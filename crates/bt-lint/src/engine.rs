//! From a request to facts and findings: loads the flake, evaluates it, runs the rules. Prints nothing but what programs
//! log (`builtins.trace`), through [`crate::output::note`].
//!
//! Placeholder: the signatures are what [`crate::commands`] relies on.

use crate::names::Places;
use crate::report::Report;
use crate::request::{CheckRequest, ComposeRequest, EvalRequest};
use bt_diag::{Diagnostic, SourceMap};

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

/// What [`compose`] found.
#[derive(Debug, Clone)]
pub struct ComposeOutcome {
    /// The compose file, keys in Nix's order.
    pub value: serde_json::Value,
    /// What people should know of how it came about, such as which stand-in for nixpkgs was used.
    pub notices: Vec<String>,
}

/// What [`eval`] found.
#[derive(Debug, Clone)]
pub struct EvalOutcome {
    /// The printed value, without a final newline.
    pub text: String,
    /// As in [`ComposeOutcome`].
    pub notices: Vec<String>,
}

/// Checks one flake. `Err` is for a flake that cannot be loaded at all; what goes wrong in one of its outputs is part of
/// the report.
pub fn check(request: &CheckRequest, sources: &SourceMap) -> Result<Report, Failure> {
    let _ = (request, sources);
    Err(Diagnostic::new("the engine is not there yet").into())
}

/// Evaluates one compose file. An error says which attribute paths there are when the target leaves a choice.
pub fn compose(request: &ComposeRequest, sources: &SourceMap) -> Result<ComposeOutcome, Failure> {
    let _ = (request, sources);
    Err(Diagnostic::new("the engine is not there yet").into())
}

/// Evaluates and prints a value.
pub fn eval(request: &EvalRequest, sources: &SourceMap) -> Result<EvalOutcome, Failure> {
    let _ = (request, sources);
    Err(Diagnostic::new("the engine is not there yet").into())
}
