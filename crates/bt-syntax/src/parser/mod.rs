//! Recursive descent over Nix's tokens, with Nix's precedences (Nix manual, "Operators"). Depth is bounded by memory
//! only: the native stack grows on demand.

mod bindings;
mod errors;
mod functions;
mod literals;
mod operators;

use crate::ast::*;
use crate::attributes::SetBuilder;
use crate::lexer::{Kind, Token, Tokens, tokens};
use crate::strings::IndentedPart;
use bt_diag::Span;
use bumpalo::Bump;
pub(crate) use errors::Failure;
pub use errors::ParseError;

type Parse<T> = Result<T, Failure>;

/// How deeply expressions may nest.
const MAX_DEPTH: u32 = 250_000;

/// What an attribute's name starts with.
const NAME: &[Kind] = &[Kind::Ident, Kind::OrWord, Kind::Interpolation, Kind::Quote];

/// Parses `text`, which stands at `base` in the position space, into `arena`.
///
/// Errors: the first place where the text is not Nix.
pub fn parse<'s>(arena: &'s Bump, text: &'s str, base: u32) -> Result<&'s Expr<'s>, ParseError> {
    if u32::try_from(text.len()).ok().and_then(|length| base.checked_add(length)).is_none() {
        return Err(*ParseError::new(Span::new(base, base), "the text is too long"));
    }
    Parser::new(arena, text, base).whole().map_err(|failure| *failure)
}

/// How deeply a text nests, as far as it is Nix: the deepest nesting of expressions, or the longest chain of operands
/// if that is more.
pub(crate) fn nesting(text: &str) -> u32 {
    let arena = Bump::new();
    let mut parser = Parser::new(&arena, text, 0);
    // What is not Nix nests as far as it was read.
    let _ = parser.whole();
    parser.deepest.max(parser.longest)
}

struct Parser<'s> {
    arena: &'s Bump,
    text: &'s str,
    base: u32,
    lexed: Tokens,
    at: usize,
    depth: u32,
    /// The greatest depth so far.
    deepest: u32,
    /// The most operands of one chain of operators or arguments so far.
    longest: u32,
    sets: SetBuilder<'s>,
    /// Stacks of what will become slices; each rule leaves them as it has found them.
    exprs: Vec<&'s Expr<'s>>,
    parts: Vec<StrPart<'s>>,
    pieces: Vec<IndentedPart<'s>>,
    names: Vec<AttrName<'s>>,
}

impl<'s> Parser<'s> {
    fn new(arena: &'s Bump, text: &'s str, base: u32) -> Self {
        Parser {
            arena,
            text,
            base,
            lexed: tokens(text),
            at: 0,
            depth: 0,
            deepest: 0,
            longest: 0,
            sets: SetBuilder::new(arena),
            exprs: Vec::new(),
            parts: Vec::new(),
            pieces: Vec::new(),
            names: Vec::new(),
        }
    }

    #[inline(always)]
    fn token(&self) -> Token {
        self.token_at(self.at)
    }

    #[inline(always)]
    fn token_at(&self, at: usize) -> Token {
        // There is always a last token, and it is never skipped.
        self.lexed.tokens.get(at).copied().unwrap_or(Token { kind: Kind::End, start: 0, end: 0 })
    }

    #[inline(always)]
    fn peek(&self) -> Kind {
        self.token().kind
    }

    #[inline(always)]
    fn peek_at(&self, ahead: usize) -> Kind {
        self.token_at(self.at + ahead).kind
    }

    #[inline(always)]
    fn span_of(&self, token: Token) -> Span {
        Span::new(self.base + token.start, self.base + token.end)
    }

    #[inline(always)]
    fn here(&self) -> Span {
        self.span_of(self.token())
    }

    #[inline(always)]
    fn token_text(&self, token: Token) -> &'s str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    #[inline(always)]
    fn eat(&mut self, kind: Kind) -> bool {
        let found = self.peek() == kind;
        self.at += usize::from(found);
        found
    }

    #[inline(always)]
    fn expect(&mut self, kind: Kind) -> Parse<()> {
        if self.eat(kind) { Ok(()) } else { Err(self.unexpected(&[kind])) }
    }

    /// The closing token of what begins at `open`.
    #[inline(always)]
    fn expect_close(&mut self, kind: Kind, open: Span) -> Parse<()> {
        if self.eat(kind) { Ok(()) } else { Err(self.unexpected(&[kind]).unclosed(open)) }
    }

    #[inline(always)]
    fn alloc(&self, span: Span, kind: ExprKind<'s>) -> &'s Expr<'s> {
        self.arena.alloc(Expr { span, kind })
    }

    /// From `start` to the end of the token before this one.
    #[inline(always)]
    fn since(&self, start: u32) -> Span {
        Span::new(start, self.base + self.token_at(self.at.saturating_sub(1)).end)
    }

