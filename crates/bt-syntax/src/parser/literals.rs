//! Strings and paths.

use super::{Parse, Parser};
use crate::ast::*;
use crate::lexer::Kind;
use crate::strings::{IndentedPart, strip_indentation, unescape};

impl<'s> Parser<'s> {
    /// `"…"`
    pub(super) fn string(&mut self) -> Parse<&'s [StrPart<'s>]> {
        let open = self.here();
        self.at += 1;
        let first = self.parts.len();
        loop {
            let token = self.token();
            let part = match token.kind {
                Kind::Text => StrPart::Text(self.token_text(token)),
                Kind::EscapedText => StrPart::Text(unescape(self.arena, self.token_text(token))),
                Kind::Interpolation => {
                    let expr = self.interpolation()?;
                    self.parts.push(StrPart::Interpolation(expr));
                    continue;
                }
                Kind::Quote => break,
                _ => return Err(self.unexpected(&[Kind::Quote]).unclosed(open)),
            };
            self.at += 1;
            self.parts.push(part);
        }
        self.at += 1;
        Ok(self.finish_parts(first))
    }

    /// `''…''`
    pub(super) fn indented_string(&mut self) -> Parse<&'s [StrPart<'s>]> {
        let open = self.here();
        self.at += 1;
        let first_piece = self.pieces.len();
        loop {
            let token = self.token();
            let piece = match token.kind {
                Kind::IndentedText => IndentedPart::Text(self.token_text(token)),
                Kind::IndentedEscape => IndentedPart::Escape(self.token_text(token)),
                Kind::Interpolation => {
                    let expr = self.interpolation()?;
                    self.pieces.push(IndentedPart::Interpolation(expr));
                    continue;
                }
                Kind::IndentedClose => break,
                _ => {
                    let expecting = [Kind::IndentedText, Kind::Interpolation, Kind::IndentedClose];
                    return Err(self.unexpected(&expecting).unclosed(open));
                }
            };
            self.at += 1;
            self.pieces.push(piece);
        }
        self.at += 1;
        let first = self.parts.len();
        strip_indentation(self.arena, &self.pieces[first_piece..], &mut self.parts);
        self.pieces.truncate(first_piece);
        Ok(self.finish_parts(first))
    }

    /// Moves the parts after the first `first` to the arena.
    fn finish_parts(&mut self, first: usize) -> &'s [StrPart<'s>] {
        let parts = self.arena.alloc_slice_copy(&self.parts[first..]);
        self.parts.truncate(first);
        parts
    }

    pub(super) fn interpolation(&mut self) -> Parse<&'s Expr<'s>> {
        let open = self.here();
        self.at += 1;
        let expr = self.expr()?;
        self.expect_close(Kind::BraceClose, open)?;
        Ok(expr)
    }

    pub(super) fn path(&mut self) -> Parse<&'s [StrPart<'s>]> {
        let first = self.parts.len();
        self.parts.push(StrPart::Text(self.token_text(self.token())));
        self.at += 1;
        let mut interpolated = false;
        loop {
            let token = self.token();
            match token.kind {
                Kind::PathText => {
                    self.at += 1;
                    self.parts.push(StrPart::Text(self.token_text(token)));
                    // What only a doubled slash sets apart from the start cannot end the path.
                    if !interpolated && self.peek() != Kind::Interpolation {
                        return Err(self.unexpected(&[Kind::Interpolation]).help("a path has no '//'"));
                    }
                }
                Kind::Interpolation => {
                    interpolated = true;
                    let expr = self.interpolation()?;
                    self.parts.push(StrPart::Interpolation(expr));
                }
                Kind::PathEnd => {
                    self.at += 1;
                    return Ok(self.finish_parts(first));
                }
                _ => return Err(self.unexpected(&[])),
            }
        }
    }
}
