//! Bindings of attribute sets and `let`.

use super::{Parse, ParseError, Parser};
use crate::ast::*;
use crate::attributes::SetBuilder;
use crate::lexer::describe;
use bt_diag::Span;
use rnix::SyntaxKind::{self, *};

impl<'s> Parser<'s> {
    pub(super) fn bindings(&mut self, close: SyntaxKind, recursive: bool) -> Parse<&'s AttrSet<'s>> {
        let open = self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).copied();
        let mut set = SetBuilder::new(self.arena, recursive);
        while !self.eat(close) {
            if self.eat(TOKEN_INHERIT) {
                self.inherit(&mut set)?;
                continue;
            }
            if !matches!(self.peek(), Some(TOKEN_IDENT | TOKEN_OR | TOKEN_STRING_START | TOKEN_INTERPOL_START)) {
                let error = self.expected(&format!("{} or an attribute", describe(close)));
                let related =
                    open.map(|t| (Span::new(self.base + t.start, self.base + t.end), "unclosed since here".into()));
                return Err(ParseError { related, ..error });
            }
            let path = self.attr_path()?;
            self.expect(TOKEN_ASSIGN)?;
            let value = self.expr()?;
            self.expect(TOKEN_SEMICOLON)?;
            if let (Some(AttrName::Static(name, _)), ExprKind::Lambda(lambda)) = (path.last(), &value.kind) {
                lambda.name.set(Some(name));
            }
            set.add(self.arena, path, value)?;
        }
        Ok(set.set)
    }

    pub(super) fn inherit(&mut self, set: &mut SetBuilder<'s>) -> Parse<()> {
        let from = if self.eat(TOKEN_L_PAREN) {
            let expr = self.expr()?;
            self.expect(TOKEN_R_PAREN)?;
            let mut bindings = set.set.bindings.borrow_mut();
            bindings.inherit_from.push(expr);
            Some(bindings.inherit_from.len() as u32 - 1)
        } else {
            None
        };
        while !self.eat(TOKEN_SEMICOLON) {
            if !matches!(self.peek(), Some(TOKEN_IDENT | TOKEN_OR | TOKEN_STRING_START | TOKEN_INTERPOL_START)) {
                return Err(self.expected("';' or an attribute name"));
            }
            match self.attr_name()? {
                AttrName::Static(name, span) => {
                    set.inherit(name, span, from.map_or(EntryValue::Inherit, EntryValue::InheritFrom))?;
                }
                AttrName::Dynamic(_, span) => return Err(self.error(span, "dynamic attributes not allowed in inherit")),
            }
        }
        Ok(())
    }
}
