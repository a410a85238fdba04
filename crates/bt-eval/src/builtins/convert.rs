//! Builtins that turn values into other notations and back: JSON, TOML, XML.

use super::Builtin;
use crate::eval::{Evaluator, Result, StringBuilder};
use crate::value::Value;
use crate::xml::XmlOptions;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("toJSON", 1, 1, to_json),
    Builtin::new("fromJSON", 1, 1, from_json),
    Builtin::new("fromTOML", 1, 1, from_toml),
    Builtin::new("toXML", 1, 1, to_xml),
];

/// `toJSON value`; what the string was made from stays known.
fn to_json<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let mut builder = StringBuilder::default();
    ev.write_json(args[0], &mut builder)?;
    let result = builder.finish(ev);
    if let Value::String(string) = result {
        ev.observations.remember_json(string, args[0]);
    }
    Ok(result)
}

/// `fromJSON text`
fn from_json<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    ev.parse_json(ev.force_without_context(args[0])?)
}

/// `toXML value`
fn to_xml<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let mut builder = StringBuilder::default();
    ev.write_xml(args[0], XmlOptions::default(), &mut builder)?;
    Ok(builder.finish(ev))
}

/// `fromTOML text`
fn from_toml<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    ev.parse_toml(ev.force_without_context(args[0])?)
}
