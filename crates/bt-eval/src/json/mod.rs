//! JSON as `builtins.toJSON` writes and `builtins.fromJSON` reads it.

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
        // A byte order mark is skipped, as Nix does.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
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
            Value::Float(number) => out.push(float_text(number).as_bytes()),
            Value::String(string) => {
                out.push_context(string.context);
                push_text(string.bytes(), out)?;
            }
            path @ Value::Path(_) => {
                let how = Coercion { more: false, copy_paths: self.options.copy_paths };
                let text = self.ev.force_string(self.ev.coerce_to_string(path, how)?)?;
                out.push_context(text.context);
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
