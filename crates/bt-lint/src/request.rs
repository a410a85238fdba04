//! What the command line asks of the engine: plain data, so that an editor or a test can ask the same.

use crate::selection::Selection;
use bt_diag::glob::Glob;
use std::time::Duration;

/// A flake, or a part of one, as given on the command line: `PATH`, `PATH#ATTR` or `#ATTR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A directory or a flake.nix, relative to the current directory or absolute; never empty.
    pub path: String,
    /// Attribute path of an output.
    pub attr: Option<String>,
}

impl Target {
    /// Splits at the first `#`, as Nix does.
    pub fn parse(text: &str) -> Target {
        let (path, attr) = text.split_once('#').unwrap_or((text, ""));
        Target {
            path: if path.is_empty() { ".".into() } else { path.into() },
            attr: (!attr.is_empty()).then(|| attr.into()),
        }
    }
}

/// Which nixpkgs to evaluate with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Nixpkgs {
    /// The locked one where it is available, else the embedded stand-in.
    #[default]
    Auto,
    /// The locked one only.
    Locked,
    /// The embedded stand-in only.
    Model,
}

/// Whether inputs may be fetched: locked ones that are neither in the store nor in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// No.
    #[default]
    Offline,
    /// Yes, when they are used; for those that are out of reach, a stand-in does.
    Auto,
    /// Yes, and no stand-in does.
    Online,
}

/// Who is asked what realised packages refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ClosureSource {
    /// Nobody.
    #[default]
    None,
    /// The store: its daemon.
    Store,
    /// The store, and of what it does not have the binary caches that nix.conf names.
    Substituters,
}

/// An input replaced by another flake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputOverride {
    /// The input's path, such as `nixpkgs` or `flake-utils/systems`.
    pub input: String,
    /// The flake reference that takes its place.
    pub reference: String,
}

/// How a flake is loaded and evaluated.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// The system whose outputs are looked at; `None` for that of this machine.
    pub system: Option<String>,
    /// Which nixpkgs.
    pub nixpkgs: Nixpkgs,
    /// Whether inputs may be fetched.
    pub network: Network,
    /// Replaced inputs, in the order they were given.
    pub overrides: Vec<InputOverride>,
    /// How many bytes values may take; `None` for the evaluator's own limit.
    pub max_memory: Option<usize>,
    /// How long the evaluation may take.
    pub timeout: Option<Duration>,
    /// How many calls may be nested; `None` for the evaluator's own limit.
    pub max_call_depth: Option<u32>,
    /// Names of experimental features, separated by spaces.
    pub features: Vec<String>,
    /// `-I`: entries of the search path, as given.
    pub search_path: Vec<String>,
    /// What to do about discouraged literals.
    pub literals: bt_eval::LiteralLints,
    /// Whether `builtins.traceVerbose` logs its message.
    pub trace_verbose: bool,
    /// Whether outputs that the evaluation reads are built.
    pub allow_ifd: bool,
    /// The address of the store that builds; `None` for that of the environment.
    pub store: Option<String>,
    /// The current directory, absolute, against which relative paths are read.
    pub current_directory: String,
    /// Who is asked what realised packages refer to.
    pub closures: ClosureSource,
    /// Texts that stand in for those that files have, by their real paths.
    pub texts: bt_glue::Texts,
}

/// Which images and compose files are looked at, by patterns for attribute paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Only those at or below these; all when there is none.
    pub only: Vec<Glob>,
    /// Not those at or below these.
    pub not: Vec<Glob>,
}

impl Outputs {
    /// Whether something with some attribute paths is looked at.
    pub fn include<'n>(&self, mut attrs: impl Iterator<Item = &'n str> + Clone) -> bool {
        let is_one_of = |globs: &[Glob], attr: &str| globs.iter().any(|glob| glob.matches(attr));
        (self.only.is_empty() || attrs.clone().any(|attr| is_one_of(&self.only, attr)))
            && !attrs.any(|attr| is_one_of(&self.not, attr))
    }

    /// Forgets what is not looked at.
    pub fn filter(&self, facts: &mut bt_container::Facts) {
        facts
            .images
            .retain(|image| self.include(std::iter::once(&image.attr).chain(&image.aliases).map(String::as_str)));
        facts.compose.retain(|compose| self.include(std::iter::once(compose.attr.as_str())));
        // What fails high up may hold what is looked at.
        let is_high = |attr: &str| attr.matches('.').count() < 2 && !self.not.iter().any(|glob| glob.matches(attr));
        facts.incomplete.retain(|part| is_high(&part.attr) || self.include(std::iter::once(part.attr.as_str())));
    }
}

/// `bt-lint check`: one flake.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The flake's path (see [`Target::path`]).
    pub flake: String,
    /// Only what is at or below these attribute paths; all when empty.
    pub attrs: Vec<String>,
    /// Which images and compose files are looked at.
    pub outputs: Outputs,
    /// Which rules are on.
    pub selection: Selection,
    /// What can be set for rules.
    pub options: bt_rules::Options,
    /// Whether remarks in comments make findings ignored.
    pub ignoring: bt_rules::Ignoring,
    /// What rules take for today: seconds since 1970.
    pub now: i64,
    /// How to evaluate.
    pub evaluation: Evaluation,
}

