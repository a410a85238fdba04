//! Syntax errors in Nix's words.

use super::Parser;
use crate::ast::{Expr, ExprKind};
use crate::lexer::{Broken, Kind};
use bt_diag::Span;

/// A text that is not Nix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong, in Nix's words, without a final full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Another place that matters, with a few words.
    pub related: Option<(Span, String)>,
    /// Where the first definition is, which Nix's message ends with: ` at FILE:LINE:COLUMN`.
    pub defined_at: Option<Span>,
    /// What may help.
    pub help: Option<String>,
}

/// An error on its way; boxed, so that results are small.
pub(crate) type Failure = Box<ParseError>;

impl ParseError {
    #[cold]
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Failure {
        Box::new(ParseError { message: message.into(), span, related: None, defined_at: None, help: None })
    }

    #[cold]
    pub(crate) fn help(mut self: Box<Self>, help: &str) -> Failure {
        self.help.get_or_insert_with(|| help.into());
        self
    }

    /// Also shows another place.
    #[cold]
    pub(crate) fn related(mut self: Box<Self>, span: Span, text: &str) -> Failure {
        self.related.get_or_insert_with(|| (span, text.into()));
        self
    }

    /// Also shows what is not closed.
    #[cold]
    pub(crate) fn unclosed(self: Box<Self>, open: Span) -> Failure {
        self.related(open, "unclosed since here")
    }
}

impl Parser<'_> {
    /// What Nix's lexer says to the token here, before its parser sees it.
    pub(super) fn lexical_error(&self) -> Option<Failure> {
        let token = self.token();
        let text = self.token_text(token);
        match token.kind {
            Kind::Int if text.parse::<i64>().is_err() => {
                Some(ParseError::new(self.here(), format!("invalid integer '{text}'")))
            }
            Kind::Float if !is_float(text) => Some(ParseError::new(self.here(), format!("invalid float '{text}'"))),
            Kind::Broken => Some(self.broken(text)),
            _ => None,
        }
    }

    #[cold]
    fn broken(&self, text: &str) -> Failure {
        match self.lexed.broken {
            Some(Broken::Nul) => {
                let text = text.replace('\0', "␀");
                let message =
                    format!("input string '{text}' cannot be represented as Nix string because it contains null bytes");
                ParseError::new(self.here(), message)
            }
            _ => ParseError::new(self.here(), "path has a trailing slash"),
        }
    }

    /// The token here cannot stand here. `expecting` is what Nix lists: nothing where more than four kinds of tokens
    /// could follow.
    #[cold]
    pub(super) fn unexpected(&self, expecting: &[Kind]) -> Failure {
        if let Some(error) = self.lexical_error() {
            return error;
        }
        let token = self.token();
        let mut message = format!("syntax error, unexpected {}", token.kind.describe());
        for (i, kind) in expecting.iter().enumerate() {
            message.push_str(if i == 0 { ", expecting " } else { " or " });
            message.push_str(kind.describe());
        }
        let mut span = self.here();
        if token.kind == Kind::End {
            span.start = span.end;
        }
        let error = ParseError::new(span, message);
        match self.lexed.open_comment {
            Some(comment) if comment <= token.start => {
                let comment = self.base + comment;
                error.related(Span::new(comment, comment + 2), "this comment does not end")
            }
            _ if token.kind == Kind::IndentedOpen
                && (expecting == super::NAME || expecting.contains(&Kind::Inherit)) =>
            {
                error.help("the name of an attribute can be in double quotes, not in two single ones")
            }
            _ => error,
        }
    }

    /// In a list, something is neither an element nor the end.
    #[cold]
    pub(super) fn not_an_element(&self, open: Span) -> Failure {
        let error = self.unexpected(&[]).unclosed(open);
        match self.peek() {
            Kind::End | Kind::Semicolon | Kind::ParenClose | Kind::BraceClose | Kind::Assign | Kind::In => error,
            Kind::Comma => error.help("elements of a list are separated by spaces"),
            _ => error.help("an element that is more than a name, a literal or a selection needs parentheses"),
        }
    }

    /// A binding has no `=` after its name.
    #[cold]
    pub(super) fn no_value(&self, open: Span, names: usize) -> Failure {
        let error = self.unexpected(&[Kind::Dot, Kind::Assign]).unclosed(open);
        let is_let = self.text.get((open.start - self.base) as usize..(open.end - self.base) as usize) == Some("let");
        match self.peek() {
            _ if is_let && names == 1 => error.help("is 'in' missing before this name?"),
            Kind::BraceClose | Kind::Semicolon => error.help("to take a variable into a set, write 'inherit'"),
            _ => error,
        }
    }

    /// A binding has no `;` after its value.
    #[cold]
    pub(super) fn no_semicolon(&self, value: &Expr<'_>) -> Failure {
        let error = self.unexpected(&[Kind::Semicolon]);
        match (self.peek(), &value.kind) {
            // `a = 1 b = 2;` is a call of 1 up to here.
            (Kind::Assign, ExprKind::Call { arguments, .. }) => match arguments.last() {
                Some(name) => error.related(name.span, "is a ';' missing before this?"),
                None => error,
            },
            (Kind::Comma, _) => error.help("bindings end with ';'"),
            _ => error,
        }
    }
}

/// Whether C's `strtod` takes the literal without an error: it is neither too large nor too small.
fn is_float(text: &str) -> bool {
    match text.parse::<f64>() {
        Ok(number) if number.is_infinite() || number.is_subnormal() => false,
        Ok(0.0) => text.bytes().take_while(|b| !matches!(b, b'e' | b'E')).all(|b| matches!(b, b'0' | b'.')),
        Ok(_) => true,
        Err(_) => false,
    }
}
