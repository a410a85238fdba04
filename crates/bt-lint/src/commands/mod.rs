//! What each command does, one file each.

pub mod build;
pub mod check;
pub mod completions;
pub mod compose;
pub mod config;
pub mod derivation;
pub mod eval;
pub mod image;
pub mod init;
pub mod inputs;
pub mod man;
mod plan;
pub mod rule;

use crate::cli::{Command, MessageArguments};
use crate::engine::Failure;
use crate::exit::Exit;
use crate::names::FileNames;
use crate::output;
use crate::render::{diagnostic, escape};
use crate::surroundings::{Stream, Style};
use bt_diag::{Diagnostic, SourceMap};

/// Runs a command.
pub fn run(command: Command) -> Exit {
    let (messages, result) = match &command {
        Command::Build(arguments) => (arguments.messages.clone(), build::run(arguments)),
        Command::Check(arguments) => (arguments.messages.clone(), check::run(arguments)),
        Command::Completions(arguments) => (MessageArguments::default(), completions::run(arguments)),
        Command::Compose(arguments) => (arguments.messages.clone(), compose::run(arguments)),
        Command::Config(arguments) => (arguments.check.messages.clone(), config::run(arguments)),
        Command::Init(arguments) => (arguments.messages.clone(), init::run(arguments)),
        Command::Derivation(arguments) => (MessageArguments::default(), derivation::run(arguments)),
        Command::Eval(arguments) => (arguments.messages.clone(), eval::run(arguments)),
        Command::Image(arguments) => (arguments.messages.clone(), image::run(arguments)),
        Command::Inputs(arguments) => (arguments.messages.clone(), inputs::run(arguments)),
        Command::Man(arguments) => (MessageArguments::default(), man::run(arguments)),
        Command::Rule(arguments) => {
            (MessageArguments { color: arguments.color, ..MessageArguments::default() }, rule::run(arguments))
        }
    };
    // What is left here has no place in a file: the current directory, the result that cannot be written.
    result.unwrap_or_else(|error| {
        explain(&error.into(), &SourceMap::new(), &messages, "");
        Exit::Failed
    })
}

/// Shows an error on standard error.
fn explain(failure: &Failure, sources: &SourceMap, messages: &MessageArguments, current_directory: &str) {
    let style = Style::of(Stream::Stderr, messages.color);
    let names = FileNames::from_directory(&failure.places, current_directory);
    let text = diagnostic::render(&failure.diagnostic, sources, &names, style, messages.show_trace);
    output::note(text.trim_end_matches('\n'));
}

/// Shows errors that have no other places than in files of their own.
fn explain_all(
    errors: Vec<Diagnostic>,
    sources: &SourceMap,
    messages: &MessageArguments,
    current_directory: &str,
) -> Exit {
    for error in errors {
        explain(&error.into(), sources, messages, current_directory);
    }
    Exit::Failed
}

/// Shows notices on standard error, unless quiet.
fn show_notices(notices: &[String], messages: &MessageArguments) {
    if !messages.quiet {
        for notice in notices {
            output::note(&format!("note: {}", escape::line(notice)));
        }
    }
}

/// The result of a command; an error has no place in a file.
type Outcome = Result<Exit, Diagnostic>;
