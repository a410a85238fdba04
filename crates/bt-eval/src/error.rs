//! Evaluation errors: one pointer wide, with a span that whoever knows it fills in, and a trace made on the error path.

use bt_diag::{Diagnostic, Label, Span};
use std::collections::VecDeque;

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
    trace: Trace,
    related: Vec<Label>,
    recursion: Option<Recursion>,
    /// Identity of the value that the error is about.
    about: Option<(&'static str, u64)>,
}

/// How many of the innermost frames of a trace are kept: enough to understand, not enough to drown in.
const MAX_INNER: usize = 150;
/// How many of the outermost frames are kept.
const MAX_OUTER: usize = 50;
/// How many places of a cycle are kept.
const MAX_CYCLE: usize = 8;

/// The steps on the way to an error: the first and the last ones, innermost first.
#[derive(Debug, Default)]
struct Trace {
    inner: Vec<Frame>,
    outer: VecDeque<Frame>,
    omitted: usize,
}

/// A step, and how often it came again at once.
#[derive(Debug)]
struct Frame {
    label: Label,
    again: usize,
}

impl Trace {
    fn push(&mut self, label: Label) {
        if let Some(last) = self.last_mut()
            && last.label == label
        {
            last.again += 1;
            return;
        }
        let frame = Frame { label, again: 0 };
        if self.inner.len() < MAX_INNER {
            self.inner.push(frame);
            return;
        }
        if self.outer.len() == MAX_OUTER
            && let Some(frame) = self.outer.pop_front()
        {
            self.omitted += 1 + frame.again;
        }
        self.outer.push_back(frame);
    }

    fn last_mut(&mut self) -> Option<&mut Frame> {
        self.outer.back_mut().or(self.inner.last_mut())
    }

    fn labels(&self) -> Vec<Label> {
        let note = |text: String| Label { span: Span::NONE, text };
        let shown = |frame: &Frame| {
            let again = (frame.again > 0).then(|| note(format!("({} duplicate frames omitted)", frame.again)));
            std::iter::once(frame.label.clone()).chain(again)
        };
        let omitted = (self.omitted > 0).then(|| note(format!("({} frames omitted)", self.omitted)));
        self.inner.iter().flat_map(shown).chain(omitted).chain(self.outer.iter().flat_map(shown)).collect()
    }
}

/// A value that needs itself: what is known of the cycle while the error is on its way out of it.
#[derive(Debug)]
struct Recursion {
    /// Address of the cell that is needed again; 0 once the error has come out of its evaluation.
    cell: usize,
    /// Expressions of the cycle, innermost first, with what is bound to them.
    needs: Vec<(Span, Option<String>)>,
}

impl Error {
    /// An error without a place.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            span: Span::NONE,
            help: None,
            trace: Trace::default(),
            related: Vec::new(),
            recursion: None,
            about: None,
        }))
    }

    /// Remembers which value the error is about.
    pub(crate) fn about(mut self, identity: Option<(&'static str, u64)>) -> Self {
        self.0.about = identity;
        self
    }

    /// Which value the error is about; asked once.
    pub(crate) fn take_about(&mut self) -> Option<(&'static str, u64)> {
        self.0.about.take()
    }

    /// The error that the value of a cell needs itself.
    #[cold]
    pub(crate) fn recursion(cell: usize) -> Self {
        let mut error = Error::new(ErrorKind::InfiniteRecursion, "infinite recursion encountered");
        error.0.recursion = Some(Recursion { cell, needs: Vec::new() });
        error
    }

    /// Whether the error is on its way out of a cycle of values that need each other.
    pub(crate) fn is_in_cycle(&self) -> bool {
        self.0.recursion.as_ref().is_some_and(|recursion| recursion.cell != 0)
    }

    /// Notes that the error came out of a cell's expression. When that closes the cycle, the places in it are known:
    /// `find` finds a name in an expression.
    #[cold]
    pub(crate) fn leave_cell(
        mut self,
        cell: usize,
        span: Span,
        name: Option<String>,
        find: impl Fn(&str, Span) -> Option<Span>,
    ) -> Self {
        let Some(recursion) = &mut self.0.recursion else { return self };
        // A cell that only refers to another one is not written anywhere.
        if !span.is_none() {
            // In long cycles the last place is that of the cell itself.
            recursion.needs.truncate(MAX_CYCLE - 1);
            recursion.needs.push((span, name));
        }
        if recursion.cell != cell {
            return self;
        }
        recursion.cell = 0;
        let needs = std::mem::take(&mut recursion.needs);
        if needs.is_empty() {
            return self;
        }
        // What an expression needs is bound to the one before it in the list; the first needs the last.
        let needed = |i: usize| needs[if i == 0 { needs.len() - 1 } else { i - 1 }].1.as_deref();
        let places = |i: usize| needed(i).and_then(|name| find(name, needs[i].0));
        self.0.span = places(0).unwrap_or(needs[0].0);
        for (i, (span, own)) in needs.iter().enumerate() {
            let found = places(i);
            let place = found.unwrap_or(*span);
            let mut text = match (own, needed(i)) {
                (Some(own), Some(other)) if own == other => format!("'{own}' needs itself"),
                (Some(own), Some(other)) => format!("'{own}' needs '{other}'"),
                (None, Some(other)) => format!("'{other}' is needed"),
                (Some(own), None) => format!("'{own}' needs that"),
                (None, None) => "that is needed".to_string(),
            };
            // Another name for the same value.
            if found.is_none() && needed(i).is_some() {
                text.push_str(" through this");
            }
            if self.0.related.iter().all(|label| label.span != place) {
                self.0.related.push(Label { span: place, text });
            }
        }
        self
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
        self.0.related.extend(span.known().map(|span| Label { span, text: text.into() }));
        self
    }

    /// Adds a step on the way to the error; the innermost comes first. The place may be unknown.
    #[cold]
    pub fn frame(mut self, span: Span, text: impl FnOnce() -> String) -> Self {
        self.0.trace.push(Label { span, text: text() });
        self
    }

    /// Gives the last step its place, unless it has one.
    #[cold]
    pub(crate) fn place_frame(mut self, span: Span) -> Self {
        if let Some(last) = self.0.trace.last_mut()
            && last.label.span.is_none()
        {
            last.label.span = span;
        }
        self
    }

    /// The same as plain data.
    pub fn to_diagnostic(&self) -> Diagnostic {
        // What is related to the place itself stands at it.
        let (at_place, elsewhere): (Vec<&Label>, Vec<&Label>) =
            self.0.related.iter().partition(|label| label.span == self.0.span);
        let label = at_place.first().map(|label| label.text.clone()).unwrap_or_default();
        let trace = elsewhere.into_iter().cloned().chain(self.0.trace.labels()).collect();
        Diagnostic { message: self.0.message.clone(), span: self.span(), label, trace, help: self.0.help.clone() }
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
