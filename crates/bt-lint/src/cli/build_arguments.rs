//! The options of `bt-lint build`.

use super::arguments::{CheckArguments, EvaluationArguments, FailOn, MessageArguments, date};
use super::configuration_arguments::ConfigurationArguments;
use crate::request::{BuildSettings, BuildTarget, Nixpkgs};
use bt_flakeref::Target;
use clap::{ArgAction, Args, Parser, ValueEnum, ValueHint};

/// `bt-lint build`
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// What to build: TARGET#ATTR, such as .#container-backend; ^out,dev or ^* after it says which outputs.
    #[arg(value_name = "TARGET#ATTR", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub targets: Vec<String>,
    /// Build without checking first.
    #[arg(long)]
    pub no_lint: bool,
    /// Say what would be built and fetched, and do nothing.
    #[arg(long, conflicts_with_all = ["load", "verify"])]
    pub dry_run: bool,
    /// Print JSON: for each target its derivation and where its outputs are.
    #[arg(long)]
    pub json: bool,
    /// The name of the links to what was built; they keep it from being collected as garbage.
    #[arg(short, long, value_name = "NAME", default_value = "result", value_hint = ValueHint::AnyPath)]
    pub out_link: String,
    /// Make no links.
    #[arg(long, conflicts_with = "out_link")]
    pub no_link: bool,
    /// Load images that were built into docker or podman.
    #[arg(long, value_enum, value_name = "docker|podman", num_args = 0..=1, require_equals = true,
          default_missing_value = "auto", hide_possible_values = true)]
    pub load: Option<Loader>,
    /// Check images that were built: their files, and their configuration against what was evaluated.
    #[arg(long)]
    pub verify: bool,
    /// Print the logs of builds while they run.
    #[arg(short = 'L', long)]
    pub print_build_logs: bool,
    /// Check with these rules only: codes, names, or families.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Check without these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// The least severity that stops the build [default: error].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// What rules take for today [default: SOURCE_DATE_EPOCH, else the clock].
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub now: Option<i64>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub settings: SettingsArguments,
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

/// What the daemon is told about builds.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Building")]
pub struct SettingsArguments {
    /// How many builds run at once [default: as many as there are processors, when any of these options is given, and else
    /// what the daemon is configured for].
    #[arg(short = 'j', long, value_name = "N")]
    pub max_jobs: Option<u64>,
    /// How many cores a build may use; 0 for all.
    #[arg(long, value_name = "N")]
    pub cores: Option<u64>,
    /// Build also what does not need what failed.
    #[arg(short, long)]
    pub keep_going: bool,
    /// Keep the directories of builds that failed.
    #[arg(short = 'K', long)]
    pub keep_failed: bool,
    /// Build what cannot be fetched.
    #[arg(long)]
    pub fallback: bool,
    /// Build again what is there, and compare.
    #[arg(long)]
    pub rebuild: bool,
    /// A setting of nix.conf (repeatable). Daemons ignore most of them, unless they trust the user.
    #[arg(long, num_args = 2, value_names = ["NAME", "VALUE"], action = ArgAction::Append)]
    pub option: Vec<String>,
}

/// What runs images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Loader {
    /// Docker if it is there, else Podman.
    Auto,
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

/// What is built of a flake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlakeTargets {
    /// The flake's path, or a reference to it.
    pub flake: String,
    /// Each with its place on the command line.
    pub targets: Vec<(usize, BuildTarget)>,
}

impl BuildArguments {
    /// The flakes and what of them is built, in the order of the targets.
    ///
    /// Errors: one of the targets makes no sense.
    pub fn targets(&self) -> Result<Vec<FlakeTargets>, String> {
        let mut flakes: Vec<FlakeTargets> = Vec::new();
        for (place, text) in self.targets.iter().enumerate() {
            let target = Target::parse(text).map_err(|error| error.message().to_string())?;
            let reference = if target.reference.is_empty() { ".".to_string() } else { target.reference };
            let wanted = BuildTarget { text: text.clone(), attribute: target.attribute, outputs: target.outputs };
            match flakes.iter_mut().find(|one| one.flake == reference) {
                Some(one) => one.targets.push((place, wanted)),
                None => flakes.push(FlakeTargets { flake: reference, targets: vec![(place, wanted)] }),
            }
        }
        Ok(flakes)
    }

    /// How the daemon builds.
    pub fn build_settings(&self) -> BuildSettings {
        let SettingsArguments { max_jobs, cores, keep_going, keep_failed, fallback, rebuild, ref option } =
            self.settings;
        let options = option.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
        BuildSettings { max_jobs, cores, keep_going, keep_failed, fallback, rebuild, options: options.collect() }
    }

    /// The check that comes first. Nothing stands in for what will be built.
    pub fn check(&self) -> Result<CheckArguments, clap::Error> {
        let mut check = CheckArguments::try_parse_from(["bt-lint"])?;
        let attribute = |target: &BuildTarget| target.attribute.trim_start_matches('.').to_string();
        check.targets.clear();
        for FlakeTargets { flake, targets } in self.targets().unwrap_or_default() {
            check.targets.extend(targets.iter().map(|(_, target)| match attribute(target).as_str() {
                "" => format!("{flake}#default"),
                attribute => format!("{flake}#{attribute}"),
            }));
        }
        check.reports = vec![(super::Format::Full, None)];
        check.to_stderr = true;
        check.select.clone_from(&self.select);
        check.ignore.clone_from(&self.ignore);
        check.fail_on = self.fail_on;
        check.now = self.now;
        check.configuration = self.configuration.clone();
        check.evaluation = self.evaluation.clone();
        check.evaluation.nixpkgs.get_or_insert(Nixpkgs::Locked);
        check.messages = self.messages.clone();
        Ok(check)
    }
}
