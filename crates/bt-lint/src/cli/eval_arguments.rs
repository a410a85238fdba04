//! The options of `bt-lint eval`.

use super::arguments::{EvaluationArguments, MessageArguments};
use crate::request::{EvalArgument, EvalFormat, EvalSource, Evaluation, Target};
use bt_eval::{Lint, LiteralLints};
use clap::{ArgAction, Args, ValueEnum};

/// What to do about a literal that is allowed but discouraged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LiteralLint {
    /// Nothing.
    #[default]
    Ignore,
    /// Log a warning.
    Warn,
    /// Refuse it.
    Fatal,
}

impl From<LiteralLint> for Lint {
    fn from(lint: LiteralLint) -> Lint {
        match lint {
            LiteralLint::Ignore => Lint::Ignore,
            LiteralLint::Warn => Lint::Warn,
            LiteralLint::Fatal => Lint::Fatal,
        }
    }
}

/// `bt-lint eval`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true), group = clap::ArgGroup::new("form"))]
#[command(args_override_self = true)]
pub struct EvalArguments {
    /// An output of a flake.
    #[arg(value_name = "TARGET#ATTR", group = "source")]
    pub target: Option<String>,
    /// A file, a directory with a default.nix, or <name> on the search path; - is standard input.
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
    /// Print the derivations of the result as JSON, as nix derivation show does; nothing is written to a store.
    #[arg(long, group = "form")]
    pub show_derivation: bool,
    /// Do not evaluate; print the parsed expression.
    #[arg(long, group = "form")]
    pub parse_only: bool,
    /// Allow the environment, the clock and paths outside of the flake.
    #[arg(long)]
    pub impure: bool,
    /// With --xml: do not say where attributes and functions are defined.
    #[arg(long, requires = "xml")]
    pub no_location: bool,
    /// Print only this attribute of the result, such as a.b or a.0 (repeatable).
    #[arg(short = 'A', long, value_name = "PATH")]
    pub attr: Vec<String>,
    /// Pass an expression to functions that take an argument of this name (repeatable).
    #[arg(long, num_args = 2, value_names = ["NAME", "EXPRESSION"], action = ArgAction::Append, allow_hyphen_values = true)]
    pub arg: Vec<String>,
    /// Pass a string to functions that take an argument of this name (repeatable).
    #[arg(long, num_args = 2, value_names = ["NAME", "STRING"], action = ArgAction::Append, allow_hyphen_values = true)]
    pub argstr: Vec<String>,
    /// Look up <name> in this directory, or <name/…> below the path of name=path, before NIX_PATH (repeatable).
    #[arg(short = 'I', long, value_name = "PATH|NAME=PATH")]
    pub include: Vec<String>,
    /// Log what builtins.traceVerbose says.
    #[arg(long)]
    pub trace_verbose: bool,
    /// What to do about URLs without quotes.
    #[arg(long, value_enum, default_value_t, value_name = "LINT", help_heading = "Discouraged literals")]
    pub lint_url_literals: LiteralLint,
    /// What to do about relative paths without ./ at the start.
    #[arg(long, value_enum, default_value_t, value_name = "LINT", help_heading = "Discouraged literals")]
    pub lint_short_path_literals: LiteralLint,
    /// What to do about paths that start with / or ~.
    #[arg(long, value_enum, default_value_t, value_name = "LINT", help_heading = "Discouraged literals")]
    pub lint_absolute_path_literals: LiteralLint,
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
            Self { show_derivation: true, .. } => EvalFormat::Derivation,
            Self { parse_only: true, .. } => EvalFormat::ParseOnly,
            _ => EvalFormat::Nix,
        }
    }

    /// How to evaluate.
    pub fn to_evaluation(&self, current_directory: &str) -> Evaluation {
        Evaluation {
            search_path: self.include.clone(),
            literals: LiteralLints {
                url: self.lint_url_literals.into(),
                short_path: self.lint_short_path_literals.into(),
                absolute_path: self.lint_absolute_path_literals.into(),
            },
            trace_verbose: self.trace_verbose,
            ..self.evaluation.to_evaluation(current_directory)
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

    /// A name that both `--arg` and `--argstr` give, so that nobody knows which one counts.
    pub fn argument_of_both_kinds(&self) -> Option<&str> {
        let name = |pair: &'_ [String]| pair.first().cloned();
        let strings: Vec<String> = self.argstr.chunks_exact(2).filter_map(name).collect();
        self.arg.iter().step_by(2).find(|name| strings.contains(name)).map(String::as_str)
    }
}
