//! Builtins for the program's own Nix files only, as the variable `__bt`.

use super::Builtin;
use super::attrs::attrs;
use crate::attrs::AttrsBuilder;
use crate::error::ErrorKind;
use crate::eval::{Evaluator, Result};
use crate::value::Value;

const TABLE: &[Builtin] = &[
    Builtin::new("open", 2, 0b01, open),
    Builtin::new("isClosed", 2, 0b11, is_closed),
    Builtin::new("missing", 1, 0, is_missing),
];

pub(super) fn install(ev: &Evaluator<'_>) {
    let mut builder = AttrsBuilder::with_capacity(TABLE.len());
    for builtin in TABLE {
        builder.push(ev.symbols.intern(builtin.name), Value::Builtin(builtin));
    }
    ev.set_private(Value::Attrs(builder.finish(ev.arena)));
}

/// `open base fallback`: a set that makes attributes it does not have: `fallback name`.
fn open<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Attrs(attrs(ev, args[0])?.opened(ev.arena, args[1])))
}

/// `isClosed set name`: whether the set really holds the attribute.
fn is_closed<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let name = ev.force_plain(args[1])?;
    let held = match ev.symbols.find(name) {
        Some(symbol) => attrs(ev, args[0])?.get(symbol).is_some(),
        None => false,
    };
    Ok(Value::Bool(held))
}

/// `missing value`: whether the value cannot be had because an input of the flake is not available. That is remembered, so
/// whoever goes on without the value does not do so in silence.
fn is_missing<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(match ev.force(args[0]) {
        Err(error) if error.kind() == ErrorKind::Unavailable => {
            ev.observations.remember_missing(error);
            true
        }
        _ => false,
    }))
}
