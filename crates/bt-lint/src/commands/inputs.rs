//! `bt-lint inputs`: what the inputs of a flake are, and where they come from.

use super::Outcome;
use crate::cli::InputsArguments;
use crate::exit::Exit;
use crate::render::{inputs, json};
use crate::request::{InputsRequest, Target};
use crate::surroundings::{Stream, Style};
use crate::{engine, output, surroundings};
use bt_diag::{Diagnostic, SourceMap};

/// Resolves and prints them.
pub fn run(arguments: &InputsArguments) -> Outcome {
    let current_directory = surroundings::current_directory()?;
    let now = surroundings::today(None)?;
    let target = Target::parse(&arguments.target);
    if let Some(attr) = target.attr {
        return Err(Diagnostic::new(format!("'#{attr}' names an output, but inputs are those of the whole flake")));
    }
    let request = InputsRequest {
        flake: target.path,
        source_info: arguments.json,
        evaluation: arguments.evaluation.to_evaluation(&current_directory),
    };
    let sources = SourceMap::new();
    match engine::inputs(&request, &sources) {
        Ok(outcome) => {
            let text = match arguments.json {
                true => json::to_text(&inputs::document(&outcome, now)),
                false => {
                    let style = Style::of(Stream::Stdout, arguments.messages.color);
                    let is_terminal = surroundings::is_terminal(Stream::Stdout);
                    inputs::table(&outcome.inputs, now, style, is_terminal.then_some(style.width))
                }
            };
            output::deliver(None, &text)?;
            if !arguments.json && !arguments.messages.quiet {
                inputs::notes(&outcome.inputs).iter().for_each(|note| output::note(note));
            }
            Ok(Exit::Clean)
        }
        Err(failure) => {
            super::explain(&failure, &sources, &arguments.messages, &current_directory);
            Ok(Exit::Failed)
        }
    }
}
