//! Path and URL literals that Nix's `--lint-…-literals` options speak of.

use crate::lexer::{Kind, tokens};
use bt_diag::Span;

/// What kind of literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiteralKind {
    /// `https://example.org/x`
    Url,
    /// `a/b`, without `./`
    ShortPath,
    /// `/a/b`
    AbsolutePath,
    /// `~/a`
    HomePath,
}

/// A literal and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Literal<'s> {
    /// What kind.
    pub kind: LiteralKind,
    /// Its text, up to an interpolation.
    pub text: &'s str,
    /// Where it stands.
    pub span: Span,
}

/// All such literals of a text that stands at `base` in the position space.
pub fn literals(text: &str, base: u32) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    for token in tokens(text).tokens {
        let piece = text.get(token.start as usize..token.end as usize).unwrap_or_default();
        let kind = match token.kind {
            Kind::Uri => LiteralKind::Url,
            Kind::HomePath => LiteralKind::HomePath,
            Kind::Path if piece.starts_with('/') => LiteralKind::AbsolutePath,
            Kind::Path if !piece.starts_with('.') => LiteralKind::ShortPath,
            _ => continue,
        };
        found.push(Literal { kind, text: piece, span: Span::new(base + token.start, base + token.end) });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{LiteralKind, literals};

    #[test]
    fn finds_literals() {
        let found = literals("[ http://x.y a/b ./c /d/${e}/f ~/g <h> \"/i\" ]", 0);
        let found: Vec<_> = found.iter().map(|l| (l.kind, l.text)).collect();
        let expected = [
            (LiteralKind::Url, "http://x.y"),
            (LiteralKind::ShortPath, "a/b"),
            (LiteralKind::AbsolutePath, "/d/"),
            (LiteralKind::HomePath, "~/g"),
        ];
        assert_eq!(found, expected);
    }
}
