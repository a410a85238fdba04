//! The options of each command.

use super::build_arguments::BuildArguments;
use super::configuration_arguments::{ConfigArguments, ConfigurationArguments, InitArguments};
use super::eval_arguments::EvalArguments;
use super::image_arguments::ImageArguments;
use crate::fix::Fixes;
use crate::request::{ClosureSource, Evaluation, InputOverride, Network, Nixpkgs};
use crate::selection::Layer;
use bt_diag::Severity;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::time::Duration;

/// Checks the container images and compose files that a Nix flake defines, without building anything and without Nix.
#[derive(Debug, Parser)]
#[command(
    name = "bt-lint",
    version,
    override_usage = "bt-lint [check] [OPTIONS] [TARGET]...\n       bt-lint <COMMAND> [OPTIONS]",
    after_help = "A TARGET is a flake.nix, a directory or path#attribute. Exit codes: 0 nothing found, 1 findings, \
                  2 wrong usage, an I/O error, or a flake that could not be evaluated."
)]
pub struct Arguments {
    /// The command; `check` when none is named.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Explain a rule, as `bt-lint rule NAME` does.
    #[arg(long, value_name = "NAME")]
    pub explain: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a flake (also without naming the command: `bt-lint flake.nix`).
    Check(CheckArguments),
    /// Print the compose file that a flake defines.
    Compose(ComposeArguments),
    /// Check what is to be built, and have nix-daemon build it.
    Build(BuildArguments),
    /// Check an image that is built: an archive, or an OCI layout.
    Image(ImageArguments),
    /// Evaluate a Nix expression.
    Eval(EvalArguments),
    /// Show what the inputs of a flake are and where they come from.
    Inputs(InputsArguments),
    /// Look into .drv files.
    Derivation(DerivationArguments),
    /// Explain a rule.
    Rule(RuleArguments),
    /// Print a script by which a shell completes the command line.
    Completions(CompletionsArguments),
    /// Print the manual page, or write those of all commands.
    Man(ManArguments),
    /// Show what the configuration of a flake says, and where.
    Config(ConfigArguments),
    /// Write a first configuration, and a baseline of what is found today.
    Init(InitArguments),
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people: source excerpts and advice.
    #[default]
    Full,
    /// For editors: one line for each finding.
    Concise,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML.
    Junit,
}

impl Format {
    /// Whether programs read it, so that also what has no place belongs into it.
    pub fn is_document(self) -> bool {
        !matches!(self, Format::Full | Format::Concise)
    }
}

/// Which findings make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FailOn {
    /// Errors.
    #[default]
    Error,
    /// Errors and warnings.
    Warning,
    /// Any finding.
    Info,
    /// None.
    Never,
}

impl FailOn {
    /// Whether a finding of a severity counts.
    pub fn includes(self, severity: Severity) -> bool {
        match self {
            FailOn::Error => severity >= Severity::Error,
            FailOn::Warning => severity >= Severity::Warning,
            FailOn::Info => true,
            FailOn::Never => false,
        }
    }

    /// The more, the more counts.
    pub fn strictness(self) -> u8 {
        match self {
            FailOn::Never => 0,
            FailOn::Error => 1,
            FailOn::Warning => 2,
            FailOn::Info => 3,
        }
    }
}

/// How to talk to people.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Messages")]
pub struct MessageArguments {
    /// When to use colours.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
    /// No summary and no notices on standard error.
    #[arg(short, long)]
    pub quiet: bool,
    /// Show every step on the way to an error, not only the first few.
    #[arg(long)]
    pub show_trace: bool,
}

