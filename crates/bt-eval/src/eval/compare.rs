//! Equality and order.

use super::{Evaluator, Result};
use crate::symbol::sym;
use crate::value::{Attrs, List, Slot, Value};
use std::cmp::Ordering;

impl<'e> Evaluator<'e> {
    /// `==` on evaluated values.
    pub fn equal(&self, left: Value<'e>, right: Value<'e>) -> Result<bool> {
        Ok(match (left, right) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => a as f64 == b,
            (Value::String(a), Value::String(b)) => a.bytes() == b.bytes(),
            (Value::Path(a), Value::Path(b)) => a.text == b.text,
            (Value::List(a), Value::List(b)) => return self.equal_lists(a, b),
            (Value::Attrs(a), Value::Attrs(b)) => return self.nested(|| self.equal_sets(a, b)),
            _ => false,
        })
    }

    /// Elements and attribute values are equal also when they are the same value, functions for instance.
    fn equal_slots(&self, left: &'e Slot<'e>, right: &'e Slot<'e>) -> Result<bool> {
        if is_same_cell(left, right) {
            return Ok(true);
        }
        let (left, right) = (self.force_slot(left)?, self.force_slot(right)?);
        if is_function(left) { Ok(is_same_function(left, right)) } else { self.equal(left, right) }
    }

    fn equal_lists(&self, a: &'e List<'e>, b: &'e List<'e>) -> Result<bool> {
        if a.items.len() != b.items.len() {
            return Ok(false);
        }
        self.nested(|| {
            for (a, b) in a.items.iter().zip(b.items) {
                if !self.equal_slots(a, b)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn equal_sets(&self, a: &'e Attrs<'e>, b: &'e Attrs<'e>) -> Result<bool> {
        if std::ptr::eq(a, b) {
            return Ok(true);
        }
        if self.is_derivation(a)?
            && self.is_derivation(b)?
            && let (Some(a), Some(b)) = (a.get(sym::OUT_PATH), b.get(sym::OUT_PATH))
        {
            return self.equal_slots(&a.value, &b.value);
        }
        let (a, b) = (a.entries(self.arena), b.entries(self.arena));
        if a.len() != b.len() || a.iter().zip(b).any(|(a, b)| a.name != b.name) {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(b) {
            if !self.equal_slots(&a.value, &b.value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a set is a derivation: `type` is the string `derivation`.
    pub fn is_derivation(&self, attrs: &'e Attrs<'e>) -> Result<bool> {
        match attrs.get(sym::TYPE) {
            Some(attr) => match self.force_slot(&attr.value)? {
                Value::String(s) => Ok(s.bytes() == b"derivation"),
                _ => Ok(false),
            },
            None => Ok(false),
        }
    }

    /// `<` on evaluated values.
    pub fn less_than(&self, left: Value<'e>, right: Value<'e>) -> Result<bool> {
        // Not through an order: a comparison with NaN is false both ways.
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => Ok(a < b),
            (Value::Float(a), Value::Float(b)) => Ok(a < b),
            (Value::Int(a), Value::Float(b)) => Ok((a as f64) < b),
            (Value::Float(a), Value::Int(b)) => Ok(a < b as f64),
            (Value::String(a), Value::String(b)) => Ok(a.bytes() < b.bytes()),
            (Value::Path(a), Value::Path(b)) => Ok(a.text.as_bytes().cmp(b.text.as_bytes()) == Ordering::Less),
            (Value::List(a), Value::List(b)) => Ok(self.order_lists(a, b)? == Some(true)),
            (left, right) => Err(self.cannot_compare(left, right)),
        }
    }

    /// Whether a list comes before another, `None` when they are equal. Nested lists are walked once, not first for
    /// equality and then for order.
    fn order_lists(&self, a: &'e List<'e>, b: &'e List<'e>) -> Result<Option<bool>> {
        self.nested(|| {
            for (left, right) in a.items.iter().zip(b.items) {
                if let (Value::List(a), Value::List(b)) = (self.force_slot(left)?, self.force_slot(right)?)
                    && !std::ptr::eq(a, b)
                {
                    match self.order_lists(a, b)? {
                        None => continue,
                        different => return Ok(different),
                    }
                }
                if !self.equal_slots(left, right)? {
                    return self.less_than(self.force_slot(left)?, self.force_slot(right)?).map(Some);
                }
            }
            Ok(if a.items.len() == b.items.len() { None } else { Some(a.items.len() < b.items.len()) })
        })
    }
}

/// Whether two cells are one.
pub(super) fn is_same_cell<'e>(left: &'e Slot<'e>, right: &'e Slot<'e>) -> bool {
    std::ptr::eq(left, right)
        || matches!((left.get(), right.get()), (Value::Thunk(a), Value::Thunk(b)) if std::ptr::eq(a, b))
}

#[inline]
pub(super) fn is_function(value: Value<'_>) -> bool {
    matches!(value, Value::Closure(_) | Value::Builtin(_) | Value::Partial(_))
}

/// Whether two values are one function: as elements and attributes they are equal.
pub(super) fn is_same_function<'e>(left: Value<'e>, right: Value<'e>) -> bool {
    match (left, right) {
        (Value::Closure(a), Value::Closure(b)) => std::ptr::eq(a, b),
        (Value::Builtin(a), Value::Builtin(b)) => std::ptr::eq(a, b),
        (Value::Partial(a), Value::Partial(b)) => std::ptr::eq(a, b),
        _ => false,
    }
}
