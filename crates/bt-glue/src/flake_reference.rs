//! Flake references as values of the language (Nix manual, "Built-ins", `parseFlakeRef` and `flakeRefToString`). They are
//! here and not with the pure builtins because fetchers read references too.

use bt_eval::attrs::AttrsBuilder;
use bt_eval::builtins::{Builtin, expect_attrs};
use bt_eval::{Error, ErrorKind, Evaluator, Result, Value};
use bt_flakeref::{Attribute, Attributes, FlakeRef, FlakeRefError, Reading};

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::new("parseFlakeRef", 1, 1, parse_flake_ref),
    Builtin::new("flakeRefToString", 1, 1, flake_ref_to_string),
];

pub(crate) fn invalid(error: FlakeRefError) -> Error {
    let converted = Error::new(ErrorKind::Other, error.message());
    match error.cause() {
        Some(cause) => converted.help(cause),
        None => converted,
    }
}

/// `parseFlakeRef reference`: the attributes of a flake reference.
fn parse_flake_ref<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let reference = FlakeRef::parse(ev.force_plain(args[0])?, Reading::STRICT).map_err(invalid)?;
    let attributes = reference.attributes();
    let mut set = AttrsBuilder::with_capacity(attributes.iter().count());
    for (name, attribute) in attributes.iter() {
        let value = match attribute {
            Attribute::String(text) => ev.string(text),
            Attribute::Integer(number) => Value::Int(i64::try_from(*number).map_err(|_| {
                Error::new(ErrorKind::Other, format!("'{name}' of the flake reference is too large: {number}"))
            })?),
            Attribute::Bool(flag) => Value::Bool(*flag),
        };
        set.push(ev.symbols.intern(name), value);
    }
    Ok(Value::Attrs(set.finish(ev.arena)))
}

/// `flakeRefToString attributes`: the URL form.
fn flake_ref_to_string<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let mut attributes = Attributes::default();
    for (name, attr) in ev.sorted_entries(expect_attrs(ev, args[0])?) {
        let attribute = match ev.force_slot(&attr.value)? {
            Value::Int(number) => Attribute::Integer(u64::try_from(number).map_err(|_| {
                Error::new(ErrorKind::Other, format!("negative value given for flake ref attr {name}: {number}"))
            })?),
            Value::Bool(flag) => Attribute::Bool(flag),
            Value::String(text) => Attribute::from(ev.utf8(text)?),
            other => {
                let message = "flake reference attribute sets may only contain integers, Booleans, and strings";
                let kind = other.type_with_article();
                return Err(Error::new(ErrorKind::Type, format!("{message}, but attribute '{name}' is {kind}")));
            }
        };
        attributes.insert(name, attribute);
    }
    let reference = FlakeRef::from_attributes(attributes).map_err(invalid)?;
    Ok(ev.string(reference.to_url().map_err(invalid)?))
}
