//! JSON as `builtins.toJSON` writes and `builtins.fromJSON` reads it.

mod float;
mod parse;

use crate::error::{Error, ErrorKind};
use crate::eval::{Coercion, Evaluator, Result, StringBuilder};
use crate::symbol::sym;
use crate::value::{Attrs, Value};
use parse::JsonParser;

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
        JsonParser::new(self, text).document()
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
            Value::Float(number) => {
                let mut text = String::new();
                float::push_float(number, &mut text);
                out.push(text.as_bytes());
            }
            Value::String(string) => {
                out.push_context(string.context());
                push_text(string.bytes(), out)?;
            }
            path @ Value::Path(_) => {
                let how = Coercion { more: false, copy_paths: self.options.copy_paths };
                let text = self.ev.force_string(self.ev.coerce_to_string(path, how)?)?;
                out.push_context(text.context());
                push_text(text.bytes(), out)?;
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

    /// What `__toString` led to is not a string.
    #[cold]
    fn no_string(&self, how: &str, found: Value<'e>) -> Error {
        let message =
            format!("`__toString` {how} return a string, but got {}: {}", self.ev.type_of(found), self.ev.show(found));
        Error::new(ErrorKind::Type, message)
    }

    /// A set with `__toString` or `outPath` is what that says, any other an object. `__toString` has to lead to a string or
    /// a path, and the path is then not copied to the store.
    fn write_set(&self, mut attrs: &'e Attrs<'e>, depth: u32, out: &mut StringBuilder<'e>) -> Result<()> {
        let mut by_function = false;
        let mut steps = depth;
        loop {
            let inner = if let Some(to_string) = attrs.get(sym::TO_STRING) {
                by_function = true;
                self.ev.call(Value::Thunk(&to_string.value), &[Value::Attrs(attrs)])?
            } else if let Some(out_path) = self.ev.attribute(attrs, sym::OUT_PATH) {
                Value::Thunk(out_path)
            } else if by_function {
                return Err(self.no_string("must", Value::Attrs(attrs)));
            } else {
                break;
            };
            steps += 1;
            if steps > self.ev.options.max_call_depth {
                return Err(too_deep());
            }
            let copy_paths = self.options.copy_paths && !by_function;
            match self.ev.force(inner)? {
                Value::Attrs(inner) => attrs = inner,
                text @ (Value::String(_) | Value::Path(_)) => {
                    let options = JsonOptions { copy_paths };
                    return JsonWriter { ev: self.ev, options }.write(text, steps, out);
                }
                other if by_function => return Err(self.no_string("should", other)),
                other => return self.deeper(other, steps, out),
            }
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

#[cold]
fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Error {
    let start = error.valid_up_to();
    // The first byte that cannot go on, which may come after some that could.
    let begins = matches!(bytes.get(start), Some(0xc2..=0xf4));
    let reason = match error.error_len() {
        None => format!("incomplete UTF-8 string; last byte: 0x{:02X}", bytes.last().copied().unwrap_or_default()),
        Some(length) => {
            let index = if begins { start + length } else { start };
            let byte = bytes.get(index).copied().unwrap_or_default();
            format!("invalid UTF-8 byte at index {index}: 0x{byte:02X}")
        }
    };
    Error::new(ErrorKind::Other, format!("JSON serialization error: [json.exception.type_error.316] {reason}"))
}

/// A text between quotes.
fn push_text(bytes: &[u8], out: &mut StringBuilder<'_>) -> Result<()> {
    if let Err(error) = std::str::from_utf8(bytes) {
        return Err(not_utf8(bytes, error));
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
