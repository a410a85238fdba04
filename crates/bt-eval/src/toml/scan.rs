//! The characters of a TOML text: blanks, comments, strings and keys.

/// Why a text is not TOML: in the words of the library that Nix uses, and where.
pub(super) struct Fail {
    pub title: &'static str,
    pub at: usize,
}

pub(super) type Scanned<T> = Result<T, Fail>;

/// A place in a text. What is read is never read again, except for one token at a time.
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// The bytes of the text; what is not UTF-8 comes after the last of them.
    bytes: &'a [u8],
    pub at: usize,
}

const INVALID_COMMENT: &str = "toml::parse_comment_line: newline (LF / CRLF) or EOF is expected";
const INVALID_KEY: &str = "toml::parse_simple_key: invalid key: key must be \"quoted\", 'quoted-literal', or bare key.";

/// What the two kinds of quotes, on one line or several, allow.
struct Quoting {
    title: &'static str,
    quote: u8,
    escapes: bool,
    lines: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner at the beginning of a text.
    pub fn new(bytes: &'a [u8]) -> Self {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        };
        Scanner { text, bytes, at: 0 }
    }

    pub fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    pub fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub fn fail<T>(&self, title: &'static str) -> Scanned<T> {
        Err(Fail { title, at: self.at })
    }

