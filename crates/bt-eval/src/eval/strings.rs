//! Strings: interpolation, coercion, context.

use super::{Evaluator, Result};
use crate::error::{At, Error, ErrorKind};
use crate::ir::*;
use crate::string::{Copy, MIN_ROPE};
use crate::symbol::sym;
use crate::value::{Context, NixString, Value};
use crate::world::canonical_path;
use bt_diag::Span;

/// How values become strings.
#[derive(Clone, Copy)]
pub struct Coercion {
    /// Booleans, numbers, null and lists too.
    pub more: bool,
    /// Paths become store paths; otherwise they are shown as they are.
    pub copy_paths: bool,
}

impl Coercion {
    /// `"${x}"`
    pub const INTERPOLATION: Coercion = Coercion { more: false, copy_paths: true };
    /// `toString x`
    pub const TO_STRING: Coercion = Coercion { more: true, copy_paths: false };
    /// Attributes of derivations.
    pub const DERIVATION: Coercion = Coercion { more: true, copy_paths: true };
    /// What is appended to a path.
    pub const PATH_TEXT: Coercion = Coercion { more: false, copy_paths: false };
}

/// A string in the making.
#[derive(Default)]
pub struct StringBuilder<'e> {
    bytes: Vec<u8>,
    context: Vec<&'e str>,
}

impl<'e> StringBuilder<'e> {
    /// Appends text.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a string with its context.
    pub fn push_string(&mut self, string: &NixString<'e>) {
        self.bytes.extend_from_slice(string.bytes());
        self.push_context(string.context());
    }