/// How to evaluate.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Evaluation")]
pub struct EvaluationArguments {
    /// Look at the outputs for this system, such as x86_64-linux [default: this machine's].
    #[arg(long, value_name = "SYSTEM")]
    pub system: Option<String>,
    /// Which nixpkgs to evaluate with: the locked one where it is available and else the built-in stand-in, the locked
    /// one only, or the stand-in only [default: auto].
    #[arg(long, value_enum, value_name = "auto|locked|model", hide_possible_values = true)]
    pub nixpkgs: Option<Nixpkgs>,
    /// Use another flake for an input (repeatable).
    #[arg(long, num_args = 2, value_names = ["NAME", "REF"], action = ArgAction::Append)]
    pub override_input: Vec<String>,
    /// Do not use the network: use only inputs that are in the store or were fetched before.
    #[arg(long, overrides_with = "online")]
    pub offline: bool,
    /// Let nothing stand in for locked inputs that cannot be fetched.
    #[arg(long)]
    pub online: bool,
    /// How much memory values may take.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_memory: Option<u32>,
    /// How long the evaluation may take.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub timeout: Option<u32>,
    /// How many calls may be nested [default: 10000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_call_depth: Option<u32>,
    /// Switch on experimental features, such as pipe-operators; names separated by spaces (repeatable).
    #[arg(long, value_name = "FEATURES", visible_alias = "experimental-features")]
    pub extra_experimental_features: Vec<String>,
    /// Let nix-daemon build what the evaluation reads of derivations (import from derivation).
    #[arg(long)]
    pub allow_ifd: bool,
    /// The store where things are built: daemon, unix://SOCKET, local or ssh-ng://HOST [default: NIX_REMOTE, else daemon].
    #[arg(long, value_name = "ADDRESS")]
    pub store: Option<String>,
}

impl EvaluationArguments {
    /// The same for the engine.
    pub fn to_evaluation(&self, current_directory: &str) -> Evaluation {
        let overrides = self.override_input.chunks_exact(2);
        let overrides = overrides.map(|pair| InputOverride { input: pair[0].clone(), reference: pair[1].clone() });
        let bytes = |mib: u32| usize::try_from(u64::from(mib) << 20).unwrap_or(usize::MAX);
        Evaluation {
            system: self.system.clone(),
            nixpkgs: self.nixpkgs.unwrap_or_default(),
            network: match self {
                Self { offline: true, .. } => Network::Offline,
                Self { online: true, .. } => Network::Online,
                _ => Network::Auto,
            },
            overrides: overrides.collect(),
            closures: ClosureSource::None,
            max_memory: self.max_memory.map(bytes),
            timeout: self.timeout.map(|seconds| Duration::from_secs(seconds.into())),
            max_call_depth: self.max_call_depth,
            features: self.extra_experimental_features.clone(),
            search_path: Vec::new(),
            literals: bt_eval::LiteralLints::default(),
            trace_verbose: false,
            allow_ifd: self.allow_ifd,
            store: self.store.clone(),
            current_directory: current_directory.into(),
            texts: bt_glue::Texts::default(),
        }
    }
}

