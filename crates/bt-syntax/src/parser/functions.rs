//! Functions and their formal arguments.

use super::{Parse, ParseError, Parser};
use crate::ast::*;
use crate::lexer::Kind;
use bt_diag::Span;

/// The formals between braces, and whether `...` is there.
type Formals<'s> = (&'s [Formal<'s>], bool);

/// Functions with more formals than this have them sorted to find duplicates.
const FEW: usize = 8;

impl<'s> Parser<'s> {
    /// `x: e`
    pub(super) fn lambda(&mut self) -> Parse<&'s Expr<'s>> {
        let (name, span) = self.ident()?;
        self.expect(Kind::Colon)?;
        let body = self.expr()?;
        Ok(self.new_lambda(span.start, Parameter::Ident(name, span), body))
    }

    /// `x@{ … }: e`
    pub(super) fn lambda_with_name_first(&mut self) -> Parse<&'s Expr<'s>> {
        let binding = self.ident()?;
        self.expect(Kind::At)?;
        self.expect(Kind::BraceOpen)?;
        let formals = self.formals()?;
        self.expect(Kind::Colon)?;
        self.finish_formals(binding.1.start, formals, Some(binding))
    }

    /// `{ … }: e` and `{ … }@x: e`
    pub(super) fn lambda_with_formals(&mut self) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        self.expect(Kind::BraceOpen)?;
        let formals = self.formals()?;
        let binding = match self.peek() {
            Kind::Colon => None,
            Kind::At => {
                self.at += 1;
                Some(self.ident()?)
            }
            _ => return Err(self.unexpected(&[Kind::Colon, Kind::At])),
        };
        self.expect(Kind::Colon)?;
        self.finish_formals(start, formals, binding)
    }

    fn new_lambda(&self, start: u32, parameter: Parameter<'s>, body: &'s Expr<'s>) -> &'s Expr<'s> {
        let lambda = self.arena.alloc(Lambda { parameter, body, name: std::cell::Cell::new(None) });
        self.alloc(self.since(start), ExprKind::Lambda(lambda))
    }

    fn finish_formals(
        &mut self,
        start: u32,
        (formals, ellipsis): Formals<'s>,
        binding: Option<(&'s str, Span)>,
    ) -> Parse<&'s Expr<'s>> {
        let body = self.expr()?;
        if let Some((name, first, second)) = duplicate(formals, binding) {
            self.lexical_error().map_or(Ok(()), Err)?;
            let message = format!("duplicate formal function argument '{name}'");
            // Nix names the function where the name of all arguments is the duplicate.
            let (at, related) = match second {
                Some(second) => (second, "first definition"),
                None => (self.since(start), "also the name of all arguments"),
            };
            return Err(ParseError::new(at, message).related(first, related));
        }
        Ok(self.new_lambda(start, Parameter::Formals { formals, ellipsis, binding }, body))
    }

    /// Whether the brace here opens formals rather than a set.
    #[inline(always)]
    pub(super) fn is_formals(&self) -> bool {
        match self.peek_at(1) {
            Kind::Ident => matches!(self.peek_at(2), Kind::Comma | Kind::Question | Kind::BraceClose),
            Kind::BraceClose => matches!(self.peek_at(2), Kind::Colon | Kind::At),
            kind => kind == Kind::Ellipsis,
        }
    }

    fn ident(&mut self) -> Parse<(&'s str, Span)> {
        let token = self.token();
        self.expect(Kind::Ident)?;
        Ok((self.token_text(token), self.span_of(token)))
    }

    /// After the opening brace, up to and with the closing one.
    fn formals(&mut self) -> Parse<Formals<'s>> {
        let mut formals = Vec::with_capacity(8);
        let mut ellipsis = false;
        loop {
            match self.peek() {
                Kind::BraceClose => break,
                Kind::Ellipsis => {
                    self.at += 1;
                    ellipsis = true;
                    break;
                }
                Kind::Ident => {}
                _ => return Err(self.unexpected(&[Kind::Ident, Kind::Ellipsis, Kind::BraceClose])),
            }
            let (name, span) = self.ident()?;
            let default = if self.eat(Kind::Question) { Some(self.expr()?) } else { None };
            formals.push(Formal { name, span, default });
            match self.peek() {
                Kind::Comma => self.at += 1,
                Kind::BraceClose => break,
                _ => return Err(self.unexpected(&[Kind::BraceClose, Kind::Comma])),
            }
        }
        if !self.eat(Kind::BraceClose) {
            return Err(self.unexpected(&[Kind::BraceClose]).help("'...' comes last among the arguments"));
        }
        Ok((self.arena.alloc_slice_fill_iter(formals), ellipsis))
    }
}

/// A name that is there twice: its first place, and the second if that is not the binding.
fn duplicate<'s>(formals: &'s [Formal<'s>], binding: Option<(&'s str, Span)>) -> Option<(&'s str, Span, Option<Span>)> {
    let twice = if formals.len() <= FEW {
        formals.iter().enumerate().find_map(|(i, formal)| {
            let again = formals[i + 1..].iter().find(|f| f.name == formal.name)?;
            Some((formal, again))
        })
    } else {
        let mut sorted: Vec<&Formal<'_>> = formals.iter().collect();
        sorted.sort_by_key(|f| (f.name, f.span.start));
        // The one that begins first, of those that are there twice.
        let pairs = sorted.windows(2).filter(|pair| pair[0].name == pair[1].name);
        pairs.map(|pair| (pair[0], pair[1])).min_by_key(|(first, _)| first.span.start)
    };
    if let Some((first, second)) = twice {
        return Some((first.name, first.span, Some(second.span)));
    }
    let (name, _) = binding?;
    let formal = formals.iter().find(|f| f.name == name)?;
    Some((name, formal.span, None))
}
