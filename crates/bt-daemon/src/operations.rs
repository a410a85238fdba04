//! The operations of the worker protocol, one method each.

use crate::build_result::{BuildMode, BuildResult, Target};
use crate::connection::{Connection, Timeouts};
use crate::error::{DaemonError, Malformed};
use crate::input::{Input, Patience};
use crate::nar_copy::copy_nar;
use crate::output::Output;
use crate::path_info::PathInfo;
use crate::settings::Settings;
use crate::version::ProtocolVersion;
use bt_store::StorePath;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Operations by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    IsValidPath = 1,
    QueryReferrers = 6,
    AddToStore = 7,
    AddTextToStore = 8,
    BuildPaths = 9,
    EnsurePath = 10,
    AddTempRoot = 11,
    AddIndirectRoot = 12,
    SetOptions = 19,
    QueryPathInfo = 26,
    QueryPathFromHashPart = 29,
    QueryValidPaths = 31,
    QuerySubstitutablePaths = 32,
    NarFromPath = 38,
    QueryMissing = 40,
    QueryDerivationOutputMap = 41,
    AddMultipleToStore = 44,
    BuildPathsWithResults = 46,
    AddPermRoot = 47,
}

impl Operation {
    /// What goes on, for messages: "no answer while …".
    pub const fn during(self) -> &'static str {
        match self {
            Self::IsValidPath | Self::QueryValidPaths => "asking which paths are valid",
            Self::QueryReferrers => "asking for referrers",
            Self::AddToStore | Self::AddTextToStore | Self::AddMultipleToStore => "sending paths to the store",
            Self::BuildPaths | Self::BuildPathsWithResults => "building",
            Self::EnsurePath => "waiting for a path",
            Self::AddTempRoot | Self::AddIndirectRoot | Self::AddPermRoot => "adding roots",
            Self::SetOptions => "setting options",
            Self::QueryPathInfo => "asking for what is known of a path",
            Self::QueryPathFromHashPart => "asking for a path by its hash",
            Self::QuerySubstitutablePaths => "asking what can be substituted",
            Self::NarFromPath => "receiving a path",
            Self::QueryMissing => "asking what is missing",
            Self::QueryDerivationOutputMap => "asking for the outputs of a derivation",
        }
    }

    /// How long it may take.
    pub fn patience(self, timeouts: &Timeouts) -> Patience {
        match self {
            Self::BuildPaths | Self::BuildPathsWithResults | Self::EnsurePath => Patience::default(),
            Self::AddToStore | Self::AddTextToStore | Self::AddMultipleToStore | Self::NarFromPath => {
                Patience { silence: Some(timeouts.transfer), total: None }
            }
            _ => Patience { silence: Some(timeouts.silence), total: Some(timeouts.answer) },
        }
    }
}

/// What has to happen so that targets are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Derivations to build.
    pub will_build: BTreeSet<StorePath>,
    /// Paths to fetch from substituters.
    pub will_substitute: BTreeSet<StorePath>,
    /// Paths that can neither be built nor fetched.
    pub unknown: BTreeSet<StorePath>,
    /// What will be fetched, in bytes as they are transferred.
    pub download_size: u64,
    /// What will be fetched, in bytes of archives.
    pub nar_size: u64,
}

/// How many requests are sent before their answers are read, where each depends on none.
const AT_ONCE: usize = 256;

/// An answer that says nothing but that it is one.
fn done(input: &mut Input, _: ProtocolVersion) -> Result<(), DaemonError> {
    input.number().map(drop)
}

/// Questions. All of them end with the errors of reading: [`DaemonError::Remote`], [`DaemonError::Malformed`],
/// [`DaemonError::Timeout`], [`DaemonError::Closed`], [`DaemonError::Cancelled`] and [`DaemonError::Io`].
impl Connection {
    /// Asks the daemon to use settings from now on.
    ///
    /// # Errors
    /// Those of reading.
    pub fn set_options(&mut self, settings: &Settings) -> Result<(), DaemonError> {
        let request = |output: &mut Output| {
            let Settings { keep_failed, keep_going, try_fallback, .. } = *settings;
            output.boolean(keep_failed).boolean(keep_going).boolean(try_fallback).number(settings.verbosity);
            output.number(settings.max_build_jobs).number(settings.max_silent_time);
            // A build hook may be used; logs of builds are shown; two that nothing reads any more.
            output.number(1).number(0).number(0).number(0);
            output.number(settings.build_cores).boolean(settings.use_substitutes);
            output.number(settings.overrides.len() as u64);
            for (name, value) in &settings.overrides {
                output.text(name).text(value);
            }
        };
        self.ask(Operation::SetOptions, request, |_, _| Ok(()))
    }

    /// Whether the store has a path.
    ///
    /// # Errors
    /// Those of reading.
    pub fn is_valid_path(&mut self, path: &StorePath) -> Result<bool, DaemonError> {
        let request = |output: &mut Output| {
            output.text(path.as_str());
        };
        self.ask(Operation::IsValidPath, request, |input, _| input.boolean())
    }

