//! What counts in the end: the command line before the configuration before the default.

use super::{Configuration, Wanted};
use crate::baseline::{Baseline, Baselines};
use crate::cli::{CheckArguments, FailOn};
use crate::report::{INCOMPLETE_CODE, Report};
use crate::request::{Nixpkgs, Outputs};
use crate::selection::{Layer, Selection};
use bt_diag::{Diagnostic, Finding, Severity, SourceMap};
use bt_rules::INTERNAL_ERROR_CODE;
use std::path::{Path, PathBuf};

/// What counts for one flake.
#[derive(Debug, Clone)]
pub struct Effective {
    /// What its configuration says.
    pub configuration: Configuration,
    /// Which rules are on.
    pub selection: Selection,
    /// The least severity that makes the exit code 1.
    pub fail_on: FailOn,
    /// The file of known findings, absolute.
    pub baseline: Option<PathBuf>,
}

impl Effective {
    /// What counts for a flake, given as on the command line.
    ///
    /// Errors: mistakes in the configuration, or on the command line.
    pub fn of(
        arguments: &CheckArguments,
        flake: &str,
        current_directory: &str,
        sources: &SourceMap,
    ) -> Result<Effective, Vec<Diagnostic>> {
        let given = &arguments.configuration;
        let wanted = match &given.config {
            _ if given.no_config => Wanted::Nothing,
            Some(file) => Wanted::File(file),
            None => Wanted::Nearest,
        };
        let directory = directory_of(flake, current_directory);
        let configuration = Configuration::load(wanted, &directory, current_directory, sources)?;
        let command_line = arguments.selection_layer().map_err(|message| vec![Diagnostic::new(message)])?;
        let in_configuration = || configuration.directory().zip(configuration.baseline.as_deref());
        let baseline = match &given.baseline {
            _ if given.no_baseline => None,
            Some(file) => Some(Path::new(current_directory).join(file)),
            None => in_configuration().map(|(directory, file)| directory.join(file)),
        };
        Ok(Effective {
            selection: selection(&configuration, command_line),
            fail_on: arguments.fail_on.or(configuration.fail_on).unwrap_or_default(),
            baseline,
            configuration,
        })
    }

    /// Which outputs are looked at.
    pub fn outputs(&self) -> Outputs {
        let Configuration { outputs, exclude_outputs, .. } = &self.configuration;
        Outputs { only: outputs.clone(), not: exclude_outputs.clone() }
    }

    /// Which nixpkgs, unless the command line says so.
    pub fn nixpkgs(&self, given: Option<Nixpkgs>) -> Nixpkgs {
        given.or(self.configuration.nixpkgs).unwrap_or_default()
    }

    /// The severity of a rule's findings, if it is set.
    pub fn severity(&self, code: &str) -> Option<Severity> {
        let severities = self.configuration.severity.iter();
        // Of several families the last counts, and a rule that is named counts more.
        severities
            .filter(|(c, ..)| *c == code)
            .max_by_key(|(_, is_named, _)| *is_named)
            .map(|(_, _, severity)| *severity)
    }

    /// Takes out what is ignored in its file, sets severities, and puts aside what is in the baseline, if that was read.
    pub fn apply(&self, report: &mut Report, sources: &SourceMap, known: &mut Baselines) {
        report.findings.retain(|finding| !self.is_ignored(finding, &report.places.root, sources));
        for finding in &mut report.findings {
            finding.severity = self.severity(finding.code).unwrap_or(finding.severity);
        }
        if let Some(path) = &self.baseline {
            Baseline::put_aside(path, report, sources, known);
        }
    }

    fn is_ignored(&self, finding: &Finding, root: &str, sources: &SourceMap) -> bool {
        if self.configuration.per_file_ignores.is_empty() || is_about_the_analysis(finding) {
            return false;
        }
        let located = finding.primary.as_ref().and_then(|label| sources.locate(label.span));
        let file = located.map_or_else(|| format!("{root}/flake.nix"), |at| at.file.place().to_string());
        let directory = self.configuration.directory();
        let Some(name) = directory.and_then(|directory| Path::new(&file).strip_prefix(directory).ok()) else {
            return false;
        };
        let name = name.to_string_lossy();
        let ignores = self.configuration.per_file_ignores.iter();
        ignores.filter(|(_, codes)| codes.contains(&finding.code)).any(|(glob, _)| glob.matches(&name))
    }
}

/// Whether a finding says that something could not be checked: what is not known cannot be ignored in a file.
pub(crate) fn is_about_the_analysis(finding: &Finding) -> bool {
    finding.code == INCOMPLETE_CODE || finding.code == INTERNAL_ERROR_CODE
}

/// A `--select` on the command line starts anew; else the command line adds to the configuration and takes from it.
fn selection(configuration: &Configuration, command_line: Layer) -> Selection {
    let configured = Layer { extend: configuration.configured.clone(), ..Layer::default() };
    let own = Layer {
        select: configuration.select.clone(),
        extend: configuration.extend_select.clone(),
        ignore: configuration.ignore.clone(),
    };
    Selection::layered(vec![configured, own, command_line])
}

/// The directory of a flake that is given as on the command line, without links; where that is not there, some
/// directory: the engine says what is wrong.
pub(crate) fn directory_of(flake: &str, current_directory: &str) -> PathBuf {
    let path = Path::new(current_directory).join(flake.strip_prefix("path:").unwrap_or(flake));
    let directory = if path.is_dir() { path } else { path.parent().map(Path::to_path_buf).unwrap_or_default() };
    directory.canonicalize().unwrap_or(directory)
}
