//! What to build, and what became of it.

use crate::error::{DaemonError, Malformed};
use crate::input::{Input, shortened};
use crate::version::ProtocolVersion;
use bt_store::StorePath;
use std::collections::{BTreeMap, BTreeSet};

/// Something to have in the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A path, from a substituter if it is not there.
    Path(StorePath),
    /// Outputs of a derivation.
    Outputs {
        /// The derivation's path.
        derivation: StorePath,
        /// Which of its outputs.
        outputs: OutputSelection,
    },
}

/// Which outputs of a derivation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutputSelection {
    /// All of them.
    All,
    /// Those with these names, of which there is at least one.
    Names(BTreeSet<String>),
}

impl Target {
    /// All outputs of a derivation.
    pub fn all_outputs(derivation: StorePath) -> Self {
        Self::Outputs { derivation, outputs: OutputSelection::All }
    }

    /// One output of a derivation.
    pub fn output(derivation: StorePath, name: impl Into<String>) -> Self {
        Self::Outputs { derivation, outputs: OutputSelection::Names([name.into()].into()) }
    }

    /// As daemons read it: `path`, or `path!name,name`; all outputs are `path!*`, for old daemons just the path.
    pub(crate) fn to_wire(&self, version: ProtocolVersion) -> String {
        match self {
            Self::Path(path) => path.to_string(),
            Self::Outputs { derivation, outputs: OutputSelection::Names(names) } => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("{derivation}!{}", names.join(","))
            }
            Self::Outputs { derivation, .. } if version >= ProtocolVersion::minor(30) => format!("{derivation}!*"),
            Self::Outputs { derivation, .. } => derivation.to_string(),
        }
    }
}

/// How to build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuildMode {
    /// What is there is not built.
    #[default]
    Normal = 0,
    /// What is there and broken is built again; for trusted users.
    Repair = 1,
    /// What is there is built again and compared.
    Check = 2,
}

/// What became of a target. Source: Nix manual, "Build result".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildStatus {
    /// It was built.
    Built,
    /// It came from a substituter.
    Substituted,
    /// It was there.
    AlreadyValid,
    /// Its builder failed, and will again.
    PermanentFailure,
    /// An input is not as it should be.
    InputRejected,
    /// An output is not as it should be, for example has another hash.
    OutputRejected,
    /// It failed for a reason that may go away.
    TransientFailure,
    /// It failed before.
    CachedFailure,
    /// It took too long.
    TimedOut,
    /// It failed otherwise.
    MiscFailure,
    /// Something that it needs failed.
    DependencyFailed,
    /// Its log is too long.
    LogLimitExceeded,
    /// It was built twice with different results.
    NotDeterministic,
    /// What it turned out to be was there.
    ResolvesToAlreadyValid,
    /// No substituter has it.
    NoSubstituters,
}

impl BuildStatus {
    fn from_number(number: u64) -> Option<Self> {
        const ALL: [BuildStatus; 15] = [
            BuildStatus::Built,
            BuildStatus::Substituted,
            BuildStatus::AlreadyValid,
            BuildStatus::PermanentFailure,
            BuildStatus::InputRejected,
            BuildStatus::OutputRejected,
            BuildStatus::TransientFailure,
            BuildStatus::CachedFailure,
            BuildStatus::TimedOut,
            BuildStatus::MiscFailure,
            BuildStatus::DependencyFailed,
            BuildStatus::LogLimitExceeded,
            BuildStatus::NotDeterministic,
            BuildStatus::ResolvesToAlreadyValid,
            BuildStatus::NoSubstituters,
        ];
        ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// Whether the target is there.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Built | Self::Substituted | Self::AlreadyValid | Self::ResolvesToAlreadyValid)
    }
}

/// What became of a target, with what the daemon tells about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildResult {
    /// What became of it.
    pub status: BuildStatus,
    /// Why it failed; empty when it did not.
    pub error: String,
    /// How often it was built.
    pub times_built: u64,
    /// When building began and ended, in seconds since 1970; zeros when nothing was built.
    pub times: (u64, u64),
    /// Processor time in the program and in the system, in microseconds, if known (1.37 and later).
    pub processor_time: Option<(u64, u64)>,
    /// Where the outputs are. Empty for paths, failures, and daemons that do not say (before 1.22).
    pub outputs: BTreeMap<String, StorePath>,
}

impl BuildResult {
    /// A result that an old daemon does not tell.
    pub(crate) fn success(status: BuildStatus) -> Self {
        let (error, outputs) = (String::new(), BTreeMap::new());
        Self { status, error, times_built: 0, times: (0, 0), processor_time: None, outputs }
    }

    /// Reads what follows the target.
    pub(crate) fn read(input: &mut Input, version: ProtocolVersion) -> Result<Self, DaemonError> {
        let number = input.number()?;
        let status = BuildStatus::from_number(number)
            .ok_or_else(|| input.malformed(Malformed::Number { of: "status of a build", number }))?;
        let mut result = Self { error: input.message()?, ..Self::success(status) };
        result.times_built = input.number()?;
        input.boolean()?; // Whether it was built with different results, which the status says.
        result.times = (input.number()?, input.number()?);
        if version >= ProtocolVersion::minor(37) {
            let (user, system) = (optional_number(input)?, optional_number(input)?);
            result.processor_time = user.zip(system);
        }
        for _ in 0..input.list()? {
            let (id, text) = (input.text()?, input.text()?);
            let output = id.split_once('!').and_then(|(_, name)| Some((name.to_string(), out_path(&text)?)));
            let Some((name, path)) = output else {
                return Err(input.malformed(Malformed::Realisation(shortened(format!("{id}: {text}")))));
            };
            result.outputs.insert(name, path);
        }
        Ok(result)
    }
}

fn optional_number(input: &mut Input) -> Result<Option<u64>, DaemonError> {
    input.boolean()?.then(|| input.number()).transpose()
}

/// The path in a realisation, which is JSON.
fn out_path(text: &str) -> Option<StorePath> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    StorePath::from_base_name(json.get("outPath")?.as_str()?).ok()
}
