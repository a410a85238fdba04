//! Everything, for programs. The same input gives the same bytes; nothing names this machine.

use super::escape::is_hidden;
use crate::names::FileNames;
use crate::pages;
use crate::report::Report;
use bt_diag::{Confidence, Diagnostic, Finding, Fix, FixSafety, Severity, SourceMap, Span};
use bt_rules::Suppressed;
use serde::Serialize;

/// The version of the format; it changes when something that was there is gone or means something else.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    /// What rules took for today.
    date: &'r str,
    findings: Vec<JsonFinding<'r>>,
    /// What was found and is ignored.
    suppressed: Vec<JsonSuppressed<'r>>,
    /// Only with a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<JsonBaseline>,
    images: Vec<JsonImage<'r>>,
    compose: Vec<JsonCompose<'r>>,
    incomplete: Vec<JsonIncomplete<'r>>,
    notices: &'r [String],
}

#[derive(Serialize)]
struct JsonBaseline {
    /// How many findings are known, and so not listed.
    known: usize,
    /// How many known ones do not occur any more.
    gone: usize,
}

#[derive(Serialize)]
struct JsonFinding<'r> {
    code: &'r str,
    name: &'r str,
    severity: &'static str,
    confidence: &'static str,
    message: &'r str,
    attr: &'r str,
    locations: Vec<JsonLocation>,
    help: Option<&'r str>,
    /// The page about the rule.
    url: Option<String>,
    fix: Option<JsonFix<'r>>,
}

#[derive(Serialize)]
struct JsonSuppressed<'r> {
    #[serde(flatten)]
    finding: JsonFinding<'r>,
    suppression: JsonSuppression<'r>,
}

/// Why a finding is ignored: `inSource` is a remark, as in SARIF.
#[derive(Serialize)]
struct JsonSuppression<'r> {
    kind: &'static str,
    reason: Option<&'r str>,
    locations: Vec<JsonLocation>,
}

#[derive(Serialize)]
struct JsonLocation {
    role: &'static str,
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct JsonFix<'r> {
    message: &'r str,
    safety: &'static str,
    edits: Vec<JsonEdit<'r>>,
}

#[derive(Serialize)]
struct JsonEdit<'r> {
    file: String,
    start: JsonPosition,
    end: JsonPosition,
    text: &'r str,
}

#[derive(Serialize)]
struct JsonPosition {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct JsonImage<'r> {
    attr: &'r str,
    name: Option<&'r str>,
    tag: Option<&'r str>,
    builder: &'r str,
}

#[derive(Serialize)]
struct JsonCompose<'r> {
    attr: &'r str,
    services: &'r [String],
}

#[derive(Serialize)]
struct JsonIncomplete<'r> {
    attr: &'r str,
    message: &'r str,
    locations: Vec<JsonLocation>,
    help: Option<&'r str>,
}

/// The whole report, ending in a line break.
pub fn render(report: &Report, sources: &SourceMap) -> String {
    let places = Resolver { sources, names: FileNames::from_root(&report.places) };
    let images = report.images.iter().map(|image| JsonImage {
        attr: &image.attr,
        name: image.name.as_deref(),
        tag: image.tag.as_deref(),
        builder: &image.builder,
    });
    let compose = report.compose.iter().map(|file| JsonCompose { attr: &file.attr, services: &file.services });
    let incomplete = report.incomplete.iter().map(|part| JsonIncomplete {
        attr: &part.attr,
        message: &part.diagnostic.message,
        locations: places.of_diagnostic(&part.diagnostic),
        help: part.diagnostic.help.as_deref(),
    });
    to_text(&Document {
        version: VERSION,
        date: &report.date,
        findings: report.findings.iter().map(|finding| places.finding(finding)).collect(),
        suppressed: report.suppressed.iter().map(|suppressed| places.suppressed(suppressed)).collect(),
        baseline: report.has_baseline.then_some(JsonBaseline { known: report.baselined.len(), gone: report.gone }),
        images: images.collect(),
        compose: compose.collect(),
        incomplete: incomplete.collect(),
        notices: &report.notices,
    })
}

/// Indented JSON, ending in a line break, without any character that acts on a terminal.
pub fn to_text(value: &impl Serialize) -> String {
    // Strings, numbers, lists and structures can always be serialized.
    let mut json = serde_json::to_string_pretty(value).unwrap_or_default();
    if !json.chars().any(|c| c != '\n' && is_hidden(c)) {
        json.push('\n');
        return json;
    }
    let mut text = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        // What JSON allows as it is: DEL, C1 controls, marks that change the direction of text. They stand in strings
        // only; line breaks stand between values only. All are in the basic plane.
        if c != '\n' && is_hidden(c) {
            text.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}

struct Resolver<'r> {
    sources: &'r SourceMap,
    names: FileNames<'r>,
}

impl<'r> Resolver<'r> {
    fn finding(&self, finding: &'r Finding) -> JsonFinding<'r> {
        let primary = finding.primary.iter().map(|label| ("primary", label.span));
        let related = finding.related.iter().map(|label| ("related", label.span));
        JsonFinding {
            code: finding.code,
            name: finding.name,
            severity: Severity::as_str(finding.severity),
            confidence: Confidence::as_str(finding.confidence),
            message: &finding.message,
            attr: &finding.attr,
            locations: primary.chain(related).filter_map(|(role, span)| self.location(role, span)).collect(),
            help: finding.help.as_deref(),
            url: pages::address(finding.code),
            fix: finding.fix.as_ref().and_then(|fix| self.fix(fix)),
        }
    }

    fn suppressed(&self, suppressed: &'r Suppressed) -> JsonSuppressed<'r> {
        let suppression = JsonSuppression {
            kind: "inSource",
            reason: suppressed.reason.as_deref(),
            locations: self.location("primary", suppressed.remark).into_iter().collect(),
        };
        JsonSuppressed { finding: self.finding(&suppressed.finding), suppression }
    }

    /// A fix whose edits have a place; half of a fix is none.
    fn fix(&self, fix: &'r Fix) -> Option<JsonFix<'r>> {
        let edits = fix.edits.iter().map(|edit| {
            let at = self.location("", edit.span)?;
            let start = JsonPosition { line: at.line, column: at.column };
            let end = JsonPosition { line: at.end_line, column: at.end_column };
            Some(JsonEdit { file: at.file, start, end, text: &edit.text })
        });
        let safety = match fix.safety {
            FixSafety::Safe => "safe",
            FixSafety::Unsafe => "unsafe",
        };
        Some(JsonFix { message: &fix.message, safety, edits: edits.collect::<Option<_>>()? })
    }

    fn of_diagnostic(&self, diagnostic: &Diagnostic) -> Vec<JsonLocation> {
        let primary = diagnostic.span.iter().map(|span| ("primary", *span));
        let related = diagnostic.trace.iter().map(|label| ("related", label.span));
        primary.chain(related).filter_map(|(role, span)| self.location(role, span)).collect()
    }

    fn location(&self, role: &'static str, span: Span) -> Option<JsonLocation> {
        let at = self.sources.locate(span)?;
        Some(JsonLocation {
            role,
            file: self.names.name(at.file.place()),
            line: at.start.line,
            column: at.start.column,
            end_line: at.end.line,
            end_column: at.end.column,
        })
    }
}

#[cfg(test)]
mod tests;