/// `bt-lint compose`.
#[derive(Debug, Clone)]
pub struct ComposeRequest {
    /// The flake, and the compose file in it where there are several.
    pub target: Target,
    /// Which services are wanted.
    pub subset: bt_container::Subset,
    /// Whether the file is compared with the Compose Specification.
    pub validate: bool,
    /// How to evaluate.
    pub evaluation: Evaluation,
}

/// `bt-lint build`: one flake.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// What of it, in order.
    pub targets: Vec<BuildTarget>,
    /// How the daemon builds.
    pub settings: BuildSettings,
    /// Whether only what would be done is found out.
    pub dry_run: bool,
    /// Whether what images are meant to be is found out.
    pub compares: bool,
}

/// Something to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildTarget {
    /// As it was given.
    pub text: String,
    /// The attribute, for [`bt_flakeref::candidates`].
    pub attribute: String,
    /// Which outputs.
    pub outputs: bt_flakeref::Outputs,
}

/// What a daemon is told about builds; `None` and `false` leave it to its configuration, as far as that can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildSettings {
    /// How many builds run at once.
    pub max_jobs: Option<u64>,
    /// How many cores a build may use.
    pub cores: Option<u64>,
    /// Whether what does not need what failed is built all the same.
    pub keep_going: bool,
    /// Whether directories of failed builds stay.
    pub keep_failed: bool,
    /// Whether what cannot be fetched is built.
    pub fallback: bool,
    /// Whether what is there is built again and compared.
    pub rebuild: bool,
    /// Settings by name, as in nix.conf.
    pub options: Vec<(String, String)>,
}

impl BuildSettings {
    /// Whether all is left to the daemon.
    pub fn is_empty(&self) -> bool {
        let BuildSettings { max_jobs, cores, keep_going, keep_failed, fallback, rebuild: _, options } = self;
        max_jobs.is_none() && cores.is_none() && !keep_going && !keep_failed && !fallback && options.is_empty()
    }
}

/// `bt-lint inputs`.
#[derive(Debug, Clone)]
pub struct InputsRequest {
    /// The flake's path (see [`Target::path`]).
    pub flake: String,
    /// Whether the source of the flake itself is looked at too: its hash and its commit.
    pub source_info: bool,
    /// How to evaluate.
    pub evaluation: Evaluation,
}

/// What is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvalSource {
    /// An output of a flake.
    Flake(Target),
    /// A file; `-` is standard input.
    File(String),
    /// An expression.
    Expression(String),
}

/// How a value is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvalFormat {
    /// As Nix prints it.
    Nix,
    /// As `builtins.toJSON`.
    Json,
    /// As `builtins.toXML`.
    Xml,
    /// A string as it is.
    Raw,
    /// Derivations, as `nix derivation show` prints them.
    Derivation,
    /// Not evaluated: the parsed expression.
    ParseOnly,
}

/// An argument for a function that the evaluation ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvalArgument {
    /// Its name.
    pub name: String,
    /// An expression, or the text of a string.
    pub value: String,
    /// Whether `value` is the text of a string.
    pub is_string: bool,
}

/// `bt-lint eval`.
#[derive(Debug, Clone)]
pub struct EvalRequest {
    /// What is evaluated.
    pub source: EvalSource,
    /// Attribute paths into the result (`-A`), each printed on its own; the result itself when there is none.
    pub attrs: Vec<String>,
    /// `--arg` and `--argstr`; of a name that comes twice the last counts.
    pub arguments: Vec<EvalArgument>,
    /// Whether all parts of the value are evaluated.
    pub strict: bool,
    /// How it is printed.
    pub format: EvalFormat,
    /// Whether XML says where attributes and functions are defined.
    pub location: bool,
    /// Whether the environment, the clock and paths outside of the flake may be used.
    pub impure: bool,
    /// How to evaluate.
    pub evaluation: Evaluation,
}

#[cfg(test)]
mod tests {
    use super::{Outputs, Target};
    use bt_diag::glob::Glob;

    #[test]
    fn outputs_are_chosen_by_patterns() {
        let globs = |words: &[&str]| words.iter().map(|word| Glob::parse(word, '.').unwrap()).collect();
        let include = |only: &[&str], not: &[&str], attrs: &[&str]| {
            Outputs { only: globs(only), not: globs(not) }.include(attrs.iter().copied())
        };
        assert!(include(&[], &[], &["packages.x.app"]));
        assert!(include(&["packages.*.app"], &[], &["packages.x.default", "packages.x.app"]));
        assert!(!include(&["packages.*.app"], &[], &["packages.x.web"]));
        assert!(!include(&["packages"], &["**.app"], &["packages.x.app"]));
    }

    #[test]
    fn targets() {
        let target = |text| {
            let Target { path, attr } = Target::parse(text);
            (path, attr.unwrap_or_default())
        };
        assert_eq!(target("flake.nix"), ("flake.nix".into(), String::new()));
        assert_eq!(target(".#a.b"), (".".into(), "a.b".into()));
        assert_eq!(target("#a#b"), (".".into(), "a#b".into()));
        assert_eq!(target("x#"), ("x".into(), String::new()));
    }
}
