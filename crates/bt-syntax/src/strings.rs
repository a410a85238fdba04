//! Escapes and indentation of string literals (Nix manual, "String literal").

use crate::ast::{Expr, StrPart};
use bumpalo::Bump;

/// Resolves the escapes of a piece of a `"…"` literal. A carriage return, with or without a line feed, is a line feed.
pub(crate) fn unescape<'s>(arena: &'s Bump, raw: &str) -> &'s str {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.bytes().position(|b| b == b'\\' || b == b'\r') {
        out.push_str(&rest[..at]);
        let mut after = rest[at + 1..].chars();
        if rest.as_bytes()[at] == b'\r' {
            out.push('\n');
            rest = after.as_str();
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        } else {
            out.extend(after.next().map(escaped));
            rest = after.as_str();
        }
    }
    out.push_str(rest);
    arena.alloc_str(&out)
}

/// The character that a backslash and `c` stand for.
fn escaped(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        c => c,
    }
}

/// A piece of a `''…''` literal.
#[derive(Clone, Copy)]
pub(crate) enum IndentedPart<'s> {
    Text(&'s str),
    /// An escape as it is written; it never counts as indentation.
    Escape(&'s str),
    Interpolation(&'s Expr<'s>),
}

/// More than this is never taken away from a line.
const MAX_INDENTATION: usize = 1_000_000;

/// Removes the common indentation of a `''…''` literal and resolves its escapes. Each piece stays a piece of its own,
/// as for Nix; empty ones are left out.
pub(crate) fn strip_indentation<'s>(arena: &'s Bump, pieces: &[IndentedPart<'s>], parts: &mut Vec<StrPart<'s>>) {
    let mut lines = Lines { indentation: common_indentation(pieces), at_line_start: true, dropped: 0 };
    let mut buffer = String::new();
    for (i, piece) in pieces.iter().enumerate() {
        let mut utf8 = [0; 4];
        let text = match *piece {
            IndentedPart::Interpolation(expr) => {
                (lines.at_line_start, lines.dropped) = (false, 0);
                parts.push(StrPart::Interpolation(expr));
                continue;
            }
            IndentedPart::Text(text) => text,
            IndentedPart::Escape(raw) => match raw.as_bytes() {
                b"''$" => "$",
                b"'''" => "''",
                [b'\'', b'\'', b'\\', ..] => match raw[3..].chars().next() {
                    Some(c) => escaped(c).encode_utf8(&mut utf8),
                    None => "",
                },
                _ => raw,
            },
        };
        buffer.clear();
        lines.strip(text, &mut buffer);
        let mut stripped = buffer.as_str();
        // A last line of spaces is only there to place the closing quotes.
        if i + 1 == pieces.len()
            && let Some(newline) = stripped.rfind('\n')
            && stripped[newline + 1..].bytes().all(|b| b == b' ')
        {
            stripped = &stripped[..newline + 1];
        }
        if !stripped.is_empty() {
            parts.push(StrPart::Text(arena.alloc_str(stripped)));
        }
    }
}

/// Takes indentation away, from piece to piece.
struct Lines {
    indentation: usize,
    at_line_start: bool,
    /// Spaces seen since the start of the line.
    dropped: usize,
}

impl Lines {
    fn strip(&mut self, text: &str, out: &mut String) {
        for line in text.split_inclusive('\n') {
            let mut kept = line;
            if self.at_line_start {
                let content = line.trim_start_matches(' ');
                let spaces = line.len() - content.len();
                kept = &line[spaces.min(self.indentation.saturating_sub(self.dropped))..];
                self.dropped += spaces;
                if !content.is_empty() {
                    (self.at_line_start, self.dropped) = (false, 0);
                }
            }
            out.push_str(kept);
            if line.ends_with('\n') {
                self.at_line_start = true;
            }
        }
    }
}

fn common_indentation(pieces: &[IndentedPart<'_>]) -> usize {
    let (mut minimum, mut current, mut at_line_start) = (MAX_INDENTATION, 0, true);
    for piece in pieces {
        let IndentedPart::Text(text) = piece else {
            if at_line_start {
                at_line_start = false;
                minimum = minimum.min(current);
            }
            continue;
        };
        for line in text.split_inclusive('\n') {
            if at_line_start {
                let content = line.trim_start_matches(' ');
                current += line.len() - content.len();
                if !content.is_empty() && content != "\n" {
                    at_line_start = false;
                    minimum = minimum.min(current);
                }
            }
            if line.ends_with('\n') {
                (at_line_start, current) = (true, 0);
            }
        }
    }
    minimum
}
