//! Findings over texts in memory, for tests.

use crate::names::{FileNames, Places};
use crate::report::Report;
use crate::surroundings::Style;
use bt_diag::{Confidence, Diagnostic, Finding, Label, Severity, SourceFile, SourceMap, Span};
use std::ops::Range;
use std::rc::Rc;

pub(crate) struct Fixture {
    pub(crate) sources: SourceMap,
    pub(crate) file: Rc<SourceFile>,
    pub(crate) places: Places,
}

impl Fixture {
    /// A flake at `/flake` with one file.
    pub(crate) fn new(text: &str) -> Fixture {
        let sources = SourceMap::new();
        let file = sources.add("/flake/flake.nix", text.into()).unwrap();
        Fixture { sources, file, places: Places { root: "/flake".into(), origins: Vec::new() } }
    }

    pub(crate) fn add(&self, path: &str, text: &str) -> Rc<SourceFile> {
        self.sources.add(path, text.into()).unwrap()
    }

    /// Where a part of the text is.
    pub(crate) fn find(&self, part: &str) -> Range<usize> {
        let start = self.file.text.find(part).unwrap();
        start..start + part.len()
    }

    pub(crate) fn label(&self, range: Range<usize>, text: &str) -> Label {
        Label { span: self.file.span(range), text: text.into() }
    }

    pub(crate) fn finding(&self, range: Range<usize>, label: &str) -> Finding {
        Finding {
            code: "CFG001",
            name: "root-user",
            severity: Severity::Error,
            confidence: Confidence::Certain,
            message: "image `app` runs as root".into(),
            attr: "packages.x86_64-linux.app.config".into(),
            primary: Some(self.label(range, label)),
            related: Vec::new(),
            help: None,
            fix: None,
        }
    }

    pub(crate) fn report(&self, findings: Vec<Finding>) -> Report {
        Report { places: self.places.clone(), findings, ..Report::default() }
    }

    pub(crate) fn full(&self, finding: Finding) -> String {
        self.full_with(finding, Style { width: 80, ..Style::PLAIN })
    }

    pub(crate) fn full_with(&self, finding: Finding, style: Style) -> String {
        let names = FileNames::from_root(&self.places);
        super::full::render(&self.report(vec![finding]), &self.sources, &names, style, false)
    }

    pub(crate) fn concise(&self, findings: Vec<Finding>) -> String {
        super::concise::render(&self.report(findings), &self.sources, &FileNames::from_root(&self.places))
    }

    pub(crate) fn diagnostic(&self, diagnostic: &Diagnostic, show_trace: bool) -> String {
        let names = FileNames::from_root(&self.places);
        super::diagnostic::render(diagnostic, &self.sources, &names, Style { width: 80, ..Style::PLAIN }, show_trace)
    }
}

/// A finding that has no place.
pub(crate) fn nowhere(finding: Finding) -> Finding {
    Finding { primary: None, ..finding }
}

/// A span that is in no file.
pub(crate) const OUTSIDE: Span = Span { start: 4_000_000_000, end: 4_000_000_001 };