    /// Which of some paths the store has. With `substitute` it fetches those that it can fetch first (1.27 and later,
    /// earlier ones do not).
    ///
    /// # Errors
    /// Those of reading, and a path that was not asked for.
    pub fn query_valid_paths(
        &mut self,
        paths: &BTreeSet<StorePath>,
        substitute: bool,
    ) -> Result<BTreeSet<StorePath>, DaemonError> {
        let knows_substitute = self.version >= ProtocolVersion::minor(27);
        let request = |output: &mut Output| {
            output.store_paths(paths.iter());
            if knows_substitute {
                output.boolean(substitute);
            }
        };
        self.ask(Operation::QueryValidPaths, request, |input, _| subset(input, paths))
    }

    /// Which of some paths substituters have.
    ///
    /// # Errors
    /// Those of reading, and a path that was not asked for.
    pub fn query_substitutable_paths(
        &mut self,
        paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeSet<StorePath>, DaemonError> {
        let request = |output: &mut Output| {
            output.store_paths(paths.iter());
        };
        self.ask(Operation::QuerySubstitutablePaths, request, |input, _| subset(input, paths))
    }

    /// What the store knows of a path, references among it; `None` when it does not have it.
    ///
    /// # Errors
    /// Those of reading.
    pub fn query_path_info(&mut self, path: &StorePath) -> Result<Option<PathInfo>, DaemonError> {
        let request = |output: &mut Output| {
            output.text(path.as_str());
        };
        self.ask(Operation::QueryPathInfo, request, |input, _| {
            input.boolean()?.then(|| PathInfo::read(input, path.clone())).transpose()
        })
    }

    /// Which paths of the store refer to a path.
    ///
    /// # Errors
    /// Those of reading.
    pub fn query_referrers(&mut self, path: &StorePath) -> Result<BTreeSet<StorePath>, DaemonError> {
        let request = |output: &mut Output| {
            output.text(path.as_str());
        };
        self.ask(Operation::QueryReferrers, request, |input, _| input.store_paths())
    }

    /// The valid path with a hash part, the 32 characters before the name.
    ///
    /// # Errors
    /// Those of reading.
    pub fn query_path_from_hash_part(&mut self, hash_part: &str) -> Result<Option<StorePath>, DaemonError> {
        let request = |output: &mut Output| {
            output.text(hash_part);
        };
        self.ask(Operation::QueryPathFromHashPart, request, |input, _| input.optional_store_path())
    }

    /// What building targets would build and fetch.
    ///
    /// # Errors
    /// Those of reading, and [`DaemonError::NeedsNewer`] for a derivation's file.
    pub fn query_missing(&mut self, targets: &[Target]) -> Result<Missing, DaemonError> {
        let targets = self.target_texts(targets)?;
        let request = |output: &mut Output| {
            output.texts(targets.iter().map(String::as_str));
        };
        self.ask(Operation::QueryMissing, request, |input, _| {
            Ok(Missing {
                will_build: input.store_paths()?,
                will_substitute: input.store_paths()?,
                unknown: input.store_paths()?,
                download_size: input.number()?,
                nar_size: input.number()?,
            })
        })
    }

    /// The outputs of a valid derivation and where they are or will be; `None` when only a build can tell.
    ///
    /// # Errors
    /// Those of reading, and [`DaemonError::NeedsNewer`] before 1.22.
    pub fn query_derivation_output_map(
        &mut self,
        derivation: &StorePath,
    ) -> Result<BTreeMap<String, Option<StorePath>>, DaemonError> {
        self.needs("outputs of derivations", 22)?;
        let request = |output: &mut Output| {
            output.text(derivation.as_str());
        };
        self.ask(Operation::QueryDerivationOutputMap, request, |input, _| {
            (0..input.list()?).map(|_| Ok((input.text()?, input.optional_store_path()?))).collect()
        })
    }

    /// Passes the archive of a valid path to `sink`.
    ///
    /// # Errors
    /// Those of reading, [`Malformed::Nar`], and [`DaemonError::Sink`].
    pub fn nar_from_path(
        &mut self,
        path: &StorePath,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), DaemonError> {
        let request = |output: &mut Output| {
            output.text(path.as_str());
        };
        self.ask(Operation::NarFromPath, request, |input, _| copy_nar(input, sink))
    }
}

/// Roots, which keep paths from being collected as garbage; errors as for questions.
impl Connection {
    /// Keeps a path, which need not be there yet, until this connection ends.
    ///
    /// # Errors
    /// Those of reading.
    pub fn add_temp_root(&mut self, path: &StorePath) -> Result<(), DaemonError> {
        let request = |output: &mut Output| {
            output.text(path.as_str());
        };
        self.ask(Operation::AddTempRoot, request, done)
    }

