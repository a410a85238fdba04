//! What errors say beyond their message: the values in it, the way to it, the cycle behind an infinite recursion.
//! All of this runs on the error path only.

use super::compare::{is_function, is_same_cell, is_same_function};
use super::{Evaluator, Result};
use crate::builtins::Builtin;
use crate::error::{Error, ErrorKind};
use crate::ir::{Code, Lambda};
use crate::symbol::Symbol;
use crate::value::{Attrs, List, Slot, Value};
use bt_diag::Span;

/// Longer conditions of assertions are shown as they are written, and cut.
const MAX_CONDITION: usize = 4096;

impl<'e> Evaluator<'e> {
    /// A type error: "expected a list but found a string: \"x\"".
    #[cold]
    pub fn expected(&self, what: &str, found: Value<'e>) -> Error {
        let message = format!("expected {what} but found {}: {}", self.type_of(found), self.show(found));
        Error::new(ErrorKind::Type, message).about(identity(found))
    }

    /// The error that a value has no text.
    #[cold]
    pub(crate) fn cannot_coerce(&self, value: Value<'e>) -> Error {
        let message = format!("cannot coerce {} to a string: {}", self.type_of(value), self.show(value));
        Error::new(ErrorKind::Type, message)
    }

    /// The error that a value cannot be called.
    #[cold]
    pub(super) fn not_a_function(&self, value: Value<'e>) -> Error {
        let message = format!(
            "attempt to call something which is not a function but {}: {}",
            self.type_of(value),
            self.show(value)
        );
        Error::new(ErrorKind::Type, message)
    }

    /// The error that values have no order.
    #[cold]
    pub(super) fn cannot_compare(&self, left: Value<'e>, right: Value<'e>) -> Error {
        let (left_type, right_type) = (self.type_of(left), self.type_of(right));
        let (left, right) = (self.show(left), self.show(right));
        let message = if left_type == right_type {
            format!(
                "cannot compare {left_type} with {right_type}; values of that type are incomparable (values are {left} and \
                 {right})"
            )
        } else {
            format!("cannot compare {left_type} with {right_type}; values are {left} and {right}")
        };
        Error::new(ErrorKind::Type, message)
    }

    /// The name of a function in quotes, or that it has none.
    pub(super) fn function_for_frame(&self, lambda: &Lambda<'e>) -> String {
        self.known_name(lambda).map_or_else(|| "anonymous lambda".into(), |name| format!("'{name}'"))
    }

    #[cold]
    pub(super) fn call_frame(&self, error: Error, lambda: &Lambda<'e>, span: Span) -> Error {
        error.frame(span, || format!("while calling {}", self.function_for_frame(lambda)))
    }

    #[cold]
    pub(super) fn builtin_frame(
        &self,
        mut error: Error,
        builtin: &Builtin,
        values: &[Value<'e>],
        arguments: &[Code<'e>],
        span: Span,
    ) -> Error {
        // An argument of the wrong type is the place, not the whole call.
        let about = error.take_about();
        if let Some(i) = values.iter().position(|value| about.is_some() && about == identity(*value))
            && error.span().is_none()
        {
            let place = arguments.get(i).map_or(Span::NONE, |code| self.code_span(code.id));
            let ordinal = ["first", "second", "third", "fourth"].get(i).copied().unwrap_or("last");
            let text = || format!("while evaluating the {ordinal} argument passed to builtins.{}", builtin.name);
            error = error.at(place).frame(Span::NONE, text);
        }
        let error = error.at(span);
        // Its own text is the frame.
        if builtin.name == "addErrorContext" {
            return error.place_frame(span);
        }
        error.frame(span, || format!("while calling the '{}' builtin", builtin.name))
    }

    #[cold]
    pub(super) fn selection_frame(&self, error: Error, span: Span) -> Error {
        error.at(span).frame(span, || "while selecting an attribute".into())
    }

    #[cold]
    pub(super) fn attribute_frame(&self, error: Error, name: Symbol, span: Span) -> Error {
        error.frame(span, || format!("while evaluating the attribute '{}'", self.symbols.name(name))).at(span)
    }

    /// An error on its way out of a cell; `state` is what was evaluated.
    #[cold]
    pub(super) fn leave_cell(&self, error: Error, slot: &'e Slot<'e>, state: Value<'e>) -> Error {
        if !error.is_in_cycle() {
            return error;
        }
        let span = match state {
            Value::Delayed(id, _) => self.code_span(id),
            _ => Span::NONE,
        };
        let cell = std::ptr::from_ref(slot) as usize;
        error.leave_cell(cell, span, self.bound_name(span), |name, within| self.find_name(name, within))
    }

    /// The name that an expression is bound to, read from the text before it: `name = …` or `name ? …`.
    fn bound_name(&self, span: Span) -> Option<String> {
        let at = self.sources.locate(span)?;
        let before = at.file.text.get(..at.range.start)?.trim_end();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '-');
        let name = match before.strip_suffix(['=', '?']) {
            Some(rest) => {
                let rest = rest.trim_end();
                let start = rest.trim_end_matches(is_part).len();
                &rest[start..]
            }
            // `inherit (e) name` has the span of the name.
            None => at.file.text.get(at.range.clone())?,
        };
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_part);
        is_name.then(|| name.to_string())
    }

