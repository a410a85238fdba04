//! Builtins on numbers.

use super::{Builtin, Kind};
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::print::float_text;
use crate::value::Value;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("add", 2, 0b11, add),
    Builtin::new("sub", 2, 0b11, sub),
    Builtin::new("mul", 2, 0b11, mul),
    Builtin::new("div", 2, 0b11, div),
    Builtin::new("lessThan", 2, 0b11, less_than),
    Builtin::new("bitAnd", 2, 0b11, bit_and).expecting(&[Kind::Int]),
    Builtin::new("bitOr", 2, 0b11, bit_or).expecting(&[Kind::Int]),
    Builtin::new("bitXor", 2, 0b11, bit_xor).expecting(&[Kind::Int]),
    Builtin::new("ceil", 1, 1, ceil),
    Builtin::new("floor", 1, 1, floor),
];

fn int<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<i64> {
    match value {
        Value::Int(i) => Ok(i),
        other => Err(ev.expected("an integer", other)),
    }
}

/// `add a b`: numbers only, unlike `+`.
fn add<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    match (args[0], args[1]) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => ev.add(args[0], args[1]),
        (left, right) => Err(ev.not_numbers(left, right)),
    }
}

fn sub<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    ev.subtract(args[0], args[1])
}

fn mul<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    ev.multiply(args[0], args[1])
}

fn div<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    ev.divide(args[0], args[1])
}

fn less_than<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(ev.less_than(args[0], args[1])?))
}

fn bit_and<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Int(int(ev, args[0])? & int(ev, args[1])?))
}

fn bit_or<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Int(int(ev, args[0])? | int(ev, args[1])?))
}

fn bit_xor<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Int(int(ev, args[0])? ^ int(ev, args[1])?))
}

/// A number rounded to an integer. An integer goes through a float in Nix, and is refused where that changes it.
fn round<'e>(ev: &Evaluator<'e>, value: Value<'e>, how: fn(f64) -> f64) -> Result<Value<'e>> {
    let number = match value {
        Value::Int(i) => i as f64,
        Value::Float(f) => f,
        other => return Err(ev.expected("a float", other)),
    };
    let rounded = how(number);
    let fits = (-(2f64.powi(63))..2f64.powi(63)).contains(&rounded);
    let message = match value {
        Value::Int(i) if !fits => {
            bug(&format!("the NixInt argument {i} caused undefined behavior in previous Nix versions"))
        }
        Value::Int(i) if rounded as i64 != i => {
            let what = "a loss of precision occurred in previous Nix versions because the NixInt argument";
            bug(&format!("{what} {i} was rounded to {}", rounded as i64))
        }
        _ if fits => return Ok(Value::Int(rounded as i64)),
        _ => format!("NixFloat argument {} is not in the range of NixInt", float_text(number)),
    };
    Err(Error::new(ErrorKind::Other, message))
}

/// What Nix says about integers that it used to round to others.
fn bug(what: &str) -> String {
    let report = "https://github.com/NixOS/nix/issues/12899";
    format!("Due to a bug (see {report}) {what}.\n\tFuture Nix versions might implement the correct behavior.")
}

fn ceil<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    round(ev, args[0], f64::ceil)
}

fn floor<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    round(ev, args[0], f64::floor)
}
