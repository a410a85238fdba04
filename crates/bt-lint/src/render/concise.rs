//! One line for each finding, for editors: `file:line:column: severity CODE name: message`.

use super::escape;
use crate::names::FileNames;
use crate::report::Report;
use bt_diag::SourceMap;

/// All findings. One that has no place of its own is placed at the start of the flake, so that editors show it.
pub fn render(report: &Report, sources: &SourceMap, names: &FileNames<'_>) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let place = finding.primary.as_ref().and_then(|label| sources.locate(label.span));
        let (file, line, column) = match place {
            Some(at) => (names.name(at.file.place()), at.start.line, at.start.column),
            None => (names.flake(), 1, 1),
        };
        out.push_str(&format!(
            "{}:{line}:{column}: {} {} {}: {}\n",
            escape::line(&file),
            finding.severity.as_str(),
            finding.code,
            finding.name,
            escape::line(&finding.message),
        ));
    }
    out
}

#[cfg(test)]
mod tests;
