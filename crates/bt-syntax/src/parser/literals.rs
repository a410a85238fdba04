//! Strings, paths and attribute names.

use super::{Parse, ParseError, Parser};
use crate::ast::*;
use crate::lexer::Token;
use crate::strings::{RawPart, strip_indentation, unescape};
use bt_diag::Span;
use rnix::SyntaxKind::*;

impl<'s> Parser<'s> {
    pub(super) fn string(&mut self) -> Parse<&'s [StrPart<'s>]> {
        let open = self.here();
        let indented = self.bump().is_some_and(|t| t.end - t.start == 2);
        let mut raw = Vec::new();
        loop {
            match self.tokens.get(self.at).copied() {
                Some(t) if t.kind == TOKEN_STRING_CONTENT => {
                    self.at += 1;
                    let text = self.token_text(t);
                    if text.contains('\0') {
                        return Err(self.contains_nul(t));
                    }
                    raw.push(RawPart::Text(text));
                }
                Some(t) if t.kind == TOKEN_INTERPOL_START => raw.push(RawPart::Interpolation(self.interpolation()?)),
                Some(t) if t.kind == TOKEN_STRING_END => {
                    self.at += 1;
                    break;
                }
                _ => {
                    return Err(ParseError { message: "unterminated string".into(), span: open, related: None });
                }
            }
        }
        let parts = if indented {
            strip_indentation(self.arena, &raw)
        } else {
            let parts = raw.into_iter().map(|part| match part {
                RawPart::Text(text) => StrPart::Text(unescape(self.arena, text)),
                RawPart::Interpolation(expr) => StrPart::Interpolation(expr),
            });
            parts.collect()
        };
        Ok(self.arena.alloc_slice_copy(&parts))
    }

    #[cold]
    pub(super) fn contains_nul(&self, token: Token) -> ParseError {
        let text = self.token_text(token).replace('\0', "␀");
        let message =
            format!("input string '{text}' cannot be represented as Nix string because it contains null bytes");
        self.error(Span::new(self.base + token.start, self.base + token.end), message)
    }

    pub(super) fn interpolation(&mut self) -> Parse<&'s Expr<'s>> {
        let open = self.here();
        self.expect(TOKEN_INTERPOL_START)?;
        let expr = self.expr()?;
        if self.peek() != Some(TOKEN_INTERPOL_END) {
            return Err(self.unclosed(open, "'}'"));
        }
        self.at += 1;
        Ok(expr)
    }

    pub(super) fn path(&mut self) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        let mut parts = Vec::with_capacity(1);
        let mut end = None;
        while let Some(token) = self.tokens.get(self.at).copied() {
            match token.kind {
                TOKEN_PATH_ABS | TOKEN_PATH_REL | TOKEN_PATH_HOME if end.is_none_or(|e| e == token.start) => {
                    self.at += 1;
                    parts.push(StrPart::Text(self.token_text(token)));
                }
                TOKEN_INTERPOL_START if end == Some(token.start) => {
                    parts.push(StrPart::Interpolation(self.interpolation()?));
                }
                _ => break,
            }
            end = Some(self.previous_end() - self.base);
        }
        if let Some(StrPart::Text(last)) = parts.last()
            && last.ends_with('/')
        {
            return Err(self.error(self.since(start), "path has a trailing slash"));
        }
        let parts = self.arena.alloc_slice_copy(&parts);
        Ok(self.alloc(self.since(start), ExprKind::Path(parts)))
    }

    pub(super) fn attr_path(&mut self) -> Parse<&'s [AttrName<'s>]> {
        let mut path = vec![self.attr_name()?];
        while self.eat(TOKEN_DOT) {
            path.push(self.attr_name()?);
        }
        Ok(self.arena.alloc_slice_copy(&path))
    }

    pub(super) fn attr_name(&mut self) -> Parse<AttrName<'s>> {
        let span = self.here();
        match self.tokens.get(self.at).copied() {
            Some(t) if matches!(t.kind, TOKEN_IDENT | TOKEN_OR) => {
                self.at += 1;
                Ok(AttrName::Static(self.token_text(t), span))
            }
            Some(t) if t.kind == TOKEN_STRING_START && t.end - t.start == 1 => {
                let parts = self.string()?;
                Ok(self.string_name(parts, self.since(span.start)))
            }
            Some(t) if t.kind == TOKEN_INTERPOL_START => {
                let expr = self.interpolation()?;
                let span = self.since(span.start);
                match expr.kind {
                    ExprKind::Str(parts) if !parts.iter().any(|p| matches!(p, StrPart::Interpolation(_))) => {
                        Ok(self.string_name(parts, span))
                    }
                    _ => Ok(AttrName::Dynamic(expr, span)),
                }
            }
            _ => Err(self.expected("an attribute name")),
        }
    }

    pub(super) fn string_name(&self, parts: &'s [StrPart<'s>], span: Span) -> AttrName<'s> {
        match parts {
            [] => AttrName::Static("", span),
            [StrPart::Text(text)] => AttrName::Static(text, span),
            parts => AttrName::Dynamic(self.alloc(span, ExprKind::Str(parts)), span),
        }
    }
}
