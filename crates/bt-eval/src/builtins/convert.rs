//! Builtins that turn values into other notations and back: JSON, TOML, XML.

use super::Builtin;
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result, StringBuilder};
use crate::symbol::sym;
use crate::value::Value;
use toml::de::{DeTable, DeValue};

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
    ev.parse_json(ev.force_plain(args[0])?.as_bytes())
}

/// `toXML value`
fn to_xml<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let mut builder = StringBuilder::default();
    ev.write_xml(args[0], true, &mut builder)?;
    Ok(builder.finish(ev))
}

/// `fromTOML text`; dates and times are an error.
fn from_toml<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let text = ev.force_plain(args[0])?;
    let fail = |message: &str| Error::new(ErrorKind::Other, format!("while parsing TOML: {message}"));
    let table = DeTable::parse(text).map_err(|error| fail(&toml_message(&error, text)))?;
    toml_table(ev, table.get_ref()).map_err(|message| fail(&message))
}

fn toml_message(error: &toml::de::Error, text: &str) -> String {
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else { return error.message().to_string() };
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{} at line {line}, column {column}", error.message())
}

fn toml_table<'e>(ev: &Evaluator<'e>, table: &DeTable<'_>) -> std::result::Result<Value<'e>, String> {
    let mut set = AttrsBuilder::with_capacity(table.len());
    for (name, value) in table.iter() {
        let name = without_nul(name.get_ref())?;
        set.push(ev.symbols.intern(name), toml_value(ev, value.get_ref())?);
    }
    Ok(Value::Attrs(set.finish(ev.arena)))
}

/// Recursion is bounded: the parser refuses deeply nested values and long keys.
fn toml_value<'e>(ev: &Evaluator<'e>, value: &DeValue<'_>) -> std::result::Result<Value<'e>, String> {
    Ok(match value {
        DeValue::String(text) => ev.string(without_nul(text)?),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Int(number),
            Err(_) => return Err(format!("integer {number} is out of range")),
        },
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(float) if float.is_finite() || number.as_str().contains("inf") || float.is_nan() => Value::Float(float),
            _ => return Err(format!("float {number} is out of range")),
        },
        DeValue::Datetime(_) if !ev.options.toml_timestamps => {
            return Err("Dates and times are not supported".to_string());
        }
        DeValue::Datetime(datetime) => {
            let time = datetime.time.map(|t| (t.hour, t.minute, t.second.unwrap_or(0), t.nanosecond.unwrap_or(0)));
            timestamp(ev, datetime.date.map(|d| d.to_string()), time, datetime.offset.map(|o| o.to_string()))
        }
        DeValue::Array(items) => {
            let items = items.iter().map(|item| toml_value(ev, item.get_ref()));
            ev.list(items.collect::<std::result::Result<_, _>>()?)
        }
        DeValue::Table(table) => toml_table(ev, table)?,
    })
}

/// `{ _type = "timestamp"; value = "…"; }`, as Nix does with its experimental feature `parse-toml-timestamps`.
fn timestamp<'e>(
    ev: &Evaluator<'e>,
    date: Option<String>,
    time: Option<(u8, u8, u8, u32)>,
    offset: Option<String>,
) -> Value<'e> {
    let mut text = date.unwrap_or_default();
    if let Some((hour, minute, second, nanosecond)) = time {
        if !text.is_empty() {
            text.push('T');
        }
        text.push_str(&format!("{hour:02}:{minute:02}:{second:02}"));
        // Fractions have three, six or nine digits.
        match nanosecond {
            0 => {}
            n if n % 1_000_000 == 0 => text.push_str(&format!(".{:03}", n / 1_000_000)),
            n if n % 1_000 == 0 => text.push_str(&format!(".{:06}", n / 1_000)),
            n => text.push_str(&format!(".{n:09}")),
        }
    }
    text.push_str(&offset.unwrap_or_default());
    let mut set = AttrsBuilder::with_capacity(2);
    set.push(ev.symbols.intern("_type"), ev.string("timestamp"));
    set.push(sym::VALUE, ev.string(text));
    Value::Attrs(set.finish(ev.arena))
}

/// Strings of the language have no zero bytes.
fn without_nul(text: &str) -> std::result::Result<&str, String> {
    match text.find('\0') {
        None => Ok(text),
        Some(_) => Err(crate::json::contains_nul(text)),
    }
}
