//! Settings that a client may ask a daemon to use.

use std::collections::BTreeMap;

/// What a daemon uses for this connection instead of its own configuration. All of it is sent at once, so there is no way to
/// leave the number of jobs or cores to the daemon: who has nothing to say about them does not send settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Keeps the directories of failed builds.
    pub keep_failed: bool,
    /// Builds what can be built when something failed.
    pub keep_going: bool,
    /// Builds what a substituter failed to deliver.
    pub try_fallback: bool,
    /// How much the daemon tells: 0 errors only, 3 what is of interest, 7 everything.
    pub verbosity: u64,
    /// How many builds run at once; 0 leaves all to remote builders.
    pub max_build_jobs: u64,
    /// After how many seconds without output a build fails; 0 for never.
    pub max_silent_time: u64,
    /// How many cores a build may use; 0 for all.
    pub build_cores: u64,
    /// Whether substituters are asked.
    pub use_substitutes: bool,
    /// Settings by name, as in nix.conf. Of users whom the daemon does not trust it ignores most.
    pub overrides: BTreeMap<String, String>,
}

impl Default for Settings {
    /// The defaults of Nix.
    fn default() -> Self {
        Self {
            keep_failed: false,
            keep_going: false,
            try_fallback: false,
            verbosity: 3,
            max_build_jobs: 1,
            max_silent_time: 0,
            build_cores: 0,
            use_substitutes: true,
            overrides: BTreeMap::new(),
        }
    }
}