    pub fn eat(&mut self, expected: &[u8]) -> bool {
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(expected));
        if found {
            self.at += expected.len();
        }
        found
    }

    /// Spaces and tabs.
    pub fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    pub fn newline(&mut self) -> bool {
        self.eat(b"\n") || self.eat(b"\r\n")
    }

    /// Whether the byte may be in a comment or a string: no control characters, and nothing that is not UTF-8.
    fn is_text(&self, at: usize) -> bool {
        match self.byte(at) {
            Some(b'\t' | b' '..=b'~') => true,
            Some(0x80..) => at < self.text.len(),
            _ => false,
        }
    }

    /// The rest of a comment that begins here.
    fn comment(&mut self) -> bool {
        if !self.eat(b"#") {
            return false;
        }
        while self.is_text(self.at) {
            self.at += 1;
        }
        true
    }

    /// Blanks, a comment and the end of its line; nothing when there is no comment.
    pub fn comment_line(&mut self) -> Scanned<bool> {
        let start = self.at;
        self.blanks();
        if !self.comment() {
            self.at = start;
            return Ok(false);
        }
        if !self.is_at_end() && !self.newline() {
            return self.fail(INVALID_COMMENT);
        }
        Ok(true)
    }

    /// Blanks, newlines and comments; returns whether a line ended.
    pub fn gap(&mut self) -> bool {
        let mut ended = false;
        loop {
            self.blanks();
            let start = self.at;
            let comment = self.comment();
            if !self.newline() {
                self.at = if comment { start } else { self.at };
                return ended;
            }
            ended = true;
        }
    }

    /// A key, perhaps with dots; each part is given to `part`.
    pub fn key(&mut self, mut part: impl FnMut(&str)) -> Scanned<()> {
        loop {
            match self.peek() {
                Some(b'"') => part(&self.basic_string()?),
                Some(b'\'') => part(&self.literal_string()?),
                _ => {
                    let start = self.at;
                    while matches!(self.peek(), Some(b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')) {
                        self.at += 1;
                    }
                    if self.at == start {
                        return self.fail(INVALID_KEY);
                    }
                    part(self.slice(start, self.at));
                }
            }
            let end = self.at;
            self.blanks();
            if !self.eat(b".") {
                self.at = end;
                return Ok(());
            }
            self.blanks();
        }
    }

    /// A string in any of the four notations, at its first quote.
    pub fn string(&mut self) -> Scanned<String> {
        if self.eat(b"\"\"\"") {
            let title = "toml::parse_ml_basic_string: invalid string format";
            self.quoted(Quoting { title, quote: b'"', escapes: true, lines: true })
        } else if self.eat(b"'''") {
            let title = "toml::parse_ml_literal_string: invalid string format";
            self.quoted(Quoting { title, quote: b'\'', escapes: false, lines: true })
        } else if self.peek() == Some(b'"') {
            self.basic_string()
        } else {
            self.literal_string()
        }
    }

    fn basic_string(&mut self) -> Scanned<String> {
        self.at += 1;
        let title = "toml::parse_basic_string: invalid string format";
        self.quoted(Quoting { title, quote: b'"', escapes: true, lines: false })
    }

    fn literal_string(&mut self) -> Scanned<String> {
        self.at += 1;
        let title = "toml::parse_literal_string: invalid string format";
        self.quoted(Quoting { title, quote: b'\'', escapes: false, lines: false })
    }

    /// A string after its first quotes.
    fn quoted(&mut self, how: Quoting) -> Scanned<String> {
        let mut out = String::new();
        // An escape of what is no character is told only when the string is otherwise right.
        let mut bad_escape = None;
        if how.lines {
            // A newline right after the quotes does not count.
            self.newline();
        }
        let mut copied = self.at;
        loop {
            let here = self.at;
            match self.peek() {
                Some(byte) if byte == how.quote => {
                    let quotes = self.closing_quotes(&how);
                    out.push_str(self.slice(copied, here + quotes.kept));
                    self.at += quotes.kept + quotes.closing;
                    copied = here + quotes.kept;
                    if quotes.closing > 0 {
                        return bad_escape.map_or(Ok(out), Err);
                    }
                }
                Some(b'\\') if how.escapes => {
                    out.push_str(self.slice(copied, here));
                    self.at += 1;
                    if !(how.lines && self.escaped_newline()) {
                        match self.escape(how.title)? {
                            Ok(c) => out.push(c),
                            Err(title) => bad_escape = bad_escape.or(Some(Fail { title, at: here })),
                        }
                    }
                    copied = self.at;
                }
                Some(b'\n' | b'\r') if how.lines && self.newline() => {}
                Some(_) if self.is_text(here) => self.at += 1,
                _ => return self.fail(how.title),
            }
        }
    }

    /// The quotes here: up to two may be text, also right before the three that close a string of several lines.
    fn closing_quotes(&self, how: &Quoting) -> Quotes {
        if !how.lines {
            return Quotes { kept: 0, closing: 1 };
        }
        let count = (0..5).take_while(|i| self.byte(self.at + i) == Some(how.quote)).count();
        if count < 3 { Quotes { kept: count, closing: 0 } } else { Quotes { kept: count - 3, closing: 3 } }
    }

    /// After a backslash: blanks to the end of the line, and all blanks and newlines that follow.
    fn escaped_newline(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        if !self.newline() {
            self.at = start;
            return false;
        }
        loop {
            self.blanks();
            if !self.newline() {
                return true;
            }
        }
    }

    /// An escape after its backslash; the inner error is for numbers that are no characters.
    fn escape(&mut self, title: &'static str) -> Scanned<Result<char, &'static str>> {
        let Some(byte) = self.peek() else { return self.fail(title) };
        let digits = match byte {
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let simple = match byte {
            b'\\' | b'"' => char::from(byte),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' | b'U' => '\0',
            _ => return self.fail(title),
        };
        self.at += 1;
        if digits == 0 {
            return Ok(Ok(simple));
        }
        let mut code = 0u32;
        for _ in 0..digits {
            match self.peek().and_then(|b| char::from(b).to_digit(16)) {
                Some(digit) => code = code << 4 | digit,
                None => return self.fail(title),
            }
            self.at += 1;
        }
        Ok(char::from_u32(code).ok_or(match code {
            0xd800..0xe000 => "toml::parse_utf8_codepoint: [0xD800, 0xDFFF] is not a valid UTF-8",
            _ => "toml::parse_utf8_codepoint: input codepoint is too large.",
        }))
    }
}

/// A run of quotes in a string.
struct Quotes {
    kept: usize,
    closing: usize,
}
