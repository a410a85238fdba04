//! Bindings of attribute sets and `let`, attribute paths and names.

use super::{NAME, Parse, ParseError, Parser};
use crate::ast::*;
use crate::attributes::Path;
use crate::lexer::Kind;
use bt_diag::Span;

impl<'s> Parser<'s> {
    /// Bindings up to and with `close`. `expecting` is what Nix says it expects where something else stands.
    pub(super) fn bindings(
        &mut self,
        open: Span,
        close: Kind,
        recursive: bool,
        expecting: &[Kind],
    ) -> Parse<&'s AttrSet<'s>> {
        self.nested(|p| p.bindings_inner(open, close, recursive, expecting))
    }

    fn bindings_inner(
        &mut self,
        open: Span,
        close: Kind,
        recursive: bool,
        expecting: &[Kind],
    ) -> Parse<&'s AttrSet<'s>> {
        let set = self.sets.new_set(recursive);
        loop {
            match self.peek() {
                Kind::Ident | Kind::OrWord | Kind::Quote | Kind::Interpolation => self.binding(set, open)?,
                Kind::Inherit => {
                    self.at += 1;
                    self.inherit(set)?;
                }
                kind if kind == close => {
                    self.at += 1;
                    return Ok(set);
                }
                _ => return Err(self.unexpected(expecting).unclosed(open)),
            }
        }
    }

    fn binding(&mut self, set: &'s AttrSet<'s>, open: Span) -> Parse<()> {
        let start = self.here().start;
        let first = self.names.len();
        self.push_names()?;
        let span = self.since(start);
        if !self.eat(Kind::Assign) {
            return Err(self.no_value(open, self.names.len() - first));
        }
        let value = self.expr()?;
        if !self.eat(Kind::Semicolon) {
            return Err(self.no_semicolon(value));
        }
        let names = &self.names[first..];
        if let (Some(AttrName::Static(name, _)), ExprKind::Lambda(lambda)) = (names.last(), &value.kind) {
            lambda.name.set(Some(name));
        }
        self.sets.add(set, &Path { names, span }, value)?;
        self.names.truncate(first);
        Ok(())
    }

    fn inherit(&mut self, set: &'s AttrSet<'s>) -> Parse<()> {
        let open = self.here();
        let value = if self.eat(Kind::ParenOpen) {
            let expr = self.expr()?;
            self.expect_close(Kind::ParenClose, open)?;
            let mut bindings = set.bindings.borrow_mut();
            bindings.inherit_from.push(expr);
            EntryValue::InheritFrom(bindings.inherit_from.len() as u32 - 1)
        } else {
            EntryValue::Inherit
        };
        loop {
            match self.peek() {
                Kind::Semicolon => {
                    self.at += 1;
                    return Ok(());
                }
                Kind::Ident | Kind::OrWord | Kind::Quote | Kind::Interpolation => match self.attr_name()? {
                    AttrName::Static(name, span) => self.sets.inherit(set, name, span, value)?,
                    AttrName::Dynamic(_, span) => {
                        return Err(ParseError::new(span, "dynamic attributes not allowed in inherit"));
                    }
                },
                _ => return Err(self.unexpected(&[])),
            }
        }
    }

    pub(super) fn attr_path(&mut self) -> Parse<&'s [AttrName<'s>]> {
        let first = self.names.len();
        self.push_names()?;
        let path = self.arena.alloc_slice_copy(&self.names[first..]);
        self.names.truncate(first);
        Ok(path)
    }

    fn push_names(&mut self) -> Parse<()> {
        loop {
            let name = self.attr_name()?;
            self.names.push(name);
            if !self.eat(Kind::Dot) {
                return Ok(());
            }
        }
    }

    #[inline(always)]
    fn attr_name(&mut self) -> Parse<AttrName<'s>> {
        let token = self.token();
        if matches!(token.kind, Kind::Ident | Kind::OrWord) {
            self.at += 1;
            return Ok(AttrName::Static(self.token_text(token), self.span_of(token)));
        }
        self.other_name()
    }

    fn other_name(&mut self) -> Parse<AttrName<'s>> {
        let start = self.here().start;
        match self.peek() {
            Kind::Quote => {
                let parts = self.string()?;
                Ok(self.string_name(parts, self.since(start)))
            }
            Kind::Interpolation => {
                let expr = self.interpolation()?;
                let span = self.since(start);
                Ok(match expr.kind {
                    ExprKind::Str([]) => AttrName::Static("", span),
                    ExprKind::Str([StrPart::Text(text)]) => AttrName::Static(text, span),
                    _ => AttrName::Dynamic(expr, span),
                })
            }
            _ => Err(self.unexpected(NAME)),
        }
    }

    fn string_name(&self, parts: &'s [StrPart<'s>], span: Span) -> AttrName<'s> {
        match parts {
            [] => AttrName::Static("", span),
            [StrPart::Text(text)] => AttrName::Static(text, span),
            parts => AttrName::Dynamic(self.alloc(span, ExprKind::Str(parts)), span),
        }
    }
}
