//! Source files, spans, diagnostics and fixes: plain data that every layer shares.
//!
//! - [`Span`] is a byte range in one global position space, in which [`SourceMap`] gives each file its part;
//! - [`Finding`] is what a rule reports, [`Diagnostic`] what an error becomes; renderers turn both into text.

mod finding;
pub mod glob;
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
    /// What is at the place, when the message does not say it.
    pub label: String,
    /// Places on the way to the error, innermost first.
    pub trace: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic that has only a message.
    pub fn new(message: impl Into<String>) -> Self {
        Diagnostic { message: message.into(), span: None, label: String::new(), trace: Vec::new(), help: None }
    }

    /// The same diagnostic with a place.
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same diagnostic with its place in a file that `is_own` accepts, when a step of the trace is in one: an error
    /// deep in a library is about what the user's own line asked of it. Places in files that `is_hidden` names are left
    /// out.
    pub fn focused(
        mut self,
        sources: &SourceMap,
        is_own: impl Fn(&str) -> bool,
        is_hidden: impl Fn(&str) -> bool,
    ) -> Self {
        let in_file =
            |span: Span, accept: &dyn Fn(&str) -> bool| sources.file_at(span.start).is_some_and(|f| accept(&f.path));
        self.trace.retain(|label| !in_file(label.span, &is_hidden));
        let outside = self.span.filter(|span| !in_file(*span, &is_own));
        if self.span.is_none() || outside.is_some() {
            self.label.clear();
            if let Some(own) = self.trace.iter().position(|label| in_file(label.span, &is_own)) {
                self.span = Some(self.trace.remove(own).span);
                if let Some(span) = outside.filter(|span| !in_file(*span, &is_hidden)) {
                    self.trace.insert(0, Label { span, text: "raised here".into() });
                }
            } else if outside.is_some_and(|span| in_file(span, &is_hidden)) {
                self.span = None;
            }
        }
        self
    }

    /// The steps of the trace that say something: those whose place is known and was not shown before.
    pub fn telling_steps(&self) -> impl Iterator<Item = &Label> {
        let mut shown: Vec<Span> = self.span.into_iter().collect();
        self.trace.iter().filter(move |label| {
            let is_new = !label.span.is_none() && !shown.contains(&label.span);
            if is_new {
                shown.push(label.span);
            }
            is_new
        })
    }

    /// The same diagnostic with advice.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
