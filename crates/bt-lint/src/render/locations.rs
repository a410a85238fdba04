//! Where findings are, for formats that programs read: one place for each finding, named as the checkout names it.

use super::escape;
use crate::names::FileNames;
use bt_diag::{Finding, SourceMap, Span};
use bt_store::{Hash, HashAlgorithm};
use std::collections::BTreeMap;

/// A range of a file; lines and columns count from 1, columns in characters, the end is exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// Where a span is; `None` when that is no file of the checkout.
pub(super) fn range(span: Span, sources: &SourceMap, names: &FileNames<'_>) -> Option<Range> {
    let at = sources.locate(span)?;
    let file = names.name(at.file.place());
    // `<nixpkgs-model>/…` and `«string»` are nothing that could be opened.
    if file.starts_with(['<', '«', '/']) {
        return None;
    }
    Some(Range {
        file: escape::line(&file).into_owned(),
        line: at.start.line,
        column: at.start.column,
        end_line: at.end.line,
        end_column: at.end.column,
    })
}

/// Where a finding is; the start of the flake when it has no place.
pub(super) fn place(finding: &Finding, sources: &SourceMap, names: &FileNames<'_>) -> Range {
    let found = finding.primary.as_ref().and_then(|label| range(label.span, sources, names));
    found.unwrap_or_else(|| Range { file: names.flake(), line: 1, column: 1, end_line: 1, end_column: 1 })
}

/// The file that a finding is in.
pub(crate) fn finding_file(finding: &Finding, sources: &SourceMap, names: &FileNames<'_>) -> String {
    place(finding, sources, names).file
}

/// Names for findings that stay the same when lines move: hashes of what was found where, without line numbers. Findings
/// that are alike are counted.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    seen: BTreeMap<String, u32>,
}

impl Fingerprints {
    /// 32 hexadecimal digits.
    pub fn of(&mut self, finding: &Finding, file: &str) -> String {
        let what = [finding.code, &finding.attr, file, &finding.message].join("\0");
        let count = self.seen.entry(what.clone()).or_default();
        *count += 1;
        let text = format!("{what}\0{count}");
        let mut hex = Hash::digest(HashAlgorithm::Sha256, text.as_bytes()).to_base16();
        hex.truncate(32);
        hex
    }
}
