//! JSON as `builtins.toJSON` writes and `builtins.fromJSON` reads it.

use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Coercion, Evaluator, Result, StringBuilder};
use crate::symbol::{Symbol, sym};
use crate::value::{Attrs, Value};

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub struct JsonOptions {
    /// Paths become store paths, as `builtins.toJSON` does it; otherwise they are shown as they are.
    pub copy_paths: bool,
}

impl Default for JsonOptions {
    fn default() -> Self {
        JsonOptions { copy_paths: true }
    }
}

/// The error when values nest without an end.
#[cold]
pub(crate) fn too_deep() -> Error {
    Error::new(ErrorKind::Limit, "stack overflow; max-call-depth exceeded")
}

/// The message for a text that has a zero byte.
#[cold]
pub(crate) fn contains_nul(text: &str) -> String {
    let text = text.replace('\0', "␀");
    format!("input string '{text}' cannot be represented as Nix string because it contains null bytes")
}

impl<'e> Evaluator<'e> {
    /// Appends a value, evaluated all the way down, as `builtins.toJSON` does.
    ///
    /// Errors: evaluation fails, or there is a function or a string that is not UTF-8.
    pub fn write_json(&self, value: Value<'e>, out: &mut StringBuilder<'e>) -> Result<()> {
        self.write_json_with(value, JsonOptions::default(), out)
    }

    /// The same with options.
    ///
    /// Errors: as for [`Evaluator::write_json`].
    pub fn write_json_with(&self, value: Value<'e>, options: JsonOptions, out: &mut StringBuilder<'e>) -> Result<()> {
        JsonWriter { ev: self, options }.write(value, 0, out)
    }

    /// The value of a JSON text.
    ///
    /// Errors: it is not JSON, or has something that values cannot hold.
    pub fn parse_json(&self, text: &[u8]) -> Result<Value<'e>> {
        // A byte order mark is skipped, as Nix does.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        JsonParser { ev: self, text, at: 0 }.document()
    }
}

struct JsonWriter<'a, 'e> {
    ev: &'a Evaluator<'e>,
    options: JsonOptions,
}

impl<'e> JsonWriter<'_, 'e> {
    fn write(&self, value: Value<'e>, depth: u32, out: &mut StringBuilder<'e>) -> Result<()> {
        if depth > self.ev.options.max_call_depth {
            return Err(too_deep());
        }
        match self.ev.force(value)? {
            Value::Null => out.push(b"null"),
            Value::Bool(flag) => out.push(if flag { b"true" } else { b"false" }),
            Value::Int(number) => out.push(number.to_string().as_bytes()),
            Value::Float(number) => out.push(float_text(number).as_bytes()),
            Value::String(string) => {
                out.push_context(string.context);
                push_text(string.bytes, out)?;
            }
            path @ Value::Path(_) => {
                let how = Coercion { more: false, copy_paths: self.options.copy_paths };
                let text = self.ev.force_string(self.ev.coerce_to_string(path, how)?)?;
                out.push_context(text.context);
                push_text(text.bytes, out)?;
            }
            Value::List(list) => {
                out.push(b"[");
                for (i, item) in list.items.iter().enumerate() {
                    if i > 0 {
                        out.push(b",");
                    }
                    self.deeper(Value::Thunk(item), depth, out)?;
                }
                out.push(b"]");
            }
            Value::Attrs(attrs) => self.write_set(attrs, depth, out)?,
            function => return Err(no_function(function)),
        }
        Ok(())
    }

    fn deeper(&self, value: Value<'e>, depth: u32, out: &mut StringBuilder<'e>) -> Result<()> {
        self.ev.guarded(|| self.write(value, depth + 1, out))
    }

    /// A set with `__toString` or `outPath` is what that says, any other an object.
    fn write_set(&self, attrs: &'e Attrs<'e>, depth: u32, out: &mut StringBuilder<'e>) -> Result<()> {
        if attrs.get(sym::TO_STRING).is_some() {
            let text = self.ev.coerce_to_string(Value::Attrs(attrs), Coercion::PATH_TEXT)?;
            return self.deeper(text, depth, out);
        }
        if let Some(out_path) = self.ev.attribute(attrs, sym::OUT_PATH) {
            return self.deeper(Value::Thunk(out_path), depth, out);
        }
        out.push(b"{");
        for (i, (name, attr)) in self.ev.sorted_entries(attrs).into_iter().enumerate() {
            if i > 0 {
                out.push(b",");
            }
            push_text(name.as_bytes(), out)?;
            out.push(b":");
            let written = self.deeper(Value::Thunk(&attr.value), depth, out);
            written.map_err(|error| error.at(attr.span()))?;
        }
        out.push(b"}");
        Ok(())
    }
}

#[cold]
fn no_function(value: Value<'_>) -> Error {
    let function = match value {
        Value::Builtin(builtin) => format!("the built-in function '{}'", builtin.name),
        Value::Partial(partial) => match partial.function {
            Value::Builtin(builtin) => format!("the partially applied built-in function '{}'", builtin.name),
            _ => "a function".to_string(),
        },
        other => other.type_with_article().to_string(),
    };
    Error::new(ErrorKind::Type, format!("cannot convert {function} to JSON"))
}

/// A text between quotes.
fn push_text(bytes: &[u8], out: &mut StringBuilder<'_>) -> Result<()> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let index = error.valid_up_to();
        let message = format!("JSON serialization error: invalid UTF-8 byte at index {index}: 0x{:02X}", bytes[index]);
        return Err(Error::new(ErrorKind::Other, message));
    }
    out.push(b"\"");
    let mut copied = 0;
    for (i, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0x08 => b"\\b",
            0x0c => b"\\f",
            0..0x20 => b"",
            _ => continue,
        };
        out.push(&bytes[copied..i]);
        copied = i + 1;
        match escape {
            b"" => out.push(format!("\\u{byte:04x}").as_bytes()),
            escape => out.push(escape),
        }
    }
    out.push(&bytes[copied..]);
    out.push(b"\"");
    Ok(())
}

/// The shortest decimal that reads back as the number; always with a point or an exponent.
fn float_text(number: f64) -> String {
    if !number.is_finite() {
        return "null".to_string();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // How many digits stand before the point.
    let point = exponent + 1;
    let count = digits.len() as i32;
    let zeros = |n: i32| "0".repeat(n.max(0) as usize);
    if count <= point && point <= 15 {
        format!("{sign}{digits}{}.0", zeros(point - count))
    } else if 0 < point && point <= 15 {
        let (whole, rest) = digits.split_at(point as usize);
        format!("{sign}{whole}.{rest}")
    } else if -4 < point && point <= 0 {
        format!("{sign}0.{}{digits}", zeros(-point))
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let direction = if exponent < 0 { '-' } else { '+' };
        format!("{sign}{first}{dot}{rest}e{direction}{:02}", exponent.unsigned_abs())
    }
}

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
struct JsonParser<'a, 'e> {
    ev: &'a Evaluator<'e>,
    text: &'a [u8],
    /// How much is read; one more than there is when the end was looked at.
    at: usize,
}

impl<'e> JsonParser<'_, 'e> {
    fn document(&mut self) -> Result<Value<'e>> {
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

#[cfg(test)]
mod tests {
    use super::float_text;

    #[test]
    fn floats_are_short_and_stay_floats() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (100.0, "100.0"),
            (1e14, "100000000000000.0"),
            (1e15, "1e+15"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e100, "1e+100"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ];
        for (number, text) in cases {
            assert_eq!(float_text(number), text);
        }
    }
}
