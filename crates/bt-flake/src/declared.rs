//! The inputs that a flake.nix declares.

use crate::reference::FlakeRef;
use bt_diag::Span;
use bt_eval::{At, Attrs, Error, ErrorKind, Evaluator, Result, Value, share};

/// An input as flake.nix declares it.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub name: String,
    /// Where its name stands.
    pub span: Option<Span>,
    /// `None` when it follows another input, or nothing is said.
    pub reference: Option<FlakeRef>,
    pub follows: Option<Vec<String>>,
    pub is_flake: bool,
    /// `inputs.x` of the input.
    pub inputs: Vec<Declared>,
}

impl Declared {
    /// An input of which only the name is known.
    pub fn named(name: &str) -> Declared {
        Declared {
            name: name.to_string(),
            span: None,
            reference: None,
            follows: None,
            is_flake: true,
            inputs: Vec::new(),
        }
    }
}

fn attrs<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<&'e Attrs<'e>> {
    bt_eval::builtins::expect_attrs(ev, ev.force(value)?)
}

/// The inputs of an evaluated flake.nix, in the order in which they are written, and where `inputs` stands.
pub(crate) fn declared_inputs<'e>(ev: &Evaluator<'e>, flake: &'e Attrs<'e>) -> Result<(Vec<Declared>, Option<Span>)> {
    let Some(inputs) = ev.symbols.find("inputs").and_then(|name| flake.get(name)) else {
        return Ok((Vec::new(), None));
    };
    let span = name_span(inputs.position(), "inputs");
    let given = attrs(ev, share(&inputs.value)).at(span.unwrap_or(Span::NONE))?;
    Ok((all(ev, given, 0)?, span))
}

fn name_span(position: u32, name: &str) -> Option<Span> {
    (position != 0).then(|| Span::new(position, position + name.len() as u32))
}

fn all<'e>(ev: &Evaluator<'e>, given: &'e Attrs<'e>, depth: u32) -> Result<Vec<Declared>> {
    if depth > 20 {
        return Err(Error::new(ErrorKind::Other, "inputs are nested too deeply"));
    }
    let mut entries = ev.sorted_entries(given);
    entries.sort_by_key(|(_, attr)| attr.position());
    let mut inputs = Vec::with_capacity(entries.len());
    for (name, attr) in entries {
        let span = name_span(attr.position(), name);
        let input = one(ev, name, share(&attr.value), span, depth);
        inputs.push(input.map_err(|e| e.at(span.unwrap_or(Span::NONE)))?);
    }
    Ok(inputs)
}

fn one<'e>(ev: &Evaluator<'e>, name: &str, value: Value<'e>, span: Option<Span>, depth: u32) -> Result<Declared> {
    let mut declared = Declared { span, ..Declared::named(name) };
    let mut attributes = Vec::new();
    for (key, attr) in ev.sorted_entries(attrs(ev, value)?) {
        let value = ev.force(share(&attr.value))?;
        match key {
            "url" => declared.reference = Some(FlakeRef::parse(ev.force_plain(value)?)),
            "follows" => {
                let path = ev.force_plain(value)?;
                declared.follows = Some(path.split('/').filter(|p| !p.is_empty()).map(str::to_string).collect());
            }
            "flake" => match value {
                Value::Bool(flake) => declared.is_flake = flake,
                other => return Err(ev.expected("a Boolean", other)),
            },
            "inputs" => declared.inputs = all(ev, attrs(ev, value)?, depth + 1)?,
            _ => match value {
                Value::String(_) => attributes.push((key.to_string(), ev.force_plain(value)?.to_string())),
                Value::Int(i) => attributes.push((key.to_string(), i.to_string())),
                Value::Bool(b) => attributes.push((key.to_string(), b.to_string())),
                other => return Err(ev.expected("a string, a Boolean or an integer", other)),
            },
        }
    }
    if declared.reference.is_none() && attributes.iter().any(|(key, _)| key == "type") {
        declared.reference = Some(FlakeRef::from_attributes(attributes));
    }
    Ok(declared)
}
