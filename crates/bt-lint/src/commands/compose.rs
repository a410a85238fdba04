//! `bt-lint compose`: prints the compose file that a flake defines.

use super::Outcome;
use crate::cli::{ComposeArguments, ComposeFormat};
use crate::exit::Exit;
use crate::render::json;
use crate::request::{ComposeRequest, Target};
use crate::{engine, output, surroundings, yaml};
use bt_diag::SourceMap;

/// Evaluates and prints it.
pub fn run(arguments: &ComposeArguments) -> Outcome {
    let current_directory = surroundings::current_directory()?;
    let request = ComposeRequest {
        target: Target::parse(&arguments.target),
        evaluation: arguments.evaluation.to_evaluation(&current_directory),
    };
    let sources = SourceMap::new();
    match engine::compose(&request, &sources) {
        Ok(outcome) => {
            let text = match arguments.format {
                ComposeFormat::Json => json::to_text(&outcome.value),
                ComposeFormat::Yaml => yaml::to_text(&outcome.value),
            };
            output::deliver(arguments.output.as_deref(), &text)?;
            super::show_notices(&outcome.notices, &arguments.messages);
            Ok(Exit::Clean)
        }
        Err(failure) => {
            super::explain(&failure, &sources, &arguments.messages, &current_directory);
            Ok(Exit::Failed)
        }
    }
}
