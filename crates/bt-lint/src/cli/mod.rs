//! Arguments: what may be given ([`arguments`]), and which command is meant when none is named ([`default_command`]).

mod arguments;
mod build_arguments;
mod configuration_arguments;
mod default_command;
mod eval_arguments;
mod image_arguments;

pub use arguments::{
    Arguments, CheckArguments, ColorChoice, Command, CompletionsArguments, ComposeArguments, ComposeFormat,
    DerivationArguments, DerivationCommand, EvaluationArguments, FailOn, Format, InputsArguments, ManArguments,
    MessageArguments, RuleArguments, RuleFormat,
};
pub use build_arguments::{BuildArguments, Loader};
pub use configuration_arguments::{ConfigArguments, ConfigurationArguments, InitArguments};
pub use eval_arguments::EvalArguments;
pub use image_arguments::{ImageArguments, ImageFormat};

use clap::{CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;

/// Parses a command line, program name first.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let arguments = default_command::with_command(arguments.into_iter().collect(), &Arguments::command());
    let matches = Arguments::command().try_get_matches_from(arguments)?;
    let arguments = Arguments::from_arg_matches(&matches)?;
    let mut command = match (arguments.command, arguments.explain) {
        (Some(command), _) => command,
        (None, Some(name)) => Command::Rule(RuleArguments::explain(name)),
        (None, None) => Command::Check(CheckArguments::try_parse_from(["bt-lint"])?),
    };
    if let Command::Check(check) = &mut command {
        let places = |id: &str| {
            let of_check = matches.subcommand_matches("check");
            of_check.and_then(|of_check| of_check.indices_of(id)).into_iter().flatten().collect::<Vec<_>>()
        };
        check.pair_reports(&places("format"), &places("output")).map_err(|message| usage_error("check", message))?;
    }
    command.validate()?;
    Ok(command)
}

/// A usage error in a value, in the same form as clap's own.
fn usage_error(command: &str, message: impl std::fmt::Display) -> clap::Error {
    let mut root = Arguments::command();
    root.build();
    let command = root.find_subcommand_mut(command);
    match command {
        Some(command) => command.error(clap::error::ErrorKind::ValueValidation, message),
        None => root.error(clap::error::ErrorKind::ValueValidation, message),
    }
}

impl Command {
    /// Checks what clap cannot: names of rules, and arguments that exclude each other by value.
    fn validate(&self) -> Result<(), clap::Error> {
        match self {
            Command::Check(check) => {
                check.selection_layer().map(drop).map_err(|message| usage_error("check", message))?;
                check.check_statistics().map_err(|message| usage_error("check", message))?;
            }
            Command::Config(config) => {
                config.check.selection_layer().map(drop).map_err(|message| usage_error("config", message))?;
            }
            Command::Rule(RuleArguments { name: Some(name), .. }) if bt_rules::find(name).is_none() => {
                return Err(usage_error("rule", crate::selection::unknown(name)));
            }
            Command::Build(build) => {
                build.targets().map(drop).map_err(|message| usage_error("build", message))?;
                let layer = crate::selection::Layer::parse(&build.select, &[], &build.ignore);
                layer.map(drop).map_err(|message| usage_error("build", message))?;
            }
            Command::Image(image) => {
                let layer = crate::selection::Layer::parse(&image.select, &[], &image.ignore);
                layer.map(drop).map_err(|message| usage_error("image", message))?;
            }
            Command::Eval(eval) => {
                if let Some(name) = eval.argument_of_both_kinds() {
                    return Err(usage_error("eval", format!("the argument `{name}` is given with --arg and --argstr")));
                }
            }
            Command::Completions(_)
            | Command::Compose(_)
            | Command::Derivation(_)
            | Command::Init(_)
            | Command::Inputs(_)
            | Command::Man(_)
            | Command::Rule(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
