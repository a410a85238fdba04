//! `bt-lint eval`: evaluates a Nix expression.

use super::Outcome;
use crate::cli::EvalArguments;
use crate::exit::Exit;
use crate::request::EvalRequest;
use crate::{engine, output, surroundings};
use bt_diag::SourceMap;

/// Evaluates and prints the value. An expression that fails to evaluate gives exit code 2.
pub fn run(arguments: &EvalArguments) -> Outcome {
    let current_directory = surroundings::current_directory()?;
    let request = EvalRequest {
        source: arguments.source(),
        attrs: arguments.attr.clone(),
        arguments: arguments.arguments(),
        strict: arguments.strict,
        format: arguments.form(),
        location: !arguments.no_location,
        impure: arguments.impure,
        evaluation: arguments.to_evaluation(&current_directory),
    };
    let sources = SourceMap::new();
    match engine::eval(&request, &sources) {
        Ok(outcome) => {
            output::deliver(None, &outcome.text)?;
            super::show_notices(&outcome.notices, &arguments.messages);
            Ok(Exit::Clean)
        }
        Err(failure) => {
            super::explain(&failure, &sources, &arguments.messages, &current_directory);
            Ok(Exit::Failed)
        }
    }
}
