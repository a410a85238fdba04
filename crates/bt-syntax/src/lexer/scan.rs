//! The scanner. As in Nix's lexer the longest possible token wins.

use super::bytes::*;
use super::{Broken, Kind, Token, Tokens};

/// What the scanner is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// An expression.
    Code,
    /// A `"…"` literal.
    String,
    /// A `''…''` literal.
    Indented,
    /// A path that may end here.
    Path,
    /// A path whose last byte is a slash.
    PathSlash,
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
    mode: Mode,
    /// The modes around it.
    outer: Vec<Mode>,
    /// End of the last run of path characters, and of characters of a URI's scheme, that was looked at. What starts
    /// before it ends with it too, so that no run is looked at twice.
    path_run_end: usize,
    scheme_run_end: usize,
    open_comment: Option<u32>,
    broken: Option<Broken>,
}

pub(super) fn scan(bytes: &[u8]) -> Tokens {
    let mut scanner = Scanner {
        bytes,
        at: 0,
        tokens: Vec::with_capacity(bytes.len() / 5 + 8),
        mode: Mode::Code,
        outer: Vec::new(),
        path_run_end: 0,
        scheme_run_end: 0,
        open_comment: None,
        broken: None,
    };
    loop {
        let goes_on = match scanner.mode {
            Mode::Code => scanner.code(),
            Mode::String => scanner.string(),
            Mode::Indented => scanner.indented(),
            Mode::Path => scanner.path(false),
            Mode::PathSlash => scanner.path(true),
        };
        if !goes_on {
            break;
        }
    }
    Tokens { tokens: scanner.tokens, broken: scanner.broken, open_comment: scanner.open_comment }
}