    /// Where an expression mentions a name first.
    fn find_name(&self, name: &str, within: Span) -> Option<Span> {
        let at = self.sources.locate(within)?;
        let text = at.file.text.get(at.range.clone())?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '-');
        for (start, _) in text.match_indices(name) {
            let end = start + name.len();
            if !text[..start].ends_with(is_part) && !text[end..].starts_with(is_part) {
                return Some(at.file.span(at.range.start + start..at.range.start + end));
            }
        }
        None
    }

    /// The condition of an assertion as Nix's messages write it.
    pub(super) fn condition_text(&self, text: &str) -> String {
        if text.len() <= MAX_CONDITION {
            let arena = bumpalo::Bump::new();
            if let Ok(tree) = bt_syntax::parse(&arena, text, 1) {
                return bt_syntax::print(tree, &|literal| literal.to_string());
            }
        }
        let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.len() > MAX_CONDITION {
            let end = (0..=MAX_CONDITION).rev().find(|i| words.is_char_boundary(*i)).unwrap_or(0);
            words.truncate(end);
            words.push('…');
        }
        words
    }

    /// The error of an assertion that does not hold. `sides` are those of a `==`: the message says how they differ.
    #[cold]
    pub(super) fn assertion_failed(&self, text: &str, span: Span, sides: Option<(Value<'e>, Value<'e>)>) -> Error {
        let text = self.condition_text(text);
        if let Some((left, right)) = sides {
            match self.difference(left, right) {
                Ok(None) => {}
                Ok(Some(error)) | Err(error) => {
                    return error
                        .at(span)
                        .frame(span, || format!("while evaluating the condition of the assertion '{text}'"));
                }
            }
        }
        Error::new(ErrorKind::Assertion, format!("assertion '{text}' failed")).at(span)
    }

    /// How two evaluated values differ; `None` when they do not. Follows [`Evaluator::equal`].
    fn difference(&self, left: Value<'e>, right: Value<'e>) -> Result<Option<Error>> {
        let differ = |message: String| Ok(Some(Error::new(ErrorKind::Assertion, message)));
        let show = |value| self.show(value);
        match (left, right) {
            (Value::List(a), Value::List(b)) => self.guarded(|| self.difference_of_lists(a, b)),
            (Value::Attrs(a), Value::Attrs(b)) => self.guarded(|| self.difference_of_sets(a, b)),
            _ if is_function(left) && is_function(right) => {
                differ("distinct functions and immediate comparisons of identical functions compare as unequal".into())
            }
            _ if self.equal(left, right)? => Ok(None),
            (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
                let (a, b) = (left.type_with_article(), right.type_with_article());
                differ(format!("{a} with value '{}' is not equal to {b} with value '{}'", show(left), show(right)))
            }
            (Value::Bool(_), Value::Bool(_)) => {
                differ(format!("boolean '{}' is not equal to boolean '{}'", show(left), show(right)))
            }
            (Value::String(_), Value::String(_)) => {
                differ(format!("string '{}' is not equal to string '{}'", show(left), show(right)))
            }
            (Value::Path(_), Value::Path(_)) => {
                differ(format!("path '{}' is not equal to path '{}'", show(left), show(right)))
            }
            _ => {
                let (a, b) = (self.type_of(left), self.type_of(right));
                differ(format!("{a} of value '{}' is not equal to {b} of value '{}'", show(left), show(right)))
            }
        }
    }

    fn difference_of_slots(&self, left: &'e Slot<'e>, right: &'e Slot<'e>) -> Result<Option<Error>> {
        if is_same_cell(left, right) {
            return Ok(None);
        }
        let (left, right) = (self.force_slot(left)?, self.force_slot(right)?);
        if is_same_function(left, right) { Ok(None) } else { self.difference(left, right) }
    }

    fn difference_of_lists(&self, a: &'e List<'e>, b: &'e List<'e>) -> Result<Option<Error>> {
        if a.items.len() != b.items.len() {
            let message = format!(
                "list of size '{}' is not equal to list of size '{}', left hand side is '{}', right hand side is '{}'",
                a.items.len(),
                b.items.len(),
                self.show(Value::List(a)),
                self.show(Value::List(b))
            );
            return Ok(Some(Error::new(ErrorKind::Assertion, message)));
        }
        for (i, (left, right)) in a.items.iter().zip(b.items).enumerate() {
            if let Some(error) = self.difference_of_slots(left, right)? {
                let span = a.element_span(i).unwrap_or(Span::NONE);
                return Ok(Some(error.frame(span, || format!("while comparing list element {i}"))));
            }
        }
        Ok(None)
    }

    fn difference_of_sets(&self, a: &'e Attrs<'e>, b: &'e Attrs<'e>) -> Result<Option<Error>> {
        if std::ptr::eq(a, b) {
            return Ok(None);
        }
        if self.is_derivation(a)?
            && self.is_derivation(b)?
            && let (Some(a), Some(b)) = (a.get(crate::sym::OUT_PATH), b.get(crate::sym::OUT_PATH))
        {
            let error = self.difference_of_slots(&a.value, &b.value)?;
            let frame = || "while comparing a derivation by its 'outPath' attribute".into();
            return Ok(error.map(|error| error.frame(a.span(), frame)));
        }
        let (left, right) = (a.entries(self.arena), b.entries(self.arena));
        let show = |attrs| self.show(Value::Attrs(attrs));
        if left.len() != right.len() {
            let message =
                format!("attribute names of attribute set '{}' differs from attribute set '{}'", show(a), show(b));
            return Ok(Some(Error::new(ErrorKind::Assertion, message)));
        }
        for (x, y) in left.iter().zip(right) {
            if x.name != y.name {
                let message = if b.get(x.name).is_none() {
                    let name = self.symbols.name(x.name);
                    format!("attribute name '{name}' is contained in '{}', but not in '{}'", show(a), show(b))
                } else {
                    let name = self.symbols.name(y.name);
                    format!("attribute name '{name}' is missing in '{}', but is contained in '{}'", show(a), show(b))
                };
                return Ok(Some(Error::new(ErrorKind::Assertion, message)));
            }
            if let Some(error) = self.difference_of_slots(&x.value, &y.value)? {
                let name = self.symbols.name(x.name);
                let error = error
                    .frame(x.span(), || format!("while comparing attribute '{name}', where left hand side is"))
                    .frame(y.span(), || "where right hand side is".into());
                return Ok(Some(error));
            }
        }
        Ok(None)
    }
}

/// What tells a value from others, as far as that is cheap.
fn identity(value: Value<'_>) -> Option<(&'static str, u64)> {
    let bits = match value {
        Value::Null => 0,
        Value::Bool(flag) => u64::from(flag),
        Value::Int(number) => number as u64,
        Value::Float(number) => number.to_bits(),
        Value::String(string) => std::ptr::from_ref(string) as u64,
        Value::Path(path) => std::ptr::from_ref(path) as u64,
        Value::List(list) => std::ptr::from_ref(list) as u64,
        Value::Attrs(attrs) => std::ptr::from_ref(attrs) as u64,
        Value::Closure(closure) => std::ptr::from_ref(closure) as u64,
        Value::Builtin(builtin) => std::ptr::from_ref(builtin) as u64,
        Value::Partial(partial) => std::ptr::from_ref(partial) as u64,
        Value::Thunk(_) => match crate::print::known(value) {
            Value::Thunk(_) => return None,
            known => return identity(known),
        },
        Value::Delayed(..) | Value::Applied(_) | Value::Element(..) | Value::Blackhole => return None,
    };
    Some((value.type_name(), bits))
}