    /// Runs a nested parse with room on the stack.
    #[inline(always)]
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        let result = if self.depth.is_multiple_of(16) { self.with_stack(parse) } else { parse(self) };
        self.depth -= 1;
        result
    }

    #[inline(never)]
    fn with_stack<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth > MAX_DEPTH {
            return Err(ParseError::new(self.here(), "expression is nested too deeply"));
        }
        stacker::maybe_grow(128 << 10, 4 << 20, || parse(self))
    }

    fn whole(&mut self) -> Parse<&'s Expr<'s>> {
        let expr = self.expr()?;
        self.expect(Kind::End)?;
        Ok(expr)
    }

    fn expr(&mut self) -> Parse<&'s Expr<'s>> {
        self.nested(Self::expr_inner)
    }

    fn expr_inner(&mut self) -> Parse<&'s Expr<'s>> {
        let open = self.here();
        let start = open.start;
        match self.peek() {
            Kind::Ident => match self.peek_at(1) {
                Kind::Colon => self.lambda(),
                Kind::At => self.lambda_with_name_first(),
                _ => self.pipes(),
            },
            Kind::BraceOpen if self.is_formals() => self.lambda_with_formals(),
            Kind::Assert => {
                self.at += 1;
                let condition = self.expr()?;
                self.expect(Kind::Semicolon)?;
                let body = self.expr()?;
                Ok(self.alloc(self.since(start), ExprKind::Assert(condition, body)))
            }
            Kind::With => {
                self.at += 1;
                let namespace = self.expr()?;
                self.expect(Kind::Semicolon)?;
                let body = self.expr()?;
                Ok(self.alloc(self.since(start), ExprKind::With(namespace, body)))
            }
            Kind::Let if self.peek_at(1) != Kind::BraceOpen => {
                self.at += 1;
                let bindings = self.bindings(open, Kind::In, true, &[Kind::In, Kind::Inherit])?;
                let body = self.expr()?;
                if let Some(dynamic) = bindings.bindings.borrow().dynamic.first() {
                    self.lexical_error().map_or(Ok(()), Err)?;
                    let error = ParseError::new(open, "dynamic attributes not allowed in let");
                    return Err(error.related(dynamic.span, "this attribute"));
                }
                Ok(self.alloc(self.since(start), ExprKind::Let { bindings, body }))
            }
            Kind::If => {
                self.at += 1;
                let condition = self.expr()?;
                self.expect_close(Kind::Then, open)?;
                let then = self.expr()?;
                self.expect_close(Kind::Else, open)?;
                let otherwise = self.expr()?;
                Ok(self.alloc(self.since(start), ExprKind::If(condition, then, otherwise)))
            }
            _ => self.pipes(),
        }
    }

    fn select(&mut self) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        let subject = self.simple()?;
        match self.peek() {
            Kind::Dot => {
                self.at += 1;
                let path = self.attr_path()?;
                let default = if self.eat(Kind::OrWord) { Some(self.nested(Self::select)?) } else { None };
                Ok(self.alloc(self.since(start), ExprKind::Select { subject, path, default }))
            }
            Kind::OrWord => {
                // Historical: `f or` applies `f` to a variable named `or`.
                let span = self.here();
                self.at += 1;
                let argument = self.alloc(span, ExprKind::Ident("or"));
                let arguments = self.arena.alloc_slice_copy(&[argument]);
                Ok(self.alloc(self.since(start), ExprKind::Call { function: subject, arguments }))
            }
            _ => Ok(subject),
        }
    }

    fn simple(&mut self) -> Parse<&'s Expr<'s>> {
        let token = self.token();
        let span = self.span_of(token);
        let kind = match token.kind {
            Kind::Ident => {
                self.at += 1;
                let text = self.token_text(token);
                if text == "__curPos" { ExprKind::CurPos } else { ExprKind::Ident(text) }
            }
            Kind::Int => {
                self.lexical_error().map_or(Ok(()), Err)?;
                self.at += 1;
                ExprKind::Int(self.token_text(token).parse().unwrap_or_default())
            }
            Kind::Float => {
                self.lexical_error().map_or(Ok(()), Err)?;
                self.at += 1;
                ExprKind::Float(self.token_text(token).parse().unwrap_or_default())
            }
            Kind::Quote => ExprKind::Str(self.string()?),
            Kind::IndentedOpen => ExprKind::Str(self.indented_string()?),
            Kind::Uri => {
                self.at += 1;
                ExprKind::Str(self.arena.alloc_slice_copy(&[StrPart::Text(self.token_text(token))]))
            }
            Kind::SearchPath => {
                self.at += 1;
                let text = self.token_text(token);
                ExprKind::SearchPath(text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or_default())
            }
            Kind::Path | Kind::HomePath => ExprKind::Path(self.path()?),
            Kind::ParenOpen => {
                self.at += 1;
                let inner = self.expr()?;
                self.expect_close(Kind::ParenClose, span)?;
                return Ok(inner);
            }
            Kind::BraceOpen => {
                self.at += 1;
                ExprKind::AttrSet(self.bindings(span, Kind::BraceClose, false, &[Kind::Inherit])?)
            }
            Kind::Rec => {
                self.at += 1;
                self.expect(Kind::BraceOpen)?;
                let expecting = &[Kind::Inherit, Kind::BraceClose];
                ExprKind::AttrSet(self.bindings(span, Kind::BraceClose, true, expecting)?)
            }
            Kind::Let => {
                self.at += 1;
                self.expect(Kind::BraceOpen)?;
                let expecting = &[Kind::Inherit, Kind::BraceClose];
                ExprKind::LegacyLet(self.bindings(span, Kind::BraceClose, true, expecting)?)
            }
            Kind::BracketOpen => {
                self.at += 1;
                ExprKind::List(self.nested(|p| p.list_items(span))?)
            }
            _ => return Err(self.unexpected(&[])),
        };
        Ok(self.alloc(self.since(span.start), kind))
    }

    fn list_items(&mut self, open: Span) -> Parse<&'s [&'s Expr<'s>]> {
        let first = self.exprs.len();
        while self.peek().starts_operand() {
            let item = self.select()?;
            self.exprs.push(item);
        }
        if !self.eat(Kind::BracketClose) {
            return Err(self.not_an_element(open));
        }
        Ok(self.finish_exprs(first))
    }

    /// Moves the expressions after the first `first` to the arena.
    fn finish_exprs(&mut self, first: usize) -> &'s [&'s Expr<'s>] {
        let items = self.arena.alloc_slice_copy(&self.exprs[first..]);
        self.exprs.truncate(first);
        items
    }
}
