//! Reading JSON.

use super::contains_nul;
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::symbol::Symbol;
use crate::value::Value;

/// What the grammar is made of.
enum Token {
    BeginArray,
    EndArray,
    BeginObject,
    EndObject,
    Colon,
    Comma,
    Text(String),
    True,
    False,
    Null,
    Int(i64),
    Float(f64),
    End,
}

impl Token {
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
            Token::Int(_) | Token::Float(_) => "number literal",
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

/// Reads JSON without recursion, so that nesting has no limit.
pub(super) struct JsonParser<'a, 'e> {
    ev: &'a Evaluator<'e>,
    text: &'a [u8],
    /// How much is read; one more than there is when the end was looked at.
    at: usize,
}

impl<'a, 'e> JsonParser<'a, 'e> {
    pub fn new(ev: &'a Evaluator<'e>, text: &'a [u8]) -> Self {
        JsonParser { ev, text, at: 0 }
    }

    pub fn document(&mut self) -> Result<Value<'e>> {
        let mut open: Vec<Open<'e>> = Vec::new();
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
                Token::BeginObject => match self.token("object key")? {
                    Token::EndObject => Value::Attrs(self.ev.empty_attrs()),
                    key => {
                        let name = self.key(key)?;
                        open.push(Open::Object(Vec::new(), name));
                        token = self.token("value")?;
                        continue;
                    }
                },
                Token::Text(text) => self.ev.string(text),
                Token::True => Value::Bool(true),
                Token::False => Value::Bool(false),
                Token::Null => Value::Null,
                Token::Int(number) => Value::Int(number),
                Token::Float(number) => Value::Float(number),
                other => return Err(self.unexpected("value", &other, "'[', '{', or a literal")),
            };
            // A value ended, and perhaps what is around it.
            loop {
                match open.pop() {
                    None => {
                        return match self.token("value")? {
                            Token::End => Ok(value),
                            other => Err(self.unexpected("value", &other, "end of input")),
                        };
                    }
                    Some(Open::Array(mut items)) => {
                        items.push(value);
                        match self.token("array")? {
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
                        match self.token("object")? {
                            Token::Comma => {
                                let key = self.token("object key")?;
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
    fn key(&mut self, token: Token) -> Result<Symbol> {
        let name = match token {
            Token::Text(text) => self.ev.symbols.intern(&text),
            other => return Err(self.unexpected("object key", &other, "string literal")),
        };
        match self.token("object separator")? {
            Token::Colon => Ok(name),
            other => Err(self.unexpected("object separator", &other, "':'")),
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.text.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn token(&mut self, what: &str) -> Result<Token> {
        let byte = loop {
            match self.next() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {}
                Some(byte) => break byte,
                None => return Ok(Token::End),
            }
        };
        let start = self.at - 1;
        match byte {
            b'[' => Ok(Token::BeginArray),
            b']' => Ok(Token::EndArray),
            b'{' => Ok(Token::BeginObject),
            b'}' => Ok(Token::EndObject),
            b':' => Ok(Token::Colon),
            b',' => Ok(Token::Comma),
            b'"' => self.string(what),
            b't' => self.word(what, start, b"true", Token::True),
            b'f' => self.word(what, start, b"false", Token::False),
            b'n' => self.word(what, start, b"null", Token::Null),
            b'-' | b'0'..=b'9' => self.number(what, start),
            _ => Err(self.wrong(what, start, "invalid literal")),
        }
    }

    fn word(&mut self, what: &str, start: usize, word: &[u8], token: Token) -> Result<Token> {
        for expected in &word[1..] {
            if self.next() != Some(*expected) {
                return Err(self.wrong(what, start, "invalid literal"));
            }
        }
        Ok(token)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn digits(&mut self, what: &str, start: usize, after: &str) -> Result<()> {
        if !self.next().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.wrong(what, start, &format!("invalid number; expected digit after {after}")));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self, what: &str, start: usize) -> Result<Token> {
        self.at = start;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits(what, start, "'-'")?;
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits(what, start, "'.'")?;
            whole = false;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            match self.peek() {
                Some(b'+' | b'-') => {
                    self.at += 1;
                    self.digits(what, start, "exponent sign")?;
                }
                _ => self.digits(what, start, "exponent mark")?,
            }
            whole = false;
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        if whole {
            if let Ok(number) = text.parse() {
                return Ok(Token::Int(number));
            }
            // Beyond these integers JSON libraries, and so Nix, go on with floats.
            if text.parse::<u64>().is_ok() {
                let message = format!("unsigned json number {text} outside of Nix integer range");
                return Err(Error::new(ErrorKind::Other, message));
            }
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Token::Float(number)),
            _ => {
                let message = format!("[json.exception.out_of_range.406] number overflow parsing '{text}'");
                Err(Error::new(ErrorKind::Other, message))
            }
        }
    }

    /// A string after its first quote.
    fn string(&mut self, what: &str) -> Result<Token> {
        let start = self.at - 1;
        let mut bytes = Vec::new();
        loop {
            match self.next() {
                Some(b'"') => break,
                Some(b'\\') => self.escape(what, start, &mut bytes)?,
                Some(byte @ 0..0x20) => {
                    let reason =
                        format!("invalid string: control character U+{byte:04X} must be escaped to \\u{byte:04X}");
                    return Err(self.wrong(what, start, &reason));
                }
                Some(byte) => bytes.push(byte),
                None => return Err(self.wrong(what, start, "invalid string: missing closing quote")),
            }
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => return Err(self.wrong(what, start, "invalid string: ill-formed UTF-8 byte")),
        };
        if text.contains('\0') {
            return Err(Error::new(ErrorKind::Other, contains_nul(&text)));
        }
        Ok(Token::Text(text))
    }

    /// An escape after its backslash.
    fn escape(&mut self, what: &str, start: usize, bytes: &mut Vec<u8>) -> Result<()> {
        let byte = match self.next() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let mut code = self.hex(what, start)?;
                if let 0xd800..0xdc00 = code {
                    let escaped = self.next() == Some(b'\\') && self.next() == Some(b'u');
                    let low = if escaped { self.hex(what, start)? } else { 0 };
                    if !(0xdc00..0xe000).contains(&low) {
                        let reason = "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF";
                        return Err(self.wrong(what, start, reason));
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                let Some(character) = char::from_u32(code) else {
                    let reason = "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF";
                    return Err(self.wrong(what, start, reason));
                };
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.wrong(what, start, "invalid string: forbidden character after backslash")),
        };
        bytes.push(byte);
        Ok(())
    }

    fn hex(&mut self, what: &str, start: usize) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.next().and_then(|b| char::from(b).to_digit(16)) else {
                return Err(self.wrong(what, start, "invalid string: '\\u' must be followed by 4 hex digits"));
            };
            code = code << 4 | digit;
        }
        Ok(code)
    }

    #[cold]
    fn unexpected(&self, what: &str, token: &Token, expected: &str) -> Error {
        self.error(what, &format!("unexpected {}; expected {expected}", token.name()))
    }

    /// The characters since `start` make no token.
    #[cold]
    fn wrong(&self, what: &str, start: usize, reason: &str) -> Error {
        // Nobody wants to see all of a long string.
        let read = &self.text[start..self.at.min(self.text.len())];
        let mut shown = String::new();
        for c in String::from_utf8_lossy(&read[..read.len().min(60)]).chars() {
            match c {
                '\0'..' ' => shown.push_str(&format!("<U+{:04X}>", c as u32)),
                c => shown.push(c),
            }
        }
        self.error(what, &format!("{reason}; last read: '{shown}'"))
    }

    #[cold]
    fn error(&self, what: &str, reason: &str) -> Error {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = self.at - before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
        let message = format!(
            "[json.exception.parse_error.101] parse error at line {line}, column {column}: syntax error while parsing {what} - {reason}"
        );
        Error::new(ErrorKind::Other, message).help("while decoding a JSON string")
    }
}
