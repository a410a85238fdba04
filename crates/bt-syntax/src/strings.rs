//! Escapes and indentation of string literals (Nix manual, "String literal").

use crate::ast::{Expr, StrPart};
use bumpalo::Bump;

/// A piece of a string literal as the lexer gives it.
pub(crate) enum RawPart<'s> {
    Text(&'s str),
    Interpolation(&'s Expr<'s>),
}

/// Resolves the escapes of a piece of a `"…"` literal. A carriage return, with or without a line feed, is a line feed.
pub(crate) fn unescape<'s>(arena: &'s Bump, raw: &'s str) -> &'s str {
    if !raw.bytes().any(|b| b == b'\\' || b == b'\r') {
        return raw;
    }
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(c) => out.push(c),
                None => {}
            },
            '\r' => {
                out.push('\n');
                if chars.peek() == Some(&'\n') {
                    chars.next();
                }
            }
            c => out.push(c),
        }
    }
    arena.alloc_str(&out)
}

/// A piece of a `''…''` literal. Escapes never count as indentation.
enum Piece<'s> {
    Text(&'s str),
    Escape(&'static str),
    EscapedChar(char),
    Interpolation(&'s Expr<'s>),
}

/// Splits text at the escapes `'''`, `''$` and `''\c`.
fn split_escapes<'s>(raw: &'s str, pieces: &mut Vec<Piece<'s>>) {
    let mut rest = raw;
    while let Some(at) = rest.find("''") {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let mut after = rest[at + 2..].chars();
        match after.next() {
            Some('\'') => pieces.push(Piece::Escape("''")),
            Some('$') => pieces.push(Piece::Escape("$")),
            Some('\\') => match after.next() {
                Some('n') => pieces.push(Piece::Escape("\n")),
                Some('r') => pieces.push(Piece::Escape("\r")),
                Some('t') => pieces.push(Piece::Escape("\t")),
                Some(c) => pieces.push(Piece::EscapedChar(c)),
                None => {}
            },
            Some(c) => pieces.push(Piece::EscapedChar(c)),
            None => {}
        }
        rest = after.as_str();
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
}

/// Removes the common indentation of a `''…''` literal and resolves its escapes.
pub(crate) fn strip_indentation<'s>(arena: &'s Bump, raw: &[RawPart<'s>]) -> Vec<StrPart<'s>> {
    let mut pieces = Vec::with_capacity(raw.len() + 2);
    for (i, part) in raw.iter().enumerate() {
        match *part {
            RawPart::Text(text) => {
                // Spaces and a line feed right after the opening quotes do not belong to the string.
                let first_line = text.trim_start_matches(' ');
                let text = if i == 0 { first_line.strip_prefix('\n').unwrap_or(text) } else { text };
                split_escapes(text, &mut pieces);
            }
            RawPart::Interpolation(expr) => pieces.push(Piece::Interpolation(expr)),
        }
    }
    let indent = common_indentation(&pieces);
    let count = pieces.len();
    let (mut at_line_start, mut dropped) = (true, 0usize);
    let mut parts: Vec<StrPart<'s>> = Vec::with_capacity(count);
    let mut text = String::new();
    let flush = |text: &mut String, parts: &mut Vec<StrPart<'s>>| {
        if !text.is_empty() {
            parts.push(StrPart::Text(arena.alloc_str(text)));
            text.clear();
        }
    };
    for (i, piece) in pieces.iter().enumerate() {
        let mut buffer = [0u8; 4];
        let piece_text: &str = match piece {
            Piece::Interpolation(expr) => {
                flush(&mut text, &mut parts);
                parts.push(StrPart::Interpolation(expr));
                (at_line_start, dropped) = (false, 0);
                continue;
            }
            Piece::Text(t) => t,
            Piece::Escape(t) => t,
            Piece::EscapedChar(c) => c.encode_utf8(&mut buffer),
        };
        let begin = text.len();
        for c in piece_text.chars() {
            if at_line_start {
                match c {
                    ' ' => {
                        if dropped >= indent {
                            text.push(c);
                        }
                        dropped += 1;
                        continue;
                    }
                    '\n' => dropped = 0,
                    _ => (at_line_start, dropped) = (false, 0),
                }
            } else if c == '\n' {
                at_line_start = true;
            }
            text.push(c);
        }
        if i + 1 == count {
            let own = &text[begin..];
            if let Some(newline) = own.rfind('\n')
                && own[newline + 1..].bytes().all(|b| b == b' ')
            {
                text.truncate(begin + newline + 1);
            }
        }
    }
    flush(&mut text, &mut parts);
    parts
}

fn common_indentation(pieces: &[Piece<'_>]) -> usize {
    let (mut minimum, mut current, mut at_line_start) = (usize::MAX, 0usize, true);
    for piece in pieces {
        let Piece::Text(text) = piece else {
            if at_line_start {
                at_line_start = false;
                minimum = minimum.min(current);
            }
            continue;
        };
        for b in text.bytes() {
            if at_line_start {
                match b {
                    b' ' => current += 1,
                    b'\n' => current = 0,
                    _ => {
                        at_line_start = false;
                        minimum = minimum.min(current);
                    }
                }
            } else if b == b'\n' {
                at_line_start = true;
                current = 0;
            }
        }
    }
    minimum
}