/// `bt-lint check`
#[derive(Debug, Clone, Parser)]
pub struct CheckArguments {
    /// A flake.nix, a directory or path#attribute.
    #[arg(value_name = "TARGET", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub targets: Vec<String>,
    /// How findings are printed (repeatable) [default: full].
    #[arg(long, value_enum, action = ArgAction::Append, hide_possible_values = false)]
    pub format: Vec<Format>,
    /// Write the format that is named before it to a file instead of standard output (repeatable).
    #[arg(short, long, value_name = "FILE", action = ArgAction::Append, value_hint = ValueHint::FilePath)]
    pub output: Vec<String>,
    /// Formats with their files, in the order in which they were given.
    #[arg(skip)]
    pub reports: Vec<(Format, Option<String>)>,
    /// Whether what has no file goes to standard error, because standard output is for other results.
    #[arg(skip)]
    pub to_stderr: bool,
    /// Only these rules: codes (CFG001), names (root-user) or families (CFG), separated by commas (repeatable).
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<String>,
    /// These rules too.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub extend_select: Vec<String>,
    /// Not these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Report also what remarks such as `# bt-lint: ignore[root-user] why` in the flake's files ignore.
    #[arg(long)]
    pub no_ignores: bool,
    /// Find out what is in the closures of images too: of what is built already, from the store, or from the store and
    /// the binary caches that nix.conf names [default: none].
    #[arg(long, value_enum, value_name = "none|store|substituters", hide_possible_values = true)]
    pub closures: Option<ClosureSource>,
    /// Apply fixes: safe ones (the meaning stays), or also unsafe ones, whose result someone has to look at.
    #[arg(long, value_enum, value_name = "safe|unsafe", num_args = 0..=1, require_equals = true,
          default_missing_value = "safe", hide_possible_values = true)]
    pub fix: Option<Fixes>,
    /// Print what would be fixed as a unified diff and change nothing; the exit code is 1 when there is something.
    #[arg(long)]
    pub diff: bool,
    /// What rules take for today: RFC 3339, such as 2026-10-01, or seconds since 1970 [default: SOURCE_DATE_EPOCH, else
    /// the clock].
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub now: Option<i64>,
    /// The least severity that makes the exit code 1 [default: error].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Count the findings of each rule instead of listing them.
    #[arg(long)]
    pub statistics: bool,
    /// Say also what was checked.
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Messages")]
    pub verbose: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub configuration: ConfigurationArguments,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub evaluation: EvaluationArguments,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub messages: MessageArguments,
}

pub(super) fn date(text: &str) -> Result<i64, String> {
    bt_rules::parse_date(text).ok_or_else(|| "not a date such as 2026-10-01 or 2026-10-01T12:00:00Z".to_string())
}

impl CheckArguments {
    /// What the command line says about which rules are on, or why the words for them make no sense.
    pub fn selection_layer(&self) -> Result<Layer, String> {
        Layer::parse(&self.select, &self.extend_select, &self.ignore)
    }

    /// Whether the command line chooses rules.
    pub fn has_selection(&self) -> bool {
        !(self.select.is_empty() && self.extend_select.is_empty() && self.ignore.is_empty())
    }

    /// Counts are no report: formats that services read have no place for them.
    pub fn check_statistics(&self) -> Result<(), String> {
        let is_report = |format: Format| !matches!(format, Format::Full | Format::Concise | Format::Json);
        if self.statistics && self.reports.iter().any(|(format, _)| is_report(*format)) {
            return Err("'--statistics' goes with the formats full, concise and json".into());
        }
        Ok(())
    }

    /// Which fixes are tried, if any; `--diff` alone asks for the safe ones.
    pub fn fixes(&self) -> Option<Fixes> {
        self.fix.or(self.diff.then_some(Fixes::Safe))
    }

    /// Pairs formats with files: a file belongs to the format before it, or, where there is none, to the one after it.
    /// The places are those on the command line.
    ///
    /// Errors: a file without a format of its own, or two formats that want standard output.
    pub fn pair_reports(&mut self, formats: &[usize], outputs: &[usize]) -> Result<(), String> {
        let formats = formats.iter().copied().zip(self.format.iter().map(|format| (Some(*format), None)));
        let outputs = outputs.iter().copied().zip(self.output.iter().map(|file| (None, Some(file.clone()))));
        let mut words: Vec<_> = formats.chain(outputs).collect();
        words.sort_by_key(|(place, _)| *place);
        let mut reports: Vec<(Format, Option<String>)> = Vec::new();
        let mut early: Option<String> = None;
        for (_, word) in words {
            match (word, reports.last_mut()) {
                ((Some(format), _), _) => reports.push((format, early.take())),
                ((None, file), Some((_, to @ None))) => *to = file,
                ((None, file), None) if early.is_none() => early = file,
                ((None, file), _) => {
                    return Err(format!("'--output {}' has no '--format' before it", file.unwrap_or_default()));
                }
            }
        }
        let formats_are_default = reports.is_empty();
        if formats_are_default {
            reports.push((Format::default(), early.take()));
        }
        if reports.iter().filter(|(_, file)| file.as_deref().is_none_or(|file| file == "-")).count() > 1 {
            return Err("two formats cannot both go to standard output: name a file with '--output'".into());
        }
        if self.diff {
            // Standard output is for the diff.
            if !formats_are_default && reports.iter().any(|(_, file)| file.as_deref().is_none_or(|file| file == "-")) {
                return Err("'--diff' goes to standard output: name a file for '--format' with '--output'".into());
            }
            reports.retain(|(_, file)| file.as_deref().is_some_and(|file| file != "-"));
        }
        self.reports = reports;
        Ok(())
    }
}

