//! The tokens beside rnix's, for texts that both read alike.

use super::{Kind, tokens};
use rnix::SyntaxKind;

/// Pieces that random texts are made of. Left out is what rnix reads otherwise than Nix: `</a>`, `.5e3`, `../a` after a dot, `~/a` right after
/// another path, NUL, and a carriage return that ends a comment.
const PIECES: &[&str] = &[
    "a",
    "b'c",
    "_d",
    "e-f",
    "or",
    "if",
    "then",
    "inherit",
    "rec",
    "let",
    "in",
    "1",
    "23",
    "1.5",
    "1.5e3",
    "007",
    "a/b",
    " ./c",
    " ../d",
    " /e",
    "<f>",
    "<g/h>",
    "i:j",
    "http://k.l/m?n=o",
    " ",
    " ",
    " ",
    "\n",
    "\t",
    ".",
    " ... ",
    "+",
    "++",
    "-",
    "->",
    "*",
    "/",
    "//",
    "< ",
    "<=",
    ">",
    ">=",
    "=",
    "==",
    "!",
    "!=",
    "&&",
    "||",
    "|>",
    "<|",
    "?",
    ":",
    "@",
    ";",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "${",
    "\"",
    "''",
    "$",
    "\\",
    "'''",
    "''$",
    "''\\n",
    "\\\"",
    "# p\n",
    "/* q */",
    "é",
    "$$",
    "'",
];

/// Where the tokens are; adjoining pieces of a literal or path are one.
fn ours(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let lexed = tokens(text);
    let mut literal = false;
    for token in lexed.tokens {
        let (start, end) = (token.start as usize, token.end as usize);
        let content = match token.kind {
            Kind::Invalid | Kind::Broken => return None,
            Kind::End | Kind::PathEnd => continue,
            Kind::IndentedOpen => {
                spans.push((start, start + 2));
                literal = end > start + 2;
                if literal {
                    spans.push((start + 2, end));
                }
                continue;
            }
            Kind::Text | Kind::EscapedText | Kind::IndentedText | Kind::IndentedEscape | Kind::PathText => true,
            _ => false,
        };
        let starts_path = matches!(token.kind, Kind::Path | Kind::HomePath);
        match spans.last_mut() {
            Some(last) if content && literal => last.1 = end,
            _ => spans.push((start, end)),
        }
        literal = content || starts_path;
    }
    Some(spans)
}

fn theirs(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let (mut at, mut literal) = (0, false);
    for (kind, piece) in rnix::tokenize(text) {
        let span = (at, at + piece.len());
        at = span.1;
        match kind {
            SyntaxKind::TOKEN_ERROR => return None,
            SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMENT => continue,
            _ if piece.is_empty() => continue,
            _ => {}
        }
        let content = kind == SyntaxKind::TOKEN_STRING_CONTENT;
        match spans.last_mut() {
            Some(last) if content && literal => last.1 = span.1,
            _ => spans.push(span),
        }
        literal = content;
    }
    Some(spans)
}

#[test]
fn random_texts_have_the_tokens_that_rnix_finds() {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    let mut compared = 0;
    for _ in 0..100_000 {
        let text: String = (0..1 + below(12)).map(|_| PIECES[below(PIECES.len())]).collect();
        if let (Some(ours), Some(theirs)) = (ours(&text), theirs(&text)) {
            assert_eq!(ours, theirs, "{text:?}");
            compared += 1;
        }
    }
    assert!(compared > 10_000, "only {compared} texts were compared");
}