    /// Keeps paths until this connection ends, without waiting for the daemon after each.
    ///
    /// # Errors
    /// Those of reading.
    pub fn add_temp_roots<'p>(&mut self, paths: impl IntoIterator<Item = &'p StorePath>) -> Result<(), DaemonError> {
        let mut paths = paths.into_iter().peekable();
        self.guarded(Operation::AddTempRoot, |this| {
            while paths.peek().is_some() {
                let mut count = 0;
                for path in paths.by_ref().take(AT_ONCE) {
                    this.output.number(Operation::AddTempRoot as u64).text(path.as_str());
                    count += 1;
                }
                this.output.flush()?;
                let mut refused = None;
                for _ in 0..count {
                    match crate::log::messages(&mut this.input, this.version, &mut this.log) {
                        Ok(()) => done(&mut this.input, this.version)?,
                        // The answers to the others follow.
                        Err(error @ DaemonError::Remote(_)) => refused = Some(error),
                        Err(error) => return Err(error),
                    }
                }
                refused.map_or(Ok(()), Err)?;
            }
            Ok(())
        })
    }

    /// Makes the target of a symbolic link outside the store, an absolute path, a root for as long as the link is there.
    ///
    /// # Errors
    /// Those of reading.
    pub fn add_indirect_root(&mut self, link: &str) -> Result<(), DaemonError> {
        let request = |output: &mut Output| {
            output.text(link);
        };
        self.ask(Operation::AddIndirectRoot, request, done)
    }

    /// Has the daemon make the link as well, with its own rights; only for users that it trusts. Returns where the link is.
    ///
    /// # Errors
    /// Those of reading, and [`DaemonError::NeedsNewer`] before 1.36.
    pub fn add_perm_root(&mut self, path: &StorePath, link: &str) -> Result<String, DaemonError> {
        self.needs("links that the daemon makes", 36)?;
        let request = |output: &mut Output| {
            output.text(path.as_str()).text(link);
        };
        self.ask(Operation::AddPermRoot, request, |input, _| input.text())
    }
}

/// Building; errors as for questions. Nothing limits how long a build takes but [`crate::ShutdownHandle`].
impl Connection {
    /// Fetches a path from a substituter unless it is there.
    ///
    /// # Errors
    /// Those of reading.
    pub fn ensure_path(&mut self, path: &StorePath) -> Result<(), DaemonError> {
        let request = |output: &mut Output| {
            output.text(path.as_str());
        };
        self.ask(Operation::EnsurePath, request, done)
    }

    /// Builds or fetches targets; that one failed is an error, [`DaemonError::Remote`].
    ///
    /// # Errors
    /// Those of reading, and [`DaemonError::NeedsNewer`] for a derivation's file.
    pub fn build_paths(&mut self, targets: &[Target], mode: BuildMode) -> Result<(), DaemonError> {
        let targets = self.target_texts(targets)?;
        let request = |output: &mut Output| {
            output.texts(targets.iter().map(String::as_str)).number(mode as u64);
        };
        self.ask(Operation::BuildPaths, request, done)
    }

    /// Builds or fetches targets, and says of each in their order what became of it.
    ///
    /// # Errors
    /// Those of reading, and [`DaemonError::NeedsNewer`] before 1.34.
    pub fn build_paths_with_results(
        &mut self,
        targets: &[Target],
        mode: BuildMode,
    ) -> Result<Vec<BuildResult>, DaemonError> {
        self.needs("results of builds", 34)?;
        let texts = self.target_texts(targets)?;
        let request = |output: &mut Output| {
            output.texts(texts.iter().map(String::as_str)).number(mode as u64);
        };
        self.ask(Operation::BuildPathsWithResults, request, |input, version| {
            let actual = input.list()?;
            if actual != targets.len() {
                return Err(input.malformed(Malformed::Results { expected: targets.len(), actual }));
            }
            // They come in the order of the request, or sorted; each names its target.
            let mut results = BTreeMap::new();
            for _ in 0..actual {
                let text = input.text()?;
                results.insert(text, BuildResult::read(input, version)?);
            }
            let find = |text: &String| {
                let result = results.get(text).cloned();
                result
                    .ok_or_else(|| input.malformed(Malformed::Results { expected: texts.len(), actual: results.len() }))
            };
            texts.iter().map(find).collect()
        })
    }

    fn target_texts(&self, targets: &[Target]) -> Result<Vec<String>, DaemonError> {
        let text = |target: &Target| {
            if matches!(target, Target::Path(path) if path.is_derivation()) {
                self.needs("files of derivations as targets", 30)?;
            }
            Ok(target.to_wire(self.version))
        };
        targets.iter().map(text).collect()
    }
}

/// Paths that must be among those that were asked for.
fn subset(input: &mut Input, asked: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>, DaemonError> {
    let paths = input.store_paths()?;
    match paths.iter().find(|path| !asked.contains(*path)) {
        Some(path) => Err(input.malformed(Malformed::NotAsked(path.to_string()))),
        None => Ok(paths),
    }
}
