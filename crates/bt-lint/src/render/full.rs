//! Findings for people: what is wrong, the source around it, and what to do.

use super::excerpt::Excerpt;
use super::{escape, paint};
use crate::names::FileNames;
use crate::pages;
use crate::report::Report;
use crate::surroundings::Style;
use bt_diag::{Finding, FixSafety, Severity, SourceMap};
use bt_rules::Secrets;
use std::fmt;

/// How many other places of a finding are shown, unless all are asked for.
const MAX_RELATED: usize = 6;

/// All findings, a blank line after each.
pub fn render(report: &Report, sources: &SourceMap, names: &FileNames<'_>, style: Style, all_places: bool) -> String {
    let handler = paint::handler(style);
    let mut out = String::new();
    for finding in &report.findings {
        let shown = Shown::new(finding, (sources, &report.secrets), names, style, all_places);
        // Writing to a string cannot fail, and every label is within the excerpt.
        let mut excerpt = String::new();
        let _ = handler.render_report(&mut excerpt, &shown);
        out.push_str(&paint::marks(excerpt, style));
        out.push_str(&fields(finding, all_places, style));
        out.push('\n');
    }
    out
}

/// The lines below the excerpt.
fn fields(finding: &Finding, all_places: bool, style: Style) -> String {
    let mut out = String::new();
    let hidden = finding.related.len().saturating_sub(MAX_RELATED);
    if hidden > 0 && !all_places {
        let places = if hidden == 1 { "place" } else { "places" };
        out.push_str(&paint::field("more", &format!("{hidden} other {places}, shown by --show-trace"), style));
    }
    if let Some(help) = &finding.help {
        out.push_str(&paint::field("help", &escape::lines(help), style));
    }
    if let Some(fix) = &finding.fix {
        let safety = match fix.safety {
            FixSafety::Safe => "safe",
            FixSafety::Unsafe => "to be reviewed",
        };
        out.push_str(&paint::field("fix", &format!("{} ({safety})", escape::line(&fix.message)), style));
    }
    if !finding.attr.is_empty() {
        out.push_str(&paint::field("attr", &escape::line(&finding.attr), style));
    }
    if bt_rules::find(finding.code).is_some() {
        out.push_str(&paint::field("rule", &format!("bt-lint rule {}", finding.name), style));
    }
    out
}

/// A finding as miette wants it.
#[derive(Debug)]
struct Shown<'f> {
    finding: &'f Finding,
    message: String,
    code: String,
    excerpt: Excerpt,
}

impl<'f> Shown<'f> {
    fn new(
        finding: &'f Finding,
        sources: (&SourceMap, &Secrets),
        names: &FileNames<'_>,
        style: Style,
        all_places: bool,
    ) -> Self {
        let related = if all_places { finding.related.len() } else { MAX_RELATED };
        let labels = finding.primary.iter().chain(finding.related.iter().take(related));
        let excerpt = Excerpt::new(sources, names, style.width, labels);
        let code = format!("{} {} {}", finding.severity.as_str(), finding.code, finding.name);
        let code = paint::link(&code, pages::address(finding.code).as_deref(), style);
        let message = escape::lines(&finding.message);
        Shown { finding, message: paint::words(&message, style).into_owned(), code, excerpt }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        (!self.excerpt.is_empty()).then(|| Box::new(self.excerpt.labels()) as Box<_>)
    }
}

#[cfg(test)]
mod tests;
