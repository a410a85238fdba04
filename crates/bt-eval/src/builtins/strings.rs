//! Builtins that make strings from strings.

use super::lists::list;
use super::patterns::Patterns;
use super::{Builtin, Kind};
use crate::error::{Error, ErrorKind};
use crate::eval::{Coercion, Evaluator, Result, StringBuilder};
use crate::value::{NixString, Value};

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("baseNameOf", 1, 1, base_name_of),
    Builtin::new("dirOf", 1, 1, dir_of),
    Builtin::new("concatStringsSep", 2, 0b11, concat_strings_sep).expecting(&[Kind::String]),
    Builtin::new("replaceStrings", 3, 0b011, replace_strings).expecting(&[Kind::List, Kind::List]),
    Builtin::new("stringLength", 1, 1, string_length),
    Builtin::new("substring", 3, 0b111, substring).expecting(&[Kind::Int, Kind::Int]),
    Builtin::new("toString", 1, 1, to_string),
];

/// A value as the string that interpolation makes of it.
pub(super) fn interpolated<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<&'e NixString<'e>> {
    ev.force_string(ev.coerce_to_string(value, Coercion::INTERPOLATION)?)
}

/// `baseNameOf path`: what follows the last slash; one slash at the end does not count.
fn base_name_of<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let text = ev.force_string(ev.coerce_to_string(args[0], Coercion::PATH_TEXT)?)?;
    let mut bytes = text.bytes();
    if let [rest @ .., b'/'] = bytes
        && !rest.is_empty()
    {
        bytes = rest;
    }
    let start = bytes.iter().rposition(|b| *b == b'/').map_or(0, |slash| slash + 1);
    Ok(ev.string_in(&bytes[start..], text.context()))
}

/// `dirOf path`: what comes before the last slash; a path for a path, a string for a string.
fn dir_of<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    if let Value::Path(path) = args[0] {
        return Ok(ev.path(&ev.world.directory_of(path.text)));
    }
    let text = ev.force_string(ev.coerce_to_string(args[0], Coercion::PATH_TEXT)?)?;
    let directory: &'e [u8] = match text.bytes().iter().rposition(|b| *b == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(slash) => &text.bytes()[..slash],
    };
    Ok(ev.string_in(directory, text.context()))
}

/// `concatStringsSep separator list`: the elements become text as in an interpolation.
fn concat_strings_sep<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let separator = ev.force_string(args[0])?;
    let mut builder = StringBuilder::default();
    builder.push_context(separator.context());
    for (i, item) in list(ev, args[1])?.items.iter().enumerate() {
        if i > 0 {
            builder.push(separator.bytes());
        }
        let item = ev.force_slot(item)?;
        ev.coerce(item, Coercion::INTERPOLATION, &mut builder)?;
    }
    ev.reserve(builder.bytes().len())?;
    Ok(builder.finish(ev))
}

/// `replaceStrings from to text`: at each place the first pattern of the list that matches is replaced; an empty pattern
/// matches everywhere, also at the end. Only the replacements that are used are evaluated.
fn replace_strings<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let (from, to) = (list(ev, args[0])?, list(ev, args[1])?);
    if from.items.len() != to.items.len() {
        let message = "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths";
        return Err(Error::new(ErrorKind::Other, message));
    }
    let mut patterns = Vec::with_capacity(from.items.len());
    for item in from.items {
        patterns.push(ev.force_string(ev.force_slot(item)?)?.bytes());
    }
    let patterns = Patterns::new(patterns);
    let text = ev.force_string(args[2])?;
    let mut search = patterns.search(text.bytes());
    let mut replacements: Vec<Option<&'e [u8]>> = vec![None; to.items.len()];
    let mut builder = StringBuilder::default();
    builder.push_context(text.context());
    let mut at = 0;
    let mut copied = 0;
    let mut replaced = false;
    let mut checked = 1 << 16;
    while at <= text.bytes().len() {
        let Some(i) = search.find(at) else {
            at += 1;
            continue;
        };
        replaced = true;
        builder.push(&text.bytes()[copied..at]);
        copied = at;
        let replacement = match replacements[i] {
            Some(bytes) => bytes,
            None => {
                let string = ev.force_string(ev.force_slot(&to.items[i])?)?;
                builder.push_context(string.context());
                replacements[i] = Some(string.bytes());
                string.bytes()
            }
        };
        builder.push(replacement);
        if builder.bytes().len() > checked {
            ev.reserve(builder.bytes().len())?;
            checked = 2 * builder.bytes().len();
        }
        let length = patterns.length(i);
        // After an empty match the next byte stays.
        at += length.max(1);
        copied += length;
    }
    if !replaced {
        return Ok(args[2]);
    }
    builder.push(&text.bytes()[copied.min(text.bytes().len())..]);
    ev.reserve(builder.bytes().len())?;
    Ok(builder.finish(ev))
}

/// `stringLength text`, in bytes.
fn string_length<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Int(interpolated(ev, args[0])?.len() as i64))
}

/// `substring start length text`, in bytes; a negative length goes to the end. The context stays.
fn substring<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let number = |value| match value {
        Value::Int(i) => Ok(i),
        other => Err(ev.expected("an integer", other)),
    };
    let (start, length) = (number(args[0])?, number(args[1])?);
    let Ok(start) = usize::try_from(start) else {
        return Err(Error::new(ErrorKind::Other, "negative start position in 'substring'"));
    };
    let text = interpolated(ev, args[2])?;
    let rest = text.bytes().get(start..).unwrap_or_default();
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
    Ok(ev.string_in(&rest[..length], text.context()))
}

/// `toString value`: also of numbers, Booleans, null and lists; paths stay as they are.
fn to_string<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    ev.coerce_to_string(args[0], Coercion::TO_STRING)
}
