//! TOML 1.0 as `builtins.fromTOML` reads it.
//!
//! Nix leaves TOML to the library toml11, asked for TOML 1.0 without extensions, and so the texts that are accepted are
//! exactly those that this library accepts. It is more liberal than the specification in two things: a header may follow
//! a value on the same line, and offsets of times go up to 24 hours and 60 minutes.

mod number;
mod scan;
mod tables;

use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::json::contains_nul;
use crate::symbol::{Symbol, sym};
use crate::value::Value;
use number::Scalar;
use scan::{Scanned, Scanner};
use tables::{ROOT, Shape, Tables};

impl<'e> Evaluator<'e> {
    /// The value of a TOML text.
    ///
    /// Errors: it is not TOML 1.0, or has something that values cannot hold.
    pub fn parse_toml(&self, text: &[u8]) -> Result<Value<'e>> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        // Every line has an end, except that a lone carriage return is none.
        let mut lines = Vec::with_capacity(text.len() + 1);
        lines.extend_from_slice(text);
        if !matches!(text.last(), None | Some(b'\n' | b'\r')) {
            lines.push(b'\n');
        }
        let mut parser = TomlParser { ev: self, scanner: Scanner::new(&lines), unfit: None };
        match parser.document() {
            Ok(value) => match parser.unfit {
                None => Ok(value),
                Some(message) => Err(toml_error(&message)),
            },
            Err(fail) => {
                let before = &lines[..fail.at.min(lines.len())];
                let line = before.iter().filter(|b| **b == b'\n').count() + 1;
                let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
                let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
                let help = format!("at line {line}, column {column} of the TOML text");
                Err(toml_error(&format!("[error] {}", fail.title)).help(help))
            }
        }
    }
}

#[cold]
fn toml_error(message: &str) -> Error {
    Error::new(ErrorKind::Other, format!("while parsing TOML: {message}"))
}

