//! Configuration files: `bt-lint.toml` or `.bt-lint.toml`.
//!
//! - [`find`]: which file counts;
//! - `keys`: the table of all keys, which everything else follows;
//! - `read`: from text to a [`Configuration`], with every mistake at its place;
//! - [`effective`]: what counts in the end: command line before configuration before default;
//! - [`schema`] and [`show`]: what `bt-lint config` prints; [`starter`]: what `bt-lint init` writes.

pub mod effective;
pub mod find;
mod keys;
mod read;
pub mod schema;
pub mod show;
pub mod starter;

use crate::cli::{FailOn, Format};
use crate::names::{FileNames, Places};
use crate::request::{ClosureSource, Nixpkgs};
use bt_diag::glob::Glob;
use bt_diag::{Diagnostic, Severity, SourceMap};
use bt_rules::Options;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

pub use effective::Effective;

/// What a configuration file says; without one, what counts by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Configuration {
    /// The file, absolute.
    pub path: Option<PathBuf>,
    /// Codes of the only rules that are on.
    pub select: Option<Vec<&'static str>>,
    /// Codes of rules that are on too.
    pub extend_select: Vec<&'static str>,
    /// Codes of rules that are off.
    pub ignore: Vec<&'static str>,
    /// Codes of rules, whether they were named alone, and how bad their findings are.
    pub severity: Vec<(&'static str, bool, Severity)>,
    /// Patterns for files, from the directory of the configuration, and codes of rules that are ignored there.
    pub per_file_ignores: Vec<(Glob, Vec<&'static str>)>,
    /// The least severity that makes the exit code 1.
    pub fail_on: Option<FailOn>,
    /// How findings are printed.
    pub format: Option<Format>,
    /// Only these outputs.
    pub outputs: Vec<Glob>,
    /// Not these outputs.
    pub exclude_outputs: Vec<Glob>,
    /// Which nixpkgs.
    pub nixpkgs: Option<Nixpkgs>,
    /// Who is asked what realised packages refer to.
    pub closures: Option<ClosureSource>,
    /// The system whose outputs are looked at.
    pub system: Option<String>,
    /// The file of known findings, from the directory of the configuration.
    pub baseline: Option<String>,
    /// Options of rules.
    pub options: Options,
    /// Codes of rules that have options.
    pub configured: Vec<&'static str>,
    /// Every key that is given.
    pub said: Vec<Said>,
}

/// A key that is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// As TOML has it, such as `rules.stale-nixpkgs.max-age`.
    pub key: String,
    /// Its value.
    pub value: Json,
    /// The line of its name.
    pub line: u32,
}

/// Which configuration file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The nearest.
    Nearest,
    /// A file that is named.
    File(&'a str),
    /// None.
    Nothing,
}

impl Configuration {
    /// Reads the configuration for a flake's directory, both paths absolute.
    ///
    /// Errors: all mistakes in the file, or why it cannot be read.
    pub fn load(
        wanted: Wanted<'_>,
        flake: &Path,
        current_directory: &str,
        sources: &SourceMap,
    ) -> Result<Configuration, Vec<Diagnostic>> {
        let (path, is_named) = match wanted {
            Wanted::Nothing => return Ok(Configuration::default()),
            Wanted::File(name) => (Path::new(current_directory).join(name), true),
            Wanted::Nearest => match find::find(flake).map_err(|error| vec![error])? {
                Some(path) => (path, false),
                None => return Ok(Configuration::default()),
            },
        };
        let shown = match wanted {
            Wanted::File(name) => name.to_string(),
            _ => shown(&path, current_directory),
        };
        let file = find::source(&path, &shown, is_named, sources).map_err(|error| vec![error])?;
        let configuration = read::read(&file)?;
        // Names of findings' files have no links in them.
        let directory = path.parent().and_then(|directory| directory.canonicalize().ok());
        let path = match (directory, path.file_name()) {
            (Some(directory), Some(name)) => directory.join(name),
            _ => path,
        };
        Ok(Configuration { path: Some(path), ..configuration })
    }

    /// The directory that paths in the file start from.
    pub fn directory(&self) -> Option<&Path> {
        self.path.as_deref().and_then(Path::parent)
    }
}

/// A file's name, for people in a directory.
pub(crate) fn shown(path: &Path, current_directory: &str) -> String {
    FileNames::from_directory(&Places::default(), current_directory).name(&path.to_string_lossy())
}