    /// Adds to the context.
    pub fn push_context(&mut self, context: &[&'e str]) {
        if !context.is_empty() && !self.context.ends_with(context) {
            self.context.extend_from_slice(context);
        }
    }

    /// The bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether nothing refers to a store path.
    pub fn has_no_context(&self) -> bool {
        self.context.is_empty()
    }

    /// The context so far, sorted and without duplicates, in the arena.
    pub fn context_in(&mut self, ev: &Evaluator<'e>) -> &'e [&'e str] {
        if self.context.is_empty() {
            return &[];
        }
        // Stable: what was appended is sorted in itself.
        self.context.sort();
        self.context.dedup();
        ev.arena.alloc_slice_copy(&self.context)
    }

    /// The finished string.
    pub fn finish(mut self, ev: &Evaluator<'e>) -> Value<'e> {
        let bytes = ev.arena.alloc_slice_copy(&self.bytes);
        let context = self.context_in(ev);
        ev.string_in(bytes, context)
    }
}

impl<'e> Evaluator<'e> {
    pub(super) fn interpolate(
        &self,
        interpolation: &'e InterpolationExpr<'e>,
        env: &'e crate::value::Env<'e>,
    ) -> Result<Value<'e>> {
        let mut builder = StringBuilder::default();
        // A long string at the start is not copied: a loop that appends to it would be quadratic. The store path of a
        // source is not read.
        let mut start = None;
        for (i, part) in interpolation.parts.iter().enumerate() {
            match part {
                Part::Text(text) => builder.push(text.as_bytes()),
                Part::Expr(expr, span) => match self.eval(expr, env).at(*span)? {
                    // `"${x}"` is `x` itself, so that what is known about the string stays known.
                    Value::String(string) if interpolation.parts.len() == 1 => return Ok(Value::String(string)),
                    Value::String(string) if i == 0 && string.len() >= MIN_ROPE => start = Some(string),
                    value if i == 0 && matches!(value, Value::Path(_) | Value::Attrs(_) | Value::String(_)) => {
                        match self.unread_copy(value, *span).at(*span)? {
                            Some(copy) => start = Some(copy),
                            None => self.coerce(value, Coercion::INTERPOLATION, &mut builder).at(*span)?,
                        }
                    }
                    value => self.coerce(value, Coercion::INTERPOLATION, &mut builder).at(*span)?,
                },
            }
        }
        self.reserve(builder.bytes().len()).at(interpolation.span)?;
        match (start, builder.finish(self)) {
            (Some(start), Value::String(rest)) => self.add_strings(start, rest).at(interpolation.span),
            (_, whole) => Ok(whole),
        }
    }

    /// The string that a value is in an interpolation, when that is the store path of a source that nobody has read yet.
    ///
    /// Errors: there is no such source, or `outPath` fails.
    pub(crate) fn unread_copy(&self, value: Value<'e>, span: Span) -> Result<Option<&'e NixString<'e>>> {
        Ok(match value {
            Value::String(string) => string.unread_copy().map(|_| string),
            Value::Path(path) => self.copy_for_later(path.text, span)?,
            Value::Attrs(attrs) if attrs.get(sym::TO_STRING).is_none() => match attrs.get(sym::OUT_PATH) {
                Some(out_path) => match self.nested(|| self.force_slot(&out_path.value))? {
                    Value::String(string) => string.unread_copy().map(|_| string),
                    _ => None,
                },
                None => None,
            },
            _ => None,
        })
    }

    /// The store path of the copy of a source, as a string; the source is hashed when someone reads it. `None` when it has
    /// to be known at once.
    ///
    /// Errors: there is no such source, or nobody may read it.
    pub fn copy_for_later(&self, path: &str, span: Span) -> Result<Option<&'e NixString<'e>>> {
        Ok(self.world.copy_for_later(path)?.map(|root| {
            let root = self.arena.alloc_str(&root);
            self.later(Copy { root, rest: &[], span, refers: true, world: self.world, budget: self.budget })
        }))
    }

    /// A path as programs see it, as a string, when it is below a store path that nobody knows yet. The string refers to
    /// that, or it is plain text.
    pub fn path_for_later(&self, path: &str, refers: bool) -> Option<&'e NixString<'e>> {
        let (root, rest) = self.world.path_for_later(path)?;
        let (root, rest) = (self.arena.alloc_str(&root), self.arena.alloc_slice_copy(rest.as_bytes()));
        Some(self.later(Copy { root, rest, span: Span::NONE, refers, world: self.world, budget: self.budget }))
    }

    pub(super) fn later(&self, copy: Copy<'e>) -> &'e NixString<'e> {
        self.arena.alloc(NixString::copy(copy))
    }

    pub(super) fn interpolate_path(
        &self,
        interpolation: &'e InterpolationExpr<'e>,
        env: &'e crate::value::Env<'e>,
    ) -> Result<Value<'e>> {
        let mut builder = StringBuilder::default();
        for part in interpolation.parts {
            match part {
                Part::Text(text) => builder.push(text.as_bytes()),
                Part::Expr(expr, span) => {
                    let value = self.eval(expr, env).at(*span)?;
                    self.coerce(value, Coercion::PATH_TEXT, &mut builder).at(*span)?;
                }
            }
        }
        if !builder.has_no_context() {
            let message = "a string that refers to a store path cannot be appended to a path";
            return Err(Error::new(ErrorKind::Type, message).at(interpolation.span));
        }
        let text = String::from_utf8_lossy(builder.bytes()).into_owned();
        Ok(self.path(&canonical_path(&text)))
    }

    /// Appends an evaluated value to a string.
    ///
    /// Errors: the value has no text, or its `__toString` or `outPath` fails.
    pub fn coerce(&self, value: Value<'e>, how: Coercion, out: &mut StringBuilder<'e>) -> Result<()> {
        match value {
            Value::String(s) => {
                self.reserve(out.bytes().len() + s.len())?;
                out.push_string(s);
            }
            Value::Path(path) => {
                if how.copy_paths {
                    let store_path: &'e str = self.arena.alloc_str(&self.world.copy_to_store(path.text)?);
                    out.push(store_path.as_bytes());
                    out.push_context(&[store_path]);
                } else {
                    out.push(self.world.path_to_string(path.text)?.as_bytes());
                }
            }
            Value::Attrs(attrs) => {
                if let Some(to_string) = attrs.get(sym::TO_STRING) {
                    let text = self.call(Value::Thunk(&to_string.value), &[value])?;
                    return self.nested(|| self.coerce(text, how, out));
                }
                match self.attribute(attrs, sym::OUT_PATH) {
                    Some(out_path) => {
                        let path = self.force_slot(out_path)?;
                        self.observations.remember_package(attrs, path);
                        self.nested(|| self.coerce(path, how, out))?;
                    }
                    None => return Err(self.cannot_coerce(value)),
                }
            }
            Value::Bool(true) if how.more => out.push(b"1"),
            Value::Bool(false) | Value::Null if how.more => {}
            Value::Int(i) if how.more => out.push(i.to_string().as_bytes()),
            // As C prints it: also what is no number has a sign.
            Value::Float(f) if how.more && f.is_nan() => out.push(if f.is_sign_negative() { b"-nan" } else { b"nan" }),
            Value::Float(f) if how.more => out.push(format!("{f:.6}").as_bytes()),
            Value::List(list) if how.more => {
                for (i, item) in list.items.iter().enumerate() {
                    let item = self.force_slot(item)?;
                    self.nested(|| self.coerce(item, how, out))?;
                    // An empty list adds no space.
                    let is_empty_list = matches!(item, Value::List(l) if l.items.is_empty());
                    if i + 1 < list.items.len() && !is_empty_list {
                        out.push(b" ");
                    }
                }
            }
            other => return Err(self.cannot_coerce(other)),
        }
        Ok(())
    }

    /// The context of two strings together. Nothing is copied when one of them has all of it, which is usual.
    pub(super) fn merge_contexts(&self, a: Context<'e>, b: Context<'e>) -> Result<Context<'e>> {
        let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        if few.iter().all(|element| many.binary_search(element).is_ok()) {
            return Ok(many);
        }
        self.reserve(size_of_val(many) + size_of_val(few))?;
        let mut merged = bumpalo::collections::Vec::with_capacity_in(many.len() + few.len(), self.arena);
        let mut rest = many;
        for element in few {
            let (Ok(before) | Err(before)) = rest.binary_search(element);
            merged.extend_from_slice_copy(&rest[..before]);
            rest = &rest[before..];
            if rest.first() != Some(element) {
                merged.push(*element);
            }
        }
        merged.extend_from_slice_copy(rest);
        Ok(merged.into_bump_slice())
    }

