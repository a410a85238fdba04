//! Known findings: a file of fingerprints, so that only what is new is reported.
//!
//! A fingerprint has no line number, and files are named from the directory of the baseline, so it stays the same when
//! lines move and wherever bt-lint is started. What is alike is counted.

use crate::config::effective::is_about_the_analysis;
use crate::config::find;
use crate::names::FileNames;
use crate::output;
use crate::render::{Fingerprints, finding_file, json};
use crate::report::Report;
use bt_diag::{Diagnostic, Finding, SourceMap};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name of the file that `bt-lint init --baseline` writes.
pub const NAME: &str = "bt-lint-baseline.json";

/// The version of the format.
const VERSION: u32 = 1;

/// A larger file is no baseline.
const MAX_SIZE: u64 = 64 << 20;

/// Known findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    findings: Vec<Known>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    code: String,
    file: String,
    message: String,
    fingerprint: String,
    count: u32,
}

/// The baselines of a run: how many findings of each fingerprint are not met yet.
#[derive(Debug, Clone, Default)]
pub struct Baselines {
    open: BTreeMap<PathBuf, BTreeMap<String, u32>>,
}

impl Baselines {
    /// Reads a file, unless it was read before.
    ///
    /// Errors: it cannot be read, or is no baseline.
    pub fn read(&mut self, path: &Path) -> Result<(), Diagnostic> {
        if self.open.contains_key(path) {
            return Ok(());
        }
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for known in Baseline::read(path)?.findings {
            let count = counts.entry(known.fingerprint).or_default();
            *count = count.saturating_add(known.count);
        }
        self.open.insert(path.to_path_buf(), counts);
        Ok(())
    }

    /// How many known findings were not met.
    pub fn gone(&self) -> usize {
        self.open.values().flat_map(BTreeMap::values).map(|count| *count as usize).sum()
    }
}

impl Baseline {
    /// The findings of a report, for a file in a directory.
    pub fn of(report: &Report, sources: &SourceMap, directory: &Path) -> Baseline {
        let mut findings: Vec<Known> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let directory = resolved(directory);
        for finding in report.findings.iter().filter(|finding| !is_about_the_analysis(finding)) {
            let (file, fingerprint) = identity(finding, report, sources, &directory);
            match places.get(&fingerprint).and_then(|at| findings.get_mut(*at)) {
                Some(known) => known.count = known.count.saturating_add(1),
                None => {
                    places.insert(fingerprint.clone(), findings.len());
                    let (code, message) = (finding.code.to_string(), finding.message.clone());
                    findings.push(Known { code, file, message, fingerprint, count: 1 });
                }
            }
        }
        findings.sort_by(|a, b| (&a.file, &a.code, &a.fingerprint).cmp(&(&b.file, &b.code, &b.fingerprint)));
        Baseline { version: VERSION, findings }
    }

    /// How many findings there are.
    pub fn count(&self) -> usize {
        self.findings.iter().map(|known| known.count as usize).sum()
    }

    /// Writes the file whole or not at all.
    ///
    /// Errors: it cannot be written.
    pub fn write(&self, path: &Path, shown: &str) -> Result<(), Diagnostic> {
        let result = output::write_file(path, &json::to_text(self));
        result.map_err(|error| Diagnostic::new(format!("cannot write '{shown}': {error}")))
    }

    /// Reads a file.
    ///
    /// Errors: it cannot be read, or is no baseline.
    fn read(path: &Path) -> Result<Baseline, Diagnostic> {
        let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let help = "`bt-lint init --baseline` writes it";
        let text = find::text(path, &shown, MAX_SIZE, true).map_err(|error| error.with_help(help))?;
        let baseline: Baseline = serde_json::from_str(&text)
            .map_err(|error| Diagnostic::new(format!("'{shown}' is no baseline: {error}")).with_help(help))?;
        if baseline.version != VERSION {
            let message = format!("'{shown}' has version {}, but only {VERSION} is known", baseline.version);
            return Err(Diagnostic::new(message).with_help(help));
        }
        Ok(baseline)
    }

    /// Moves what a file, which was read, knows from a report's findings to its baselined ones.
    pub fn put_aside(path: &Path, report: &mut Report, sources: &SourceMap, known: &mut Baselines) {
        report.has_baseline = true;
        let Some(open) = known.open.get_mut(path) else { return };
        let directory = resolved(path.parent().unwrap_or(path));
        for finding in std::mem::take(&mut report.findings) {
            let (_, fingerprint) = identity(&finding, report, sources, &directory);
            match open.get_mut(&fingerprint).filter(|count| **count > 0) {
                Some(count) if !is_about_the_analysis(&finding) => {
                    *count -= 1;
                    report.baselined.push(finding);
                }
                _ => report.findings.push(finding),
            }
        }
    }
}

/// A directory without links, as findings' files are named.
fn resolved(directory: &Path) -> String {
    directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf()).to_string_lossy().into_owned()
}

/// The file of a finding, and its fingerprint.
fn identity(finding: &Finding, report: &Report, sources: &SourceMap, directory: &str) -> (String, String) {
    let names = FileNames::from_directory(&report.places, directory);
    let file = finding_file(finding, sources, &names);
    let fingerprint = Fingerprints::default().of(finding, &file);
    (file, fingerprint)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests are about real files")]
mod tests {
    use super::{Baseline, Baselines};
    use crate::render::fixtures::{Fixture, nowhere};
    use bt_diag::Finding;
    use std::path::Path;

    #[test]
    fn what_is_known_is_put_aside_and_counted() {
        let fixture = Fixture::new("user\nuser\nother\n");
        let alike = |range| fixture.finding(range, "");
        let other = || nowhere(Finding { message: "other".into(), ..fixture.finding(0..1, "") });
        let incomplete = || Finding { code: "BTL004", ..other() };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("b.json");
        let known = fixture.report(vec![alike(0..4), alike(5..9), incomplete()]);
        let baseline = Baseline::of(&known, &fixture.sources, directory.path());
        assert_eq!((baseline.count(), baseline.findings.len()), (2, 1));
        baseline.write(&path, "b.json").unwrap();
        assert_eq!(Baseline::read(&path).unwrap(), baseline);

        let mut baselines = Baselines::default();
        baselines.read(&path).unwrap();
        let mut report = fixture.report(vec![alike(0..4), alike(5..9), alike(10..12), other(), incomplete()]);
        Baseline::put_aside(&path, &mut report, &fixture.sources, &mut baselines);
        assert_eq!((report.findings.len(), report.baselined.len(), baselines.gone()), (3, 2, 0));

        let mut baselines = Baselines::default();
        baselines.read(&path).unwrap();
        let mut report = fixture.report(vec![alike(10..12)]);
        Baseline::put_aside(&path, &mut report, &fixture.sources, &mut baselines);
        assert_eq!((report.findings.len(), report.baselined.len(), baselines.gone()), (0, 1, 1));
    }

    #[test]
    fn what_is_no_baseline_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("b.json");
        let error = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Baseline::read(&path).unwrap_err().message
        };
        assert!(error("[").starts_with("'b.json' is no baseline: "));
        assert!(error("{\"version\":1,\"findings\":[],\"x\":1}").contains("unknown field `x`"));
        assert_eq!(error("{\"version\":2,\"findings\":[]}"), "'b.json' has version 2, but only 1 is known");
        assert!(Baseline::read(Path::new("/nowhere/b")).unwrap_err().message.starts_with("cannot read 'b'"));
    }
}