/// How a compose file is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ComposeFormat {
    /// JSON, which every YAML reader understands too.
    #[default]
    Json,
    /// YAML.
    Yaml,
}

/// `bt-lint compose`
#[derive(Debug, Args)]
pub struct ComposeArguments {
    /// A flake.nix, a directory or path#attribute of a compose file.
    #[arg(value_name = "TARGET", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub target: String,
    /// Write to a file instead of standard output: whole or not at all.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<String>,
    /// Compare with a file instead: exit code 1 and a diff when it is not what would be written.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "output")]
    pub check: Option<String>,
    /// How it is printed [default: yaml where the file's name ends in .yaml or .yml, else json].
    #[arg(long, value_enum, value_name = "json|yaml", hide_possible_values = true)]
    pub format: Option<ComposeFormat>,
    /// Only this service, what it depends on, and the networks, volumes, secrets and configs that they use (repeatable).
    #[arg(long = "service", value_name = "NAME", action = ArgAction::Append)]
    pub services: Vec<String>,
    /// Only services without a profile, and those of this one; `*` is every profile (repeatable).
    #[arg(long = "profile", value_name = "NAME", action = ArgAction::Append)]
    pub profiles: Vec<String>,
    /// Do not compare it with the Compose Specification.
    #[arg(long)]
    pub no_validate: bool,
    /// List the store paths that the file needs, each with the places that name it, instead of the file.
    #[arg(long, conflicts_with = "check")]
    pub list_context: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub evaluation: EvaluationArguments,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub messages: MessageArguments,
}

/// `bt-lint inputs`
#[derive(Debug, Args)]
pub struct InputsArguments {
    /// A flake.nix or a directory.
    #[arg(value_name = "TARGET", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub target: String,
    /// Print JSON, with what is known of the flake's own source.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub evaluation: EvaluationArguments,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub messages: MessageArguments,
}

/// `bt-lint derivation`
#[derive(Debug, Args)]
pub struct DerivationArguments {
    /// What to do with them.
    #[command(subcommand)]
    pub command: DerivationCommand,
}

/// What to do with `.drv` files.
#[derive(Debug, Subcommand)]
pub enum DerivationCommand {
    /// Show where two derivations part ways, followed down into their inputs; exit code 1 when they do.
    Diff {
        /// A .drv file, named as in the store; its inputs are read from beside it.
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        left: String,
        /// The one to compare it with.
        #[arg(value_name = "OTHER", value_hint = ValueHint::FilePath)]
        right: String,
    },
}

/// How a rule is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum RuleFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For a page.
    Markdown,
}

/// `bt-lint rule`
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct RuleArguments {
    /// A rule's name or code, such as root-user or CFG001.
    #[arg(value_name = "NAME|CODE", required_unless_present = "all")]
    pub name: Option<String>,
    /// List all rules.
    #[arg(long, conflicts_with = "name")]
    pub all: bool,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: RuleFormat,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
}

/// `bt-lint completions`
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `bt-lint man`
#[derive(Debug, Args)]
pub struct ManArguments {
    /// Write a page for each command to this directory.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: Option<String>,
}

impl RuleArguments {
    /// `--explain NAME`
    pub fn explain(name: String) -> RuleArguments {
        RuleArguments { name: Some(name), all: false, format: RuleFormat::Text, color: ColorChoice::Auto }
    }
}
