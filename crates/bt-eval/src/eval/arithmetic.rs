//! Numbers, and `+` on everything that it works on.

use super::strings::{Coercion, StringBuilder};
use super::{Evaluator, Result};
use crate::error::{Error, ErrorKind};
use crate::string::Copy;
use crate::value::{NixString, Value};
use crate::world::canonical_path;
use bt_diag::Span;

fn overflow(verb: &str, a: i64, sign: &str, b: i64) -> Error {
    Error::new(ErrorKind::Other, format!("integer overflow in {verb} {a} {sign} {b}"))
}

impl<'e> Evaluator<'e> {
    #[inline]
    pub(crate) fn add(&self, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>> {
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => {
                a.checked_add(b).map(Value::Int).ok_or_else(|| overflow("adding", a, "+", b))
            }
            _ => self.add_slow(left, right),
        }
    }

    fn add_slow(&self, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>> {
        match (left, right) {
            (Value::Float(a), Value::Float(b)) => Ok(Value::Float(a + b)),
            (Value::Int(a), Value::Float(b)) => Ok(Value::Float(a as f64 + b)),
            (Value::Float(a), Value::Int(b)) => Ok(Value::Float(a + b as f64)),
            (Value::Int(_) | Value::Float(_), other) => {
                let message = format!("cannot add {} to {}", self.type_of(other), left.type_with_article());
                Err(Error::new(ErrorKind::Type, message))
            }
            (Value::Path(path), right) => {
                let mut builder = StringBuilder::default();
                self.coerce(right, Coercion::PATH_TEXT, &mut builder)?;
                if !builder.has_no_context() {
                    let message = "a string that refers to a store path cannot be appended to a path";
                    return Err(Error::new(ErrorKind::Type, message));
                }
                let text = String::from_utf8_lossy(builder.bytes()).into_owned();
                let joined = format!("{}{text}", path.text);
                Ok(self.path(&self.world.path_from_string(&canonical_path(&joined))))
            }
            (Value::String(a), Value::String(b)) => self.add_strings(a, b),
            (left, right) => {
                // As in Nix, paths are only copied to the store when the first operand is a string.
                let coercion = match left {
                    Value::String(_) => Coercion::INTERPOLATION,
                    _ => Coercion::PATH_TEXT,
                };
                if let Value::Attrs(_) = left
                    && let Some(copy) = self.unread_copy(left, Span::NONE)?
                    && let Value::String(rest) = self.coerce_to_string(right, coercion)?
                {
                    return self.add_strings(copy, rest);
                }
                let mut builder = StringBuilder::default();
                self.coerce(left, coercion, &mut builder)?;
                self.coerce(right, coercion, &mut builder)?;
                Ok(builder.finish(self))
            }
        }
    }

    pub(super) fn add_strings(&self, a: &'e NixString<'e>, b: &'e NixString<'e>) -> Result<Value<'e>> {
        self.reserve(a.len() + b.len())?;
        if let Some(copy) = a.unread_copy()
            && b.context().is_empty()
            && (!copy.rest.is_empty() || b.is_empty() || b.bytes().starts_with(b"/"))
        {
            let rest = self.arena.alloc_slice_copy(&[copy.rest, b.bytes()].concat());
            return Ok(Value::String(self.later(Copy { rest, ..*copy })));
        }
        let context = self.merge_contexts(a.context(), b.context())?;
        Ok(Value::String(self.arena.alloc(NixString::joined(self.budget, a, b, context))))
    }

    pub(crate) fn subtract(&self, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>> {
        self.arithmetic(
            left,
            right,
            |a, b| a.checked_sub(b).ok_or_else(|| overflow("subtracting", a, "-", b)),
            |a, b| Ok(a - b),
        )
    }

    pub(crate) fn multiply(&self, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>> {
        self.arithmetic(
            left,
            right,
            |a, b| a.checked_mul(b).ok_or_else(|| overflow("multiplying", a, "*", b)),
            |a, b| Ok(a * b),
        )
    }

    pub(crate) fn divide(&self, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>> {
        // As in Nix, the divisor is looked at first, whatever the dividend is.
        match right {
            Value::Int(0) | Value::Float(0.0) => return Err(Error::new(ErrorKind::Other, "division by zero")),
            Value::Int(_) | Value::Float(_) => {}
            other => return Err(self.expected("a float", other)),
        }
        self.arithmetic(
            left,
            right,
            |a, b| a.checked_div(b).ok_or_else(|| overflow("dividing", a, "/", b)),
            |a, b| Ok(a / b),
        )
    }

    #[inline]
    fn arithmetic(
        &self,
        left: Value<'e>,
        right: Value<'e>,
        ints: impl FnOnce(i64, i64) -> Result<i64>,
        floats: impl FnOnce(f64, f64) -> Result<f64>,
    ) -> Result<Value<'e>> {
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => ints(a, b).map(Value::Int),
            (Value::Float(a), Value::Float(b)) => floats(a, b).map(Value::Float),
            (Value::Int(a), Value::Float(b)) => floats(a as f64, b).map(Value::Float),
            (Value::Float(a), Value::Int(b)) => floats(a, b as f64).map(Value::Float),
            _ => Err(self.not_numbers(left, right)),
        }
    }

    /// The error that one of two values is no number; when the other is a float, it should be one too.
    #[cold]
    pub(crate) fn not_numbers(&self, left: Value<'e>, right: Value<'e>) -> Error {
        let is_float = |value| matches!(value, Value::Float(_));
        let what = if is_float(left) || is_float(right) { "a float" } else { "an integer" };
        match left {
            Value::Int(_) | Value::Float(_) => self.expected(what, right),
            left => self.expected(what, left),
        }
    }

    pub(crate) fn negate(&self, operand: Value<'e>) -> Result<Value<'e>> {
        match operand {
            Value::Int(i) => i.checked_neg().map(Value::Int).ok_or_else(|| overflow("subtracting", 0, "-", i)),
            Value::Float(f) => Ok(Value::Float(0.0 - f)),
            other => Err(self.expected("an integer", other)),
        }
    }
}
