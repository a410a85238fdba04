//! Source files, spans, diagnostics and fixes: plain data that every layer shares.
//!
//! - [`Span`] is a byte range in one global position space, in which [`SourceMap`] gives each file its part;
//! - [`Finding`] is what a rule reports, [`Diagnostic`] what an error becomes; renderers turn both into text.

mod finding;
mod source;
pub mod suggest;

pub use finding::{Confidence, Edit, Finding, Fix, FixSafety, Label, Severity};
pub use source::{Location, Position, SourceFile, SourceMap, Span};

/// An error for people: what went wrong, where, how it came to that, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// One sentence without a final full stop, in Nix's terms.
    pub message: String,
    /// The place, where one is known.
    pub span: Option<Span>,
    /// Places on the way to the error, innermost first.
    pub trace: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic that has only a message.
    pub fn new(message: impl Into<String>) -> Self {
        Diagnostic { message: message.into(), span: None, trace: Vec::new(), help: None }
    }

    /// The same diagnostic with a place.
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same diagnostic with advice.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
