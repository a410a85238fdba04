//! What a check found out.

use crate::names::{FileNames, Places};
use bt_container::{Cause, Incomplete};
use bt_diag::{Confidence, Diagnostic, Finding, Fix, Severity, SourceMap};
use bt_rules::{Secrets, Suppressed};
use std::borrow::Cow;
use std::time::Duration;

/// Code of the finding that stands for a part that could not be evaluated.
pub const INCOMPLETE_CODE: &str = "BTL004";

/// Name of the finding that stands for a part that could not be evaluated.
pub const INCOMPLETE_NAME: &str = "incomplete-analysis";

/// An image, for the list of what was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSummary {
    /// Attribute path.
    pub attr: String,
    /// Evaluated name, where known.
    pub name: Option<String>,
    /// Evaluated tag, where known.
    pub tag: Option<String>,
    /// The function that makes it, such as `buildLayeredImage`.
    pub builder: String,
}

/// A compose file, for the list of what was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeSummary {
    /// Attribute path.
    pub attr: String,
    /// Names of its services.
    pub services: Vec<String>,
}

/// The result of a check.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Where the files are that findings name.
    pub places: Places,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What was found and is ignored because remarks in the flake's files say so.
    pub suppressed: Vec<Suppressed>,
    /// What is wrong and known: in the baseline.
    pub baselined: Vec<Finding>,
    /// Whether there is a baseline.
    pub has_baseline: bool,
    /// How many findings of the baseline do not occur any more.
    pub gone: usize,
    /// The images that were checked.
    pub images: Vec<ImageSummary>,
    /// The compose files that were checked.
    pub compose: Vec<ComposeSummary>,
    /// What could not be evaluated; each is also a finding [`INCOMPLETE_CODE`].
    pub incomplete: Vec<Incomplete>,
    /// What people should know of how the result came about, such as which stand-in for nixpkgs was used.
    pub notices: Vec<String>,
    /// What no report may show.
    pub secrets: Secrets,
    /// Whether something that should have been checked was not, and the user has not said that this is all right.
    pub unchecked: bool,
    /// The day that rules took for today, such as `2026-10-01`.
    pub date: String,
    /// How long it took. Shown on standard error only: results are the same for the same input.
    pub elapsed: Duration,
}

impl Report {
    /// The report on a flake that could not be loaded: nothing was found, and it does not look like success.
    pub fn of_failure(diagnostic: Diagnostic, places: Places) -> Report {
        let finding = Finding {
            code: INCOMPLETE_CODE,
            name: INCOMPLETE_NAME,
            severity: Severity::Error,
            confidence: Confidence::Certain,
            message: diagnostic.message.clone(),
            attr: String::new(),
            primary: diagnostic.span.map(|span| bt_diag::Label { span, text: String::new() }),
            related: diagnostic.telling_steps().cloned().collect(),
            help: diagnostic.help.clone(),
            fix: None,
        };
        let incomplete = vec![Incomplete { attr: String::new(), diagnostic, cause: Cause::Error }];
        Report { places, findings: vec![finding], incomplete, ..Report::default() }
    }

    /// Adds what was found in another flake. Files are then named from the nearest directory that holds both.
    pub fn merge(&mut self, other: Report) {
        self.places.merge(other.places);
        self.findings.extend(other.findings);
        self.suppressed.extend(other.suppressed);
        self.baselined.extend(other.baselined);
        self.has_baseline |= other.has_baseline;
        self.gone += other.gone;
        self.images.extend(other.images);
        self.compose.extend(other.compose);
        self.incomplete.extend(other.incomplete);
        self.unchecked |= other.unchecked;
        self.secrets.merge(other.secrets);
        for notice in other.notices {
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
        }
        self.elapsed += other.elapsed;
    }

    /// Takes secrets out of all that is said. What fixes write stays, see [`Report::without_telling_fixes`].
    pub fn hide_secrets(&mut self) {
        let hide = |text: &mut String| {
            if let Cow::Owned(hidden) = self.secrets.hide(text) {
                *text = hidden;
            }
        };
        let suppressed = self.suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
        for finding in self.findings.iter_mut().chain(&mut self.baselined).chain(suppressed) {
            hide(&mut finding.message);
            finding.help.iter_mut().for_each(hide);
            finding.primary.iter_mut().chain(&mut finding.related).for_each(|label| hide(&mut label.text));
        }
        for Incomplete { diagnostic, .. } in &mut self.incomplete {
            [&mut diagnostic.message, &mut diagnostic.label].into_iter().chain(&mut diagnostic.help).for_each(hide);
            diagnostic.trace.iter_mut().for_each(|label| hide(&mut label.text));
        }
        self.notices.iter_mut().for_each(hide);
    }

    /// Takes out the fixes whose text holds a secret: what is shown is not what would have to be written.
    pub fn without_telling_fixes(mut self) -> Report {
        let suppressed = self.suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
        for finding in self.findings.iter_mut().chain(&mut self.baselined).chain(suppressed) {
            let tells = |fix: &Fix| fix.edits.iter().any(|edit| self.secrets.is_in_program(&edit.text));
            finding.fix.take_if(|fix| tells(fix));
        }
        self
    }

    /// Puts everything in the order in which every format shows it, and removes what comes twice.
    pub fn sort(&mut self, sources: &SourceMap) {
        let names = FileNames::from_root(&self.places);
        let key = |finding: &Finding| {
            let place = finding.primary.as_ref().and_then(|label| sources.locate(label.span));
            let place = place.map(|at| (names.name(at.file.place()), at.start));
            (place, finding.code, finding.attr.clone(), finding.message.clone())
        };
        for findings in [&mut self.findings, &mut self.baselined] {
            findings.sort_by_cached_key(key);
            findings.dedup();
        }
        self.suppressed.sort_by_cached_key(|suppressed| key(&suppressed.finding));
        self.suppressed.dedup();
        self.images.sort_by(|a, b| a.attr.cmp(&b.attr));
        self.images.dedup();
        self.compose.sort_by(|a, b| a.attr.cmp(&b.attr));
        self.compose.dedup();
        self.incomplete.sort_by(|a, b| a.attr.cmp(&b.attr));
        self.incomplete.dedup();
    }

    /// How many findings are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether something that should have been checked was not.
    pub fn is_incomplete(&self) -> bool {
        let tells = |f: &Finding| f.code == INCOMPLETE_CODE || f.code == bt_rules::INTERNAL_ERROR_CODE;
        self.unchecked || self.findings.iter().any(tells)
    }
}
