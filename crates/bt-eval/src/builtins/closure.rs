//! `builtins.genericClosure`.

use super::Builtin;
use super::lists::{function, list};
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::symbol::sym;
use crate::value::Value;
use rustc_hash::FxHashSet;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};

pub(super) const TABLE: &[Builtin] = &[Builtin::new("genericClosure", 1, 1, generic_closure)];

/// A key that can be hashed.
#[derive(PartialEq, Eq, Hash)]
enum Hashable<'e> {
    Int(i64),
    Float(u64),
    String(&'e [u8]),
    Path(&'e str),
}

/// A key that can only be compared; a comparison that fails is remembered.
struct Comparable<'a, 'e> {
    ev: &'a Evaluator<'e>,
    key: Value<'e>,
    failure: &'a Cell<Option<Error>>,
}

impl Ord for Comparable<'_, '_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = || {
            Ok(match self.ev.less_than(self.key, other.key)? {
                true => Ordering::Less,
                false if self.ev.less_than(other.key, self.key)? => Ordering::Greater,
                false => Ordering::Equal,
            })
        };
        order().unwrap_or_else(|error| {
            self.failure.set(Some(error));
            Ordering::Equal
        })
    }
}

impl PartialOrd for Comparable<'_, '_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Comparable<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Comparable<'_, '_> {}

/// The keys so far.
struct Keys<'a, 'e> {
    ev: &'a Evaluator<'e>,
    first: Option<Value<'e>>,
    hashed: FxHashSet<Hashable<'e>>,
    compared: BTreeSet<Comparable<'a, 'e>>,
    failure: &'a Cell<Option<Error>>,
}

impl<'e> Keys<'_, 'e> {
    /// Whether the key is new. Keys must be comparable with each other.
    fn insert(&mut self, key: Value<'e>) -> Result<bool> {
        match self.first {
            None => self.first = Some(key),
            // Raises what a comparison raises; hashed keys of one kind need none.
            Some(first) if !is_same_kind(first, key) => {
                self.ev.less_than(key, first)?;
            }
            Some(_) => {}
        }
        let hashable = match key {
            Value::Int(i) => Hashable::Int(i),
            // Numbers are equal when their values are.
            Value::Float(f) if f.fract() == 0.0 && f.abs() < 9e15 => Hashable::Int(f as i64),
            Value::Float(f) => Hashable::Float(f.to_bits()),
            Value::String(s) => Hashable::String(s.bytes()),
            Value::Path(p) => Hashable::Path(p.text),
            key => {
                let is_new = self.compared.insert(Comparable { ev: self.ev, key, failure: self.failure });
                return match self.failure.take() {
                    Some(error) => Err(error),
                    None => Ok(is_new),
                };
            }
        };
        Ok(self.hashed.insert(hashable))
    }
}

fn is_same_kind(a: Value<'_>, b: Value<'_>) -> bool {
    matches!(
        (a, b),
        (Value::Int(_), Value::Int(_)) | (Value::String(_), Value::String(_)) | (Value::Path(_), Value::Path(_))
    )
}

/// `genericClosure { startSet, operator }`
fn generic_closure<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let Value::Attrs(spec) = args[0] else { return Err(ev.expected("a set", args[0])) };
    let start = spec.get(sym::START_SET).ok_or_else(|| ev.missing_attribute(spec, sym::START_SET))?;
    let start = list(ev, ev.force_slot(&start.value)?)?;
    if start.items.is_empty() {
        return Ok(Value::List(ev.empty_list()));
    }
    let mut work: VecDeque<Value<'e>> = start.items.iter().map(crate::value::share).collect();
    let operator = spec.get(sym::OPERATOR).ok_or_else(|| ev.missing_attribute(spec, sym::OPERATOR))?;
    let operator = function(ev, ev.force_slot(&operator.value)?)?;
    let failure = Cell::new(None);
    let mut keys = Keys { ev, first: None, hashed: FxHashSet::default(), compared: BTreeSet::new(), failure: &failure };
    let mut result = Vec::new();
    while let Some(item) = work.pop_front() {
        let item = ev.force(item)?;
        let Value::Attrs(attrs) = item else { return Err(ev.expected("a set", item)) };
        let key =
            attrs.get(sym::KEY).ok_or_else(|| Error::new(ErrorKind::MissingAttribute, "attribute 'key' missing"))?;
        let key = ev.force_slot(&key.value)?;
        if keys.insert(key)? {
            result.push(item);
            let next = list(ev, ev.call(operator, &[item])?)?;
            work.extend(next.items.iter().map(crate::value::share));
        }
    }
    Ok(ev.list(result))
}
