//! The options of `bt-lint eval`.

use super::arguments::{EvaluationArguments, MessageArguments};
use crate::request::{EvalArgument, EvalFormat, EvalSource, Target};
use clap::{ArgAction, Args};

/// `bt-lint eval`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true), group = clap::ArgGroup::new("form"))]
pub struct EvalArguments {
    /// An output of a flake.
    #[arg(value_name = "TARGET#ATTR", group = "source")]
    pub target: Option<String>,
    /// A file; - is standard input.
    #[arg(short, long, value_name = "FILE", group = "source")]
    pub file: Option<String>,
    /// An expression.
    #[arg(short = 'E', long, value_name = "EXPRESSION", group = "source", allow_hyphen_values = true)]
    pub expr: Option<String>,
    /// Evaluate all parts of the value.
    #[arg(long)]
    pub strict: bool,
    /// Print JSON.
    #[arg(long, group = "form")]
    pub json: bool,
    /// Print XML.
    #[arg(long, group = "form")]
    pub xml: bool,
    /// Print a string as it is.
    #[arg(long, group = "form")]
    pub raw: bool,
    /// Do not evaluate; print the parsed expression.
    #[arg(long, group = "form")]
    pub parse_only: bool,
    /// Allow the environment, the clock and paths outside of the flake.
    #[arg(long)]
    pub impure: bool,
    /// Print only this attribute of the result.
    #[arg(short = 'A', long, value_name = "PATH")]
    pub attr: Option<String>,
    /// Pass an expression to the function that the evaluation ends in (repeatable).
    #[arg(long, num_args = 2, value_names = ["NAME", "EXPRESSION"], action = ArgAction::Append, allow_hyphen_values = true)]
    pub arg: Vec<String>,
    /// Pass a string to the function that the evaluation ends in (repeatable).
    #[arg(long, num_args = 2, value_names = ["NAME", "STRING"], action = ArgAction::Append, allow_hyphen_values = true)]
    pub argstr: Vec<String>,
    /// How many calls may be nested.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Evaluation")]
    pub max_call_depth: Option<u32>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub evaluation: EvaluationArguments,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub messages: MessageArguments,
}

impl EvalArguments {
    /// What is evaluated.
    pub fn source(&self) -> EvalSource {
        match (&self.file, &self.expr, &self.target) {
            (Some(file), _, _) => EvalSource::File(file.clone()),
            (None, Some(expression), _) => EvalSource::Expression(expression.clone()),
            (None, None, target) => EvalSource::Flake(Target::parse(target.as_deref().unwrap_or("."))),
        }
    }

    /// How the value is printed.
    pub fn form(&self) -> EvalFormat {
        match self {
            Self { json: true, .. } => EvalFormat::Json,
            Self { xml: true, .. } => EvalFormat::Xml,
            Self { raw: true, .. } => EvalFormat::Raw,
            Self { parse_only: true, .. } => EvalFormat::ParseOnly,
            _ => EvalFormat::Nix,
        }
    }

    /// `--arg` and `--argstr`.
    pub fn arguments(&self) -> Vec<EvalArgument> {
        let pairs = |words: &[String], is_string: bool| -> Vec<EvalArgument> {
            let pairs = words.chunks_exact(2);
            pairs.map(|pair| EvalArgument { name: pair[0].clone(), value: pair[1].clone(), is_string }).collect()
        };
        let mut arguments = pairs(&self.arg, false);
        arguments.extend(pairs(&self.argstr, true));
        arguments
    }
}
