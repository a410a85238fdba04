//! Builtins about types.

use super::Builtin;
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::ir::Parameter;
use crate::value::{Place, Value};

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("isAttrs", 1, 1, is_attrs),
    Builtin::new("isBool", 1, 1, is_bool),
    Builtin::new("isFloat", 1, 1, is_float),
    Builtin::new("isFunction", 1, 1, is_function),
    Builtin::new("isInt", 1, 1, is_int),
    Builtin::new("isList", 1, 1, is_list),
    Builtin::new("isNull", 1, 1, is_null),
    Builtin::new("isPath", 1, 1, is_path),
    Builtin::new("isString", 1, 1, is_string),
    Builtin::new("typeOf", 1, 1, type_of),
    Builtin::new("functionArgs", 1, 1, function_args),
];

fn is_attrs<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::Attrs(_))))
}

fn is_bool<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::Bool(_))))
}

fn is_float<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::Float(_))))
}

fn is_function<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::Closure(_) | Value::Builtin(_) | Value::Partial(_))))
}

fn is_int<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::Int(_))))
}

fn is_list<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::List(_))))
}

fn is_null<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::Null)))
}

fn is_path<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::Path(_))))
}

fn is_string<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(matches!(args[0], Value::String(_))))
}

/// `typeOf value`: `"int"`, `"bool"`, `"string"`, `"path"`, `"null"`, `"set"`, `"list"`, `"lambda"` or `"float"`.
fn type_of<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(ev.string(args[0].type_name()))
}

/// `functionArgs f`: the formals of `f`, true for those with a default.
fn function_args<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    match args[0] {
        Value::Closure(closure) => match &closure.lambda.parameter {
            Parameter::Positional(_) => Ok(Value::Attrs(ev.empty_attrs())),
            Parameter::Formals(formals) => {
                let mut builder = AttrsBuilder::with_capacity(formals.formals.len());
                for formal in formals.formals {
                    builder.push_at(formal.name, Place::new(formal.position), Value::Bool(formal.default.is_some()));
                }
                Ok(Value::Attrs(builder.finish(ev.arena)))
            }
        },
        Value::Builtin(_) | Value::Partial(_) => Ok(Value::Attrs(ev.empty_attrs())),
        _ => Err(Error::new(ErrorKind::Type, "'functionArgs' requires a function")),
    }
}