    /// A value as a string.
    ///
    /// Errors: the value has no text.
    pub fn coerce_to_string(&self, value: Value<'e>, how: Coercion) -> Result<Value<'e>> {
        let value = self.force(value)?;
        if let Value::String(_) = value {
            return Ok(value);
        }
        let mut builder = StringBuilder::default();
        self.coerce(value, how, &mut builder)?;
        Ok(builder.finish(self))
    }

    /// Evaluates to a string.
    pub fn force_string(&self, value: Value<'e>) -> Result<&'e NixString<'e>> {
        match self.force(value)? {
            Value::String(s) => Ok(s),
            other => Err(self.expected("a string", other)),
        }
    }

    /// Evaluates to the bytes of a string without context.
    pub fn force_without_context(&self, value: Value<'e>) -> Result<&'e [u8]> {
        let string = self.force_string(value)?;
        if let Some(reference) = string.context().first() {
            let message = format!(
                "the string '{}' is not allowed to refer to a store path (such as '{reference}')",
                string.to_text()
            );
            return Err(Error::new(ErrorKind::Type, message));
        }
        Ok(string.bytes())
    }

    /// Evaluates to a string of valid UTF-8 without context.
    pub fn force_plain(&self, value: Value<'e>) -> Result<&'e str> {
        std::str::from_utf8(self.force_without_context(value)?).map_err(|_| not_utf8())
    }

    /// The text of a string that has to be UTF-8.
    pub fn utf8(&self, string: &NixString<'e>) -> Result<&'e str> {
        std::str::from_utf8(string.bytes()).map_err(|_| not_utf8())
    }
}

#[cold]
fn not_utf8() -> Error {
    Error::new(ErrorKind::Other, "string is not valid UTF-8")
}