/// A value in brackets or braces whose end is not read yet.
enum Open<'e> {
    /// What is in it, and whether all of it are tables.
    Array(Vec<Value<'e>>, bool),
    /// What is in it, and the key of the next value.
    Table(Box<Tables<'e>>, Vec<Symbol>),
}

/// Reads TOML without recursion, so that nesting has no limit.
struct TomlParser<'a, 'e> {
    ev: &'a Evaluator<'e>,
    scanner: Scanner<'a>,
    /// Why the text, though it is TOML, has no value.
    unfit: Option<String>,
}

impl<'e> TomlParser<'_, 'e> {
    fn document(&mut self) -> Scanned<Value<'e>> {
        let mut tables = Tables::new();
        while !self.scanner.is_at_end() && self.scanner.comment_line()? {}
        self.body(&mut tables, ROOT)?;
        while !self.scanner.is_at_end() {
            self.scanner.gap();
            let table = self.header(&mut tables)?;
            self.body(&mut tables, table)?;
        }
        Ok(tables.finish(self.ev))
    }

    /// `[a.b]` or `[[a.b]]` and the end of its line.
    fn header(&mut self, tables: &mut Tables<'e>) -> Scanned<usize> {
        let start = self.scanner.at;
        let is_array = self.scanner.eat(b"[[");
        let mut key = if is_array { self.header_key(b"]]") } else { None };
        let is_array = key.is_some();
        if key.is_none() {
            let title = match self.scanner.byte(start + 1) {
                Some(b'[') => "toml::parse_file: invalid array-table key",
                _ => "toml::parse_file: invalid table key",
            };
            self.scanner.at = start;
            key = if self.scanner.eat(b"[") { self.header_key(b"]") } else { None };
            if key.is_none() {
                return self.scanner.fail(title);
            }
        }
        if !self.scanner.comment_line()? {
            self.scanner.blanks();
            if !self.scanner.is_at_end() && !self.scanner.newline() {
                return self.scanner.fail("toml::parse_file: newline (or EOF) expected");
            }
        }
        let key = key.unwrap_or_default();
        let table = if is_array { tables.array_header(&key) } else { tables.header(&key) };
        table.map_err(|title| scan::Fail { title, at: start })
    }

    fn header_key(&mut self, end: &[u8]) -> Option<Vec<Symbol>> {
        self.scanner.blanks();
        let key = self.key().ok()?;
        self.scanner.blanks();
        self.scanner.eat(end).then_some(key)
    }

    /// The lines up to the next header.
    fn body(&mut self, tables: &mut Tables<'e>, table: usize) -> Scanned<()> {
        let mut line_ended = true;
        loop {
            let ended = self.scanner.gap();
            match self.scanner.peek() {
                // Also on the line of a value.
                None | Some(b'[') => return Ok(()),
                Some(_) if !(ended || line_ended) => {
                    return self.scanner.fail("toml::parse_table: newline (LF / CRLF) or EOF is expected");
                }
                Some(_) => {}
            }
            let start = self.scanner.at;
            let key = self.key_before_value()?;
            let value = self.value()?;
            line_ended = self.scanner.comment_line()?;
            tables.insert(table, &key, value).map_err(|title| scan::Fail { title, at: start })?;
        }
    }

    fn key(&mut self) -> Scanned<Vec<Symbol>> {
        let (ev, unfit) = (self.ev, &mut self.unfit);
        let mut key = Vec::with_capacity(1);
        self.scanner.key(|part| {
            note_nul(unfit, part);
            key.push(ev.symbols.intern(part));
        })?;
        Ok(key)
    }

    fn key_before_value(&mut self) -> Scanned<Vec<Symbol>> {
        let key = self.key()?;
        self.scanner.blanks();
        if !self.scanner.eat(b"=") {
            return self.scanner.fail("toml::parse_key_value_pair: invalid key value separator `=`");
        }
        self.scanner.blanks();
        Ok(key)
    }

    fn value(&mut self) -> Scanned<(Value<'e>, Shape)> {
        let mut open: Vec<Open<'e>> = Vec::new();
        'value: loop {
            // A value begins here.
            let mut value = match self.scanner.peek() {
                Some(b'[') => {
                    self.scanner.at += 1;
                    self.scanner.gap();
                    if !self.scanner.eat(b"]") {
                        if self.scanner.is_at_end() {
                            return self.scanner.fail(UNCLOSED_ARRAY);
                        }
                        open.push(Open::Array(Vec::new(), true));
                        continue;
                    }
                    (Value::List(self.ev.empty_list()), Shape::Other)
                }
                Some(b'{') => {
                    self.scanner.at += 1;
                    self.scanner.blanks();
                    if !self.scanner.eat(b"}") {
                        if self.scanner.is_at_end() {
                            return self.scanner.fail(UNCLOSED_TABLE);
                        }
                        let key = self.key_before_value()?;
                        open.push(Open::Table(Box::new(Tables::new()), key));
                        continue;
                    }
                    (Value::Attrs(self.ev.empty_attrs()), Shape::Table)
                }
                Some(b'"' | b'\'') => {
                    let text = self.scanner.string()?;
                    note_nul(&mut self.unfit, &text);
                    (self.ev.string(text), Shape::Other)
                }
                _ => {
                    let scalar = self.scanner.scalar()?;
                    (self.scalar(scalar), Shape::Other)
                }
            };
            // A value ended, and perhaps what is around it.
            loop {
                value = match open.pop() {
                    None => return Ok(value),
                    Some(Open::Array(mut items, tables)) => {
                        let tables = tables && value.1 == Shape::Table;
                        items.push(value.0);
                        if !self.array_ends()? {
                            open.push(Open::Array(items, tables));
                            continue 'value;
                        }
                        (self.ev.list(items), if tables { Shape::Tables } else { Shape::Other })
                    }
                    Some(Open::Table(mut tables, key)) => {
                        tables.insert(ROOT, &key, value).or_else(|title| self.scanner.fail(title))?;
                        if !self.table_ends()? {
                            let key = self.key_before_value()?;
                            open.push(Open::Table(tables, key));
                            continue 'value;
                        }
                        (tables.finish(self.ev), Shape::Table)
                    }
                };
            }
        }
    }

    /// Goes on after an element; otherwise there is another one.
    fn array_ends(&mut self) -> Scanned<bool> {
        self.scanner.gap();
        let comma = self.scanner.eat(b",");
        self.scanner.comment_line()?;
        if comma {
            self.scanner.gap();
        }
        match self.scanner.peek() {
            None => self.scanner.fail(UNCLOSED_ARRAY),
            Some(b']') => {
                self.scanner.at += 1;
                Ok(true)
            }
            Some(_) if comma => Ok(false),
            Some(_) => self.scanner.fail("toml::parse_array: expected value-separator `,` or closing `]`"),
        }
    }

    /// The same for the tables in braces, which are on one line.
    fn table_ends(&mut self) -> Scanned<bool> {
        self.scanner.blanks();
        let comma = self.scanner.eat(b",");
        self.scanner.blanks();
        match self.scanner.peek() {
            None => self.scanner.fail(UNCLOSED_TABLE),
            Some(b'}') if comma => {
                self.scanner.fail("toml::parse_inline_table: trailing comma is not allowed in TOML-v1.0.0)")
            }
            Some(b'}') => {
                self.scanner.at += 1;
                Ok(true)
            }
            Some(_) if comma => Ok(false),
            Some(_) => self.scanner.fail("toml::parse_inline_table: expected value-separator `,` or closing `}`"),
        }
    }

    fn scalar(&mut self, scalar: Scalar) -> Value<'e> {
        match scalar {
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Int(number) => Value::Int(number),
            Scalar::Float(number) => Value::Float(number),
            Scalar::Timestamp(_) if !self.ev.options.toml_timestamps => {
                self.unfit.get_or_insert_with(|| "Dates and times are not supported".to_string());
                Value::Null
            }
            Scalar::Timestamp(text) => {
                let mut set = AttrsBuilder::with_capacity(2);
                set.push(self.ev.symbols.intern("_type"), self.ev.string("timestamp"));
                set.push(sym::VALUE, self.ev.string(text));
                Value::Attrs(set.finish(self.ev.arena))
            }
        }
    }
}

const UNCLOSED_ARRAY: &str = "toml::parse_array: missing closing bracket `]`";
const UNCLOSED_TABLE: &str = "toml::parse_inline_table: missing closing bracket `}`";

/// Strings of the language have no zero bytes.
fn note_nul(unfit: &mut Option<String>, text: &str) {
    if text.contains('\0') {
        unfit.get_or_insert_with(|| format!("error: {}", contains_nul(text)));
    }
}
