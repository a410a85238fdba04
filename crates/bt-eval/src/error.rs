//! Evaluation errors: one pointer wide, with a span that whoever knows it fills in, and a trace made on the error path.

use bt_diag::{Diagnostic, Label, Span};

/// What kind of error; programs can catch only `Throw` and `Assertion` (`builtins.tryEval`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// `throw`
    Throw,
    /// `assert` that does not hold.
    Assertion,
    /// `abort`
    Abort,
    /// A value of the wrong type.
    Type,
    /// A variable that no scope has.
    UndefinedVariable,
    /// An attribute that is not there.
    MissingAttribute,
    /// A value that needs itself.
    InfiniteRecursion,
    /// Depth, memory or time is used up.
    Limit,
    /// A file cannot be read.
    Io,
    /// A text that is not Nix.
    Syntax,
    /// A flake input that cannot be had.
    Unavailable,
    /// A build would be needed to go on.
    ImportFromDerivation,
    /// Something that pure evaluation refuses.
    Impure,
    /// Anything else.
    Other,
}

/// An evaluation error.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    span: Span,
    help: Option<String>,
    trace: Vec<Label>,
    related: Option<Label>,
}

/// How many frames of a trace are kept: enough to understand, not enough to drown in.
const MAX_TRACE: usize = 200;

impl Error {
    /// An error without a place.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            span: Span::NONE,
            help: None,
            trace: Vec::new(),
            related: None,
        }))
    }

    /// A type error: "expected a list but found a string".
    #[cold]
    pub fn expected(what: &str, found: crate::Value<'_>) -> Self {
        Error::new(ErrorKind::Type, format!("expected {what} but found {}", found.type_with_article()))
    }

    /// What kind of error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The place, where known.
    pub fn span(&self) -> Option<Span> {
        self.0.span.known()
    }

    /// Whether `builtins.tryEval` catches it.
    pub fn is_catchable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Throw | ErrorKind::Assertion)
    }

    /// Fills in the place, unless there is one already.
    #[cold]
    pub fn at(mut self, span: Span) -> Self {
        if self.0.span.is_none() {
            self.0.span = span;
        }
        self
    }

    /// Adds advice.
    #[cold]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds another place that matters to the message itself.
    #[cold]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.0.related = span.known().map(|span| Label { span, text: text.into() });
        self
    }

    /// Adds a step on the way to the error; the innermost comes first.
    #[cold]
    pub fn frame(mut self, span: Span, text: impl FnOnce() -> String) -> Self {
        if !span.is_none() && self.0.trace.len() < MAX_TRACE && self.0.trace.last().is_none_or(|f| f.span != span) {
            self.0.trace.push(Label { span, text: text() });
        }
        self
    }

    /// The same as plain data.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let mut trace: Vec<Label> = self.0.related.iter().cloned().collect();
        trace.extend(self.0.trace.iter().cloned());
        Diagnostic { message: self.0.message.clone(), span: self.span(), trace, help: self.0.help.clone() }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// Gives a result's error a place.
pub trait At {
    /// Fills in the place of the error, unless it has one.
    fn at(self, span: Span) -> Self;
}

impl<T> At for Result<T, Error> {
    #[inline]
    fn at(self, span: Span) -> Self {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(error.at(span)),
        }
    }
}