impl Scanner<'_> {
    /// The byte at `at`, or NUL after the end.
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// End of the run of bytes of `classes` that starts at `at`.
    #[inline(always)]
    fn run(&self, mut at: usize, classes: u8) -> usize {
        while let Some(&b) = self.bytes.get(at)
            && is(b, classes)
        {
            at += 1;
        }
        at
    }

    /// End of the character that starts at `at`: tokens are whole characters, so that they are text.
    fn character_end(&self, at: usize) -> usize {
        let mut end = at + 1;
        while self.byte(end) & 0xC0 == 0x80 {
            end += 1;
        }
        end
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, end: usize) {
        self.tokens.push(Token { kind, start: self.at as u32, end: end as u32 });
        self.at = end;
    }

    fn enter(&mut self, mode: Mode) {
        self.outer.push(self.mode);
        self.mode = mode;
    }

    fn leave(&mut self) {
        if let Some(mode) = self.outer.pop() {
            self.mode = mode;
        }
    }

    fn finish(&mut self) -> bool {
        let end = self.bytes.len().min(self.at + 1);
        self.push(Kind::End, end);
        false
    }

    #[cold]
    fn break_off(&mut self, why: Broken, start: usize, end: usize) -> bool {
        self.broken = Some(why);
        self.tokens.push(Token { kind: Kind::Broken, start: start as u32, end: end as u32 });
        false
    }

    /// Tokens of an expression, up to a token that changes the mode. False at the end.
    fn code(&mut self) -> bool {
        loop {
            let Some(&b) = self.bytes.get(self.at) else { return self.finish() };
            let next = self.byte(self.at + 1);
            let (kind, length) = match b {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.at = self.run(self.at + 1, SPACE);
                    continue;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                    if self.word() {
                        return true;
                    }
                    continue;
                }
                b'0'..=b'9' => {
                    if self.number() {
                        return true;
                    }
                    continue;
                }
                b'#' => {
                    let line = &self.bytes[self.at..];
                    let length = line.iter().position(|&b| b == b'\n' || b == b'\r');
                    self.at += length.unwrap_or(line.len());
                    continue;
                }
                b'{' => {
                    self.push(Kind::BraceOpen, self.at + 1);
                    self.enter(Mode::Code);
                    continue;
                }
                b'}' => {
                    self.push(Kind::BraceClose, self.at + 1);
                    self.leave();
                    if self.mode == Mode::Code {
                        continue;
                    }
                    return true;
                }
                b'"' => {
                    self.push(Kind::Quote, self.at + 1);
                    self.enter(Mode::String);
                    return true;
                }
                b'\'' if next == b'\'' => {
                    let mut end = self.at + 2;
                    while self.byte(end) == b' ' {
                        end += 1;
                    }
                    let end = if self.byte(end) == b'\n' { end + 1 } else { self.at + 2 };
                    self.push(Kind::IndentedOpen, end);
                    self.enter(Mode::Indented);
                    return true;
                }
                b'$' if next == b'{' => {
                    self.push(Kind::Interpolation, self.at + 2);
                    self.enter(Mode::Code);
                    continue;
                }
                b'.' | b'+' | b'-' if (is(next, PATH) || next == b'/') && self.path_start() => return true,
                b'.' if is(next, DIGIT) => {
                    let end = self.exponent(self.run(self.at + 1, DIGIT));
                    self.push(Kind::Float, end);
                    continue;
                }
                b'.' if next == b'.' && self.byte(self.at + 2) == b'.' => (Kind::Ellipsis, 3),
                b'.' => (Kind::Dot, 1),
                b'+' if next == b'+' => (Kind::Concat, 2),
                b'+' => (Kind::Plus, 1),
                b'-' if next == b'>' => (Kind::Implies, 2),
                b'-' => (Kind::Minus, 1),
                b'/' if next == b'/' => (Kind::Update, 2),
                b'/' if next == b'*' && self.comment() => continue,
                b'/' if self.path_start() => return true,
                b'/' => (Kind::Slash, 1),
                b'~' if next == b'/' && self.home_path() => return true,
                b'<' => match next {
                    b'=' => (Kind::LessOrEqual, 2),
                    b'|' => (Kind::PipeLeft, 2),
                    _ => match self.search_path() {
                        Some(end) => (Kind::SearchPath, end - self.at),
                        None => (Kind::Less, 1),
                    },
                },
                b'>' if next == b'=' => (Kind::MoreOrEqual, 2),
                b'>' => (Kind::More, 1),
                b'=' if next == b'=' => (Kind::Equal, 2),
                b'=' => (Kind::Assign, 1),
                b'!' if next == b'=' => (Kind::NotEqual, 2),
                b'!' => (Kind::Not, 1),
                b'&' if next == b'&' => (Kind::And, 2),
                b'|' if next == b'|' => (Kind::Or, 2),
                b'|' if next == b'>' => (Kind::PipeRight, 2),
                b'*' => (Kind::Star, 1),
                b'?' => (Kind::Question, 1),
                b':' => (Kind::Colon, 1),
                b'@' => (Kind::At, 1),
                b';' => (Kind::Semicolon, 1),
                b'(' => (Kind::ParenOpen, 1),
                b')' => (Kind::ParenClose, 1),
                b'[' => (Kind::BracketOpen, 1),
                b']' => (Kind::BracketClose, 1),
                b',' => (Kind::Comma, 1),
                // Nix's parser takes a NUL for the end of the text.
                0 => return self.finish(),
                _ => (Kind::Invalid, self.character_end(self.at) - self.at),
            };
            self.push(kind, self.at + length);
        }
    }

    /// An identifier, keyword, URI or path. True if it was a path.
    #[inline]
    fn word(&mut self) -> bool {
        let end = self.run(self.at + 1, IDENT);
        if matches!(self.byte(end), b'/' | b':' | b'.' | b'+') {
            if self.path_start() {
                return true;
            }
            if let Some(end) = self.uri() {
                self.push(Kind::Uri, end);
                return false;
            }
        }
        self.push(Kind::of_word(&self.bytes[self.at..end]), end);
        false
    }

    /// A number or path. True if it was a path.
    fn number(&mut self) -> bool {
        let start = self.at;
        let end = self.run(start, DIGIT);
        let next = self.byte(end);
        if (is(next, PATH) || next == b'/') && self.path_start() {
            return true;
        }
        let float = match (self.bytes[start], end - start) {
            _ if next != b'.' => false,
            (b'0', 1) => is(self.byte(end + 1), DIGIT),
            (b'0', _) => false,
            _ => true,
        };
        if float {
            let end = self.exponent(self.run(end + 1, DIGIT));
            self.push(Kind::Float, end);
        } else {
            self.push(Kind::Int, end);
        }
        false
    }

    /// End of a number whose digits end at `at`, with the exponent if there is one.
    fn exponent(&self, at: usize) -> usize {
        if !matches!(self.byte(at), b'e' | b'E') {
            return at;
        }
        let digits = if matches!(self.byte(at + 1), b'+' | b'-') { at + 2 } else { at + 1 };
        let end = self.run(digits, DIGIT);
        if end > digits { end } else { at }
    }

    /// Skips the comment here; false if it does not end.
    fn comment(&mut self) -> bool {
        if self.open_comment.is_some() {
            return false;
        }
        let mut at = self.at + 2;
        while let Some(star) = self.bytes.get(at..).and_then(|rest| rest.iter().position(|&b| b == b'*')) {
            at += star + 1;
            if self.byte(at) == b'/' {
                self.at = at + 1;
                return true;
            }
        }
        self.open_comment = Some(self.at as u32);
        false
    }

    /// `<a/b>`: its end.
    fn search_path(&self) -> Option<usize> {
        let mut at = self.at;
        loop {
            let end = self.run(at + 1, PATH);
            match self.byte(end) {
                _ if end == at + 1 => return None,
                b'/' => at = end,
                b'>' => return Some(end + 1),
                _ => return None,
            }
        }
    }

    /// The URI here: its end.
    fn uri(&mut self) -> Option<usize> {
        if !self.bytes[self.at].is_ascii_alphabetic() {
            return None;
        }
        if self.at >= self.scheme_run_end {
            self.scheme_run_end = self.run(self.at, SCHEME);
        }
        let colon = self.scheme_run_end;
        (self.byte(colon) == b':' && is(self.byte(colon + 1), URI)).then(|| self.run(colon + 1, URI))
    }

    /// Pushes the first piece of the path here, if there is one.
    fn path_start(&mut self) -> bool {
        if self.at >= self.path_run_end {
            self.path_run_end = self.run(self.at, PATH);
        }
        match self.components(self.at.max(self.path_run_end)) {
            Some(end) => {
                self.push_path(Kind::Path, end);
                true
            }
            None => false,
        }
    }

    fn home_path(&mut self) -> bool {
        match self.components(self.at + 1) {
            Some(end) => {
                self.push_path(Kind::HomePath, end);
                true
            }
            None => false,
        }
    }

    /// End of the path components that start with the slash at `at`; none if there is neither a component nor an
    /// interpolation after it.
    fn components(&self, mut at: usize) -> Option<usize> {
        if self.byte(at) != b'/' {
            return None;
        }
        if !is(self.byte(at + 1), PATH) {
            return (self.byte(at + 1) == b'$' && self.byte(at + 2) == b'{').then_some(at + 1);
        }
        while self.byte(at) == b'/' && is(self.byte(at + 1), PATH) {
            at = self.run(at + 1, PATH);
        }
        Some(if self.byte(at) == b'/' { at + 1 } else { at })
    }

    fn push_path(&mut self, kind: Kind, end: usize) {
        self.push(kind, end);
        self.enter(if self.bytes[end - 1] == b'/' { Mode::PathSlash } else { Mode::Path });
    }

    /// What follows a piece of a path.
    fn path(&mut self, slash: bool) -> bool {
        if self.byte(self.at) == b'$' && self.byte(self.at + 1) == b'{' {
            self.mode = Mode::Path;
            self.push(Kind::Interpolation, self.at + 2);
            self.enter(Mode::Code);
            return true;
        }
        let mut end = self.run(self.at, PATH);
        if self.byte(end) == b'/' {
            end = self.components(end).unwrap_or(end + 1);
        }
        if end > self.at {
            self.leave();
            self.push_path(Kind::PathText, end);
            return true;
        }
        let last = self.tokens.last().copied();
        let (start, end) = last.map_or((self.at, self.at), |t| (t.start as usize, t.end as usize));
        if slash {
            return match self.bytes.get(self.at) {
                Some(_) => self.break_off(Broken::TrailingSlash, self.at, self.character_end(self.at)),
                None => self.break_off(Broken::TrailingSlash, start, end),
            };
        }
        self.tokens.push(Token { kind: Kind::PathEnd, start: start as u32, end: end as u32 });
        self.leave();
        true
    }

    /// The rest of a `"…"` literal, up to an interpolation.
    fn string(&mut self) -> bool {
        let mut end = self.at;
        let (mut escaped, mut nul) = (false, false);
        let closed = loop {
            end = self.run(end, PLAIN);
            let Some(&b) = self.bytes.get(end) else { break None };
            let next = self.byte(end + 1);
            match b {
                b'"' => break Some((Kind::Quote, 1)),
                b'$' if next == b'{' => break Some((Kind::Interpolation, 2)),
                b'$' if matches!(next, b'"' | b'\\') => {}
                b'$' => {
                    escaped |= next == b'\r';
                    nul |= next == 0 && end + 1 < self.bytes.len();
                    end += 1;
                }
                b'\\' => {
                    escaped = true;
                    nul |= next == 0 && end + 1 < self.bytes.len();
                    end += 1;
                }
                b'\r' => escaped = true,
                _ => nul = true,
            }
            end = (end + 1).min(self.bytes.len());
        };
        if nul {
            return self.break_off(Broken::Nul, self.at, end);
        }
        if end > self.at {
            self.push(if escaped { Kind::EscapedText } else { Kind::Text }, end);
        }
        self.close(closed)
    }

    /// The rest of a `''…''` literal, up to an interpolation.
    fn indented(&mut self) -> bool {
        loop {
            let mut end = self.at;
            let mut nul = false;
            // Up to something that is not text.
            loop {
                end = self.run(end, INDENTED);
                let Some(&b) = self.bytes.get(end) else { break };
                let next = self.bytes.get(end + 1).copied();
                match (b, next) {
                    (0, _) => (nul, end) = (true, end + 1),
                    (b'$', None | Some(b'{' | b'\'')) | (b'\'', None | Some(b'\'' | b'$')) => break,
                    (_, next) => (nul, end) = (nul || next == Some(0), end + 2),
                }
            }
            if nul {
                return self.break_off(Broken::Nul, self.at, end);
            }
            if end > self.at {
                self.push(Kind::IndentedText, end);
            }
            let (Some(b), next) = (self.bytes.get(end), self.byte(end + 1)) else { return self.close(None) };
            let escape = match (b, next, self.byte(end + 2)) {
                (b'$', b'{', _) => return self.close(Some((Kind::Interpolation, 2))),
                (b'\'', b'\'', b'\'' | b'$') => 3,
                (b'\'', b'\'', b'\\') if end + 3 < self.bytes.len() => {
                    if self.bytes[end + 3] == 0 {
                        return self.break_off(Broken::Nul, end, end + 4);
                    }
                    self.character_end(end + 3) - end
                }
                (b'\'', b'\'', _) => return self.close(Some((Kind::IndentedClose, 2))),
                _ => 1,
            };
            self.push(Kind::IndentedEscape, end + escape);
        }
    }

    /// What ends a piece of a literal: its end, an interpolation, or the end of the text.
    fn close(&mut self, token: Option<(Kind, usize)>) -> bool {
        match token {
            None => return self.finish(),
            Some((kind, length)) => {
                self.push(kind, self.at + length);
                if kind == Kind::Interpolation {
                    self.enter(Mode::Code);
                } else {
                    self.leave();
                }
            }
        }
        true
    }
}
