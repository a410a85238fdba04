//! Builtins about version numbers and package names.

use super::{Builtin, Kind};
use crate::attrs::AttrsBuilder;
use crate::eval::{Evaluator, Result};
use crate::symbol::sym;
use crate::value::Value;
use std::cmp::Ordering;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("compareVersions", 2, 0b11, compare_versions).expecting(&[Kind::Plain]),
    Builtin::new("parseDrvName", 1, 1, parse_drv_name),
    Builtin::new("splitVersion", 1, 1, split_version),
];

/// The components of a version: runs of digits and runs of other bytes; dots and dashes only separate.
struct Components<'a>(&'a [u8]);

impl<'a> Iterator for Components<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let is_separator = |b: &u8| matches!(b, b'.' | b'-');
        let start = self.0.iter().position(|b| !is_separator(b))?;
        let rest = &self.0[start..];
        let numeric = rest[0].is_ascii_digit();
        let end = rest.iter().position(|b| b.is_ascii_digit() != numeric || is_separator(b)).unwrap_or(rest.len());
        self.0 = &rest[end..];
        Some(&rest[..end])
    }
}

/// The order of two components; a missing one is empty. Numbers are compared as numbers and come after other texts,
/// `pre` comes before everything, a missing component before a number.
fn compare_components(left: &[u8], right: &[u8]) -> Ordering {
    // What does not fit is not a number.
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|t| t.parse::<i32>().ok());
    match (number(left), number(right)) {
        (Some(a), Some(b)) => return a.cmp(&b),
        (None, Some(_)) if left.is_empty() => return Ordering::Less,
        (Some(_), None) if right.is_empty() => return Ordering::Greater,
        _ => {}
    }
    match (left == b"pre", right == b"pre") {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => {}
    }
    match (number(left).is_some(), number(right).is_some()) {
        (false, true) => Ordering::Less,
        (true, false) => Ordering::Greater,
        _ => left.cmp(right),
    }
}

/// The bytes of a string without context.
fn plain<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<&'e [u8]> {
    let string = ev.force_string(value)?;
    // Only for its error: bytes need not be UTF-8.
    if string.context().is_empty() { Ok(string.bytes()) } else { ev.force_plain(value).map(str::as_bytes) }
}

/// `compareVersions a b`: -1, 0 or 1.
fn compare_versions<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let mut left = Components(plain(ev, args[0])?);
    let mut right = Components(plain(ev, args[1])?);
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ok(Value::Int(0)),
            (a, b) => compare_components(a.unwrap_or_default(), b.unwrap_or_default()),
        };
        match order {
            Ordering::Less => return Ok(Value::Int(-1)),
            Ordering::Greater => return Ok(Value::Int(1)),
            Ordering::Equal => {}
        }
    }
}

/// `parseDrvName text`: the version begins after the first dash that no letter follows.
fn parse_drv_name<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let (name, version) = split_drv_name(plain(ev, args[0])?);
    let mut set = AttrsBuilder::with_capacity(2);
    set.push(sym::NAME, ev.string_in(name, &[]));
    set.push(sym::VERSION, ev.string_in(version, &[]));
    Ok(Value::Attrs(set.finish(ev.arena)))
}

/// The name of a package up to the first dash that no letter follows, and the version after it (Nix manual,
/// `builtins.parseDrvName`).
pub fn split_drv_name(text: &[u8]) -> (&[u8], &[u8]) {
    match text.windows(2).position(|pair| pair[0] == b'-' && !pair[1].is_ascii_alphabetic()) {
        Some(dash) => (&text[..dash], &text[dash + 1..]),
        None => (text, &[]),
    }
}

/// `splitVersion version`: its components.
fn split_version<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let components = Components(plain(ev, args[0])?);
    Ok(ev.list(components.map(|c| ev.string_in(c, &[])).collect()))
}
