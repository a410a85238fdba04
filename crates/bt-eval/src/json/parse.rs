//! Reading JSON.

use super::contains_nul;
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::symbol::Symbol;
use crate::value::Value;
use std::borrow::Cow;

/// What the grammar is made of.
enum Token<'a> {
    BeginArray,
    EndArray,
    BeginObject,
    EndObject,
    Colon,
    Comma,
    Text(Cow<'a, str>),
    True,
    False,
    Null,
    Int(i64),
    Float { number: f64, text: &'a str, whole: bool },
    End,
}

impl Token<'_> {
    fn name(&self) -> &'static str {
        match self {
            Token::BeginArray => "'['",
            Token::EndArray => "']'",
            Token::BeginObject => "'{'",
            Token::EndObject => "'}'",
            Token::Colon => "':'",
            Token::Comma => "','",
            Token::Text(_) => "string literal",
            Token::True => "true literal",
            Token::False => "false literal",
            Token::Null => "null literal",
            Token::Int(_) | Token::Float { .. } => "number literal",
            Token::End => "end of input",
        }
    }
}

/// An array or object whose end is not read yet.
enum Open<'e> {
    Array(Vec<Value<'e>>),
    /// Finished attributes, and the name of the next one.
    Object(Vec<(Symbol, Value<'e>)>, Symbol),
}

/// Reads JSON without recursion, so that nesting has no limit. What is refused, and how the errors are worded, is as in
/// the library that Nix uses, nlohmann's json.
pub(super) struct JsonParser<'a, 'e> {
    ev: &'a Evaluator<'e>,
    bytes: &'a [u8],
    /// The bytes up to the first that is not UTF-8.
    text: &'a str,
    /// How much is read; one more than there is when the end was looked at.
    at: usize,
    /// Where the last string or number began: errors show what was read since.
    shown: usize,
    /// What would have been right instead of a token that is none.
    expected: Option<&'static str>,
}

const LITERAL_OR_VALUE: &str = "'[', '{', or a literal";

impl<'a, 'e> JsonParser<'a, 'e> {
    pub fn new(ev: &'a Evaluator<'e>, bytes: &'a [u8]) -> Self {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        };
        JsonParser { ev, bytes, text, at: 0, shown: 0, expected: None }
    }

    /// A byte order mark, which is skipped.
    fn mark(&mut self) -> Result<()> {
        for (i, expected) in b"\xef\xbb\xbf".iter().enumerate() {
            if self.next() != Some(*expected) {
                if i > 0 {
                    return Err(self.wrong("value", "invalid BOM; must be 0xEF 0xBB 0xBF if given"));
                }
                self.at = 0;
                return Ok(());
            }
        }
        Ok(())
    }

    pub fn document(&mut self) -> Result<Value<'e>> {
        let mut open: Vec<Open<'e>> = Vec::new();
        self.mark()?;
        if self.bytes.is_empty() {
            let message = "[json.exception.parse_error.101] parse error at line 1, column 1: attempting to parse an empty \
                           input; check that your input string or stream contains the expected JSON";
            return Err(Error::new(ErrorKind::Other, message).help(DECODING));
        }
        let mut token = self.token("value")?;
        loop {
            // A value begins with the token.
            let mut value = match token {
                Token::BeginArray => {
                    token = self.token("value")?;
                    if !matches!(token, Token::EndArray) {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                    Value::List(self.ev.empty_list())
                }
                Token::BeginObject => match self.token_or("object key", "string literal")? {
                    Token::EndObject => Value::Attrs(self.ev.empty_attrs()),
                    key => {
                        let name = self.key(key)?;
                        open.push(Open::Object(Vec::new(), name));
                        token = self.token("value")?;
                        continue;
                    }
                },
                Token::Text(text) => self.ev.string(without_nul(text)?.as_bytes()),
                Token::True => Value::Bool(true),
                Token::False => Value::Bool(false),
                Token::Null => Value::Null,
                Token::Int(number) => Value::Int(number),
                Token::Float { number, text, whole } => Self::float(number, text, whole)?,
                other => return Err(self.unexpected("value", &other, LITERAL_OR_VALUE)),
            };
            // A value ended, and perhaps what is around it.
            loop {
                match open.pop() {
                    None => {
                        return match self.token_or("value", "end of input")? {
                            Token::End => Ok(value),
                            other => Err(self.unexpected("value", &other, "end of input")),
                        };
                    }
                    Some(Open::Array(mut items)) => {
                        items.push(value);
                        match self.token_or("array", "']'")? {
                            Token::Comma => {
                                open.push(Open::Array(items));
                                break;
                            }
                            Token::EndArray => value = self.ev.list(items),
                            other => return Err(self.unexpected("array", &other, "']'")),
                        }
                    }
                    Some(Open::Object(mut entries, name)) => {
                        entries.push((name, value));
                        match self.token_or("object", "'}'")? {
                            Token::Comma => {
                                let key = self.token_or("object key", "string literal")?;
                                let name = self.key(key)?;
                                open.push(Open::Object(entries, name));
                                break;
                            }
                            Token::EndObject => value = self.object(entries),
                            other => return Err(self.unexpected("object", &other, "'}'")),
                        }
                    }
                }
            }
            token = self.token("value")?;
        }
    }

    /// Of equal names the last counts.
    fn object(&self, entries: Vec<(Symbol, Value<'e>)>) -> Value<'e> {
        let mut set = AttrsBuilder::with_capacity(entries.len());
        for (name, value) in entries.into_iter().rev() {
            set.push(name, value);
        }
        Value::Attrs(set.finish(self.ev.arena))
    }

    /// The name that a token is, and the colon after it.
    fn key(&mut self, token: Token<'a>) -> Result<Symbol> {
        let name = match token {
            Token::Text(text) => self.ev.symbols.intern(&without_nul(text)?),
            other => return Err(self.unexpected("object key", &other, "string literal")),
        };
        match self.token_or("object separator", "':'")? {
            Token::Colon => Ok(name),
            other => Err(self.unexpected("object separator", &other, "':'")),
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn token_or(&mut self, what: &str, expected: &'static str) -> Result<Token<'a>> {
        self.expected = Some(expected);
        let token = self.token(what)?;
        self.expected = None;
        Ok(token)
    }

    fn token(&mut self, what: &str) -> Result<Token<'a>> {
        let byte = loop {
            match self.next() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {}
                Some(byte) => break byte,
                None => return Ok(Token::End),
            }
        };
        match byte {
            b'[' => Ok(Token::BeginArray),
            b']' => Ok(Token::EndArray),
            b'{' => Ok(Token::BeginObject),
            b'}' => Ok(Token::EndObject),
            b':' => Ok(Token::Colon),
            b',' => Ok(Token::Comma),
            b'"' => self.string(what),
            b't' => self.word(what, b"true", Token::True),
            b'f' => self.word(what, b"false", Token::False),
            b'n' => self.word(what, b"null", Token::Null),
            b'-' | b'0'..=b'9' => self.number(what),
            _ => Err(self.wrong(what, "invalid literal")),
        }
    }

    fn word(&mut self, what: &str, word: &[u8], token: Token<'a>) -> Result<Token<'a>> {
        for expected in &word[1..] {
            if self.next() != Some(*expected) {
                return Err(self.wrong(what, "invalid literal"));
            }
        }
        Ok(token)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn digits(&mut self, what: &str, expected: &str) -> Result<()> {
        if !self.next().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.wrong(what, &format!("invalid number; expected {expected}")));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    /// A number, of which the first byte was read.
    fn number(&mut self, what: &str) -> Result<Token<'a>> {
        self.at -= 1;
        self.shown = self.at;
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits(what, "digit after '-'")?;
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits(what, "digit after '.'")?;
            whole = false;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            match self.peek() {
                Some(b'+' | b'-') => {
                    self.at += 1;
                    self.digits(what, "digit after exponent sign")?;
                }
                _ => self.digits(what, "'+', '-', or digit after exponent")?,
            }
            whole = false;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if whole && let Ok(number) = text.parse() {
            return Ok(Token::Int(number));
        }
        Ok(Token::Float { number: text.parse().unwrap_or(f64::NAN), text, whole })
    }

    /// The value of a number that is no integer of 64 bits.
    fn float(number: f64, text: &str, whole: bool) -> Result<Value<'e>> {
        // Beyond these integers the library goes on with floats.
        if whole && text.parse::<u64>().is_ok() {
            let message = format!("unsigned json number {text} outside of Nix integer range");
            return Err(Error::new(ErrorKind::Other, message));
        }
        if !number.is_finite() {
            let message = format!("[json.exception.out_of_range.406] number overflow parsing '{text}'");
            return Err(Error::new(ErrorKind::Other, message).help(DECODING));
        }
        Ok(Value::Float(number))
    }

    /// A string after its first quote.
    fn string(&mut self, what: &str) -> Result<Token<'a>> {
        self.shown = self.at - 1;
        let mut copied = self.at;
        let mut out = String::new();
        loop {
            let here = self.at;
            match self.next() {
                Some(b'"') if out.is_empty() => {
                    return Ok(Token::Text(Cow::Borrowed(self.text.get(copied..here).unwrap_or_default())));
                }
                Some(b'"') => {
                    out.push_str(self.text.get(copied..here).unwrap_or_default());
                    return Ok(Token::Text(Cow::Owned(out)));
                }
                Some(b'\\') => {
                    out.push_str(self.text.get(copied..here).unwrap_or_default());
                    out.push(self.escape(what)?);
                    copied = self.at;
                }
                Some(byte @ 0..0x20) => return Err(self.wrong(what, &control_character(byte))),
                Some(0x80..) if here >= self.text.len() => return Err(self.ill_formed(what)),
                Some(_) => {}
                None => return Err(self.wrong(what, "invalid string: missing closing quote")),
            }
        }
    }

    /// The error for what is not UTF-8, with all that has to be read to see that.
    #[cold]
    fn ill_formed(&mut self, what: &str) -> Error {
        let start = self.text.len();
        let rest = self.bytes.get(start..).unwrap_or_default();
        let begins = matches!(rest.first(), Some(0xc2..=0xf4));
        let length = match std::str::from_utf8(rest).err().map(|error| error.error_len()) {
            Some(None) => rest.len() + 1,
            Some(Some(length)) if begins => length + 1,
            _ => 1,
        };
        self.at = start + length;
        self.wrong(what, "invalid string: ill-formed UTF-8 byte")
    }

    /// An escape after its backslash.
    fn escape(&mut self, what: &str) -> Result<char> {
        Ok(match self.next() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let mut code = self.hex(what)?;
                if let 0xd800..0xdc00 = code {
                    let escaped = self.next() == Some(b'\\') && self.next() == Some(b'u');
                    let low = if escaped { self.hex(what)? } else { 0 };
                    if !(0xdc00..0xe000).contains(&low) {
                        let reason = "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF";
                        return Err(self.wrong(what, reason));
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                let Some(character) = char::from_u32(code) else {
                    let reason = "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF";
                    return Err(self.wrong(what, reason));
                };
                character
            }
            _ => return Err(self.wrong(what, "invalid string: forbidden character after backslash")),
        })
    }

    fn hex(&mut self, what: &str) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.next().and_then(|b| char::from(b).to_digit(16)) else {
                return Err(self.wrong(what, "invalid string: '\\u' must be followed by 4 hex digits"));
            };
            code = code << 4 | digit;
        }
        Ok(code)
    }

    #[cold]
    fn unexpected(&self, what: &str, token: &Token<'_>, expected: &str) -> Error {
        let is_number = matches!(token, Token::Int(_) | Token::Float { .. });
        // To see its end, what follows a number was read and put back, and with a newline the column is lost.
        let at_newline = is_number && self.peek() == Some(b'\n');
        self.error(what, &format!("unexpected {}; expected {expected}", token.name()), at_newline)
    }

    /// What was read last makes no token.
    #[cold]
    fn wrong(&self, what: &str, reason: &str) -> Error {
        let read = &self.bytes[self.shown..self.at.min(self.bytes.len())];
        // Nobody wants to see all of a long string.
        let tail = &read[read.len().saturating_sub(MAX_SHOWN)..];
        let mut shown = if tail.len() < read.len() { "…".to_string() } else { String::new() };
        for c in String::from_utf8_lossy(tail).chars() {
            match c {
                '\0'..' ' => shown.push_str(&format!("<U+{:04X}>", c as u32)),
                c => shown.push(c),
            }
        }
        let expected = self.expected.map_or(String::new(), |expected| format!("; expected {expected}"));
        self.error(what, &format!("{reason}; last read: '{shown}'{expected}"), false)
    }

    #[cold]
    fn error(&self, what: &str, reason: &str, column_is_lost: bool) -> Error {
        let before = &self.bytes[..self.at.min(self.bytes.len())];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
        let column = if column_is_lost { 0 } else { self.at - start };
        let message = format!(
            "[json.exception.parse_error.101] parse error at line {line}, column {column}: syntax error while parsing {what} - {reason}"
        );
        Error::new(ErrorKind::Other, message).help(DECODING)
    }
}

/// How many bytes of what was read an error shows.
const MAX_SHOWN: usize = 200;

const DECODING: &str = "while decoding a JSON string";

/// Strings of the language have no zero bytes.
fn without_nul(text: Cow<'_, str>) -> Result<Cow<'_, str>> {
    if text.contains('\0') { Err(Error::new(ErrorKind::Other, contains_nul(&text))) } else { Ok(text) }
}

#[cold]
fn control_character(byte: u8) -> String {
    const NAMES: [&str; 32] = [
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", "DLE",
        "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
    ];
    let name = NAMES.get(usize::from(byte)).copied().unwrap_or_default();
    let short = match byte {
        0x08 => " or \\b",
        b'\t' => " or \\t",
        b'\n' => " or \\n",
        0x0c => " or \\f",
        b'\r' => " or \\r",
        _ => "",
    };
    format!("invalid string: control character U+{byte:04X} ({name}) must be escaped to \\u{byte:04X}{short}")
}
