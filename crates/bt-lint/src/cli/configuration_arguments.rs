//! Options of `bt-lint config` and `bt-lint init`, and those that say which files count.

use super::arguments::{CheckArguments, EvaluationArguments, MessageArguments};
use clap::{Args, Parser};

/// Which files count.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigurationArguments {
    /// Use this configuration file [default: the nearest bt-lint.toml or .bt-lint.toml, from the flake's directory up to
    /// the root of its git repository].
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// Use no configuration file.
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
    /// Count the findings that this file knows, but do not list them.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<String>,
    /// Use no baseline.
    #[arg(long, conflicts_with = "baseline")]
    pub no_baseline: bool,
}

/// `bt-lint config`
#[derive(Debug, Args)]
pub struct ConfigArguments {
    /// Print JSON, with the rules that are on.
    #[arg(long, conflicts_with = "schema")]
    pub json: bool,
    /// Print the JSON schema of configuration files.
    #[arg(long)]
    pub schema: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub check: CheckArguments,
}

/// `bt-lint init`
#[derive(Debug, Args)]
pub struct InitArguments {
    /// A flake.nix or a directory.
    #[arg(value_name = "TARGET", default_value = ".")]
    pub target: String,
    /// Replace a configuration file that is there.
    #[arg(long)]
    pub force: bool,
    /// Write also what is found today to bt-lint-baseline.json, so that only what is new will be reported.
    #[arg(long)]
    pub baseline: bool,
    /// What rules take for today: see `bt-lint check --help`.
    #[arg(long, value_name = "DATE", value_parser = super::arguments::date)]
    pub now: Option<i64>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub evaluation: EvaluationArguments,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub messages: MessageArguments,
}

impl InitArguments {
    /// The check whose findings are known from then on.
    ///
    /// Errors: never; those of the parser of arguments.
    pub fn check(&self) -> Result<CheckArguments, String> {
        let check = CheckArguments::try_parse_from(["bt-lint"]).map_err(|error| error.to_string())?;
        Ok(CheckArguments {
            targets: vec![self.target.clone()],
            now: self.now,
            evaluation: self.evaluation.clone(),
            messages: self.messages.clone(),
            configuration: ConfigurationArguments { no_baseline: true, ..ConfigurationArguments::default() },
            ..check
        })
    }
}
