//! Findings: what a rule reports, and the edits that would mend it.

use crate::Span;

/// How bad a finding is; ordered from least to most severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably a mistake.
    Warning,
    /// A container that will not build, not start, or is insecure.
    Error,
}

impl Severity {
    /// The lower-case word used in every output format.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It follows from knowledge about packages that is not part of the evaluation (for instance which
    /// package has `bin/curl`).
    High,
    /// It follows from the evaluated values alone.
    Certain,
}

impl Confidence {
    /// The lower-case word used in every output format.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::High => "high",
            Confidence::Certain => "certain",
        }
    }
}

/// A place with a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// Whether a fix can be applied without looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixSafety {
    /// The meaning of the program stays as it is, but for the flaw.
    Safe,
    /// Someone has to look at the result.
    Unsafe,
}

/// One replacement of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// Edits that mend a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the edits do, as an imperative.
    pub message: String,
    /// Whether they may be applied without looking.
    pub safety: FixSafety,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}

/// What a rule reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, such as `CFG001`.
    pub code: &'static str,
    /// Kebab-case name, such as `root-user`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// One sentence without a final full stop.
    pub message: String,
    /// Attribute path of what is affected, such as `packages.x86_64-linux.container-backend.config.User`.
    pub attr: String,
    /// The place in the user's own files that caused it.
    pub primary: Option<Label>,
    /// Other places that matter: the definition, the call.
    pub related: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// Edits that would mend it.
    pub fix: Option<Fix>,
}
