//! The inputs that a flake.nix declares.

use bt_diag::Span;
use bt_eval::{At, Attrs, Error, ErrorKind, Evaluator, Result, Value, share};
use bt_flakeref::{Attribute, Attributes, FlakeRef, FlakeRefError, Reading};

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
    /// The text of its `url`, and the position of that attribute.
    pub url: Option<(String, u32)>,
}

impl Declared {
    /// What it refers to when it follows nothing: without a word about it, its name in the registries.
    pub fn target(&self) -> FlakeRef {
        self.reference.clone().unwrap_or_else(|| FlakeRef::indirect(&self.name))
    }
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
            url: None,
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
        inputs.push(one(ev, name, share(&attr.value), span, depth).at(span.unwrap_or(Span::NONE))?);
    }
    Ok(inputs)
}

fn invalid(error: FlakeRefError) -> Error {
    let converted = Error::new(ErrorKind::Other, error.message());
    match error.cause() {
        Some(cause) => converted.help(cause),
        None => converted,
    }
}

fn one<'e>(ev: &Evaluator<'e>, name: &str, value: Value<'e>, span: Option<Span>, depth: u32) -> Result<Declared> {
    let mut declared = Declared { span, ..Declared::named(name) };
    let mut attributes = Attributes::default();
    for (key, attr) in ev.sorted_entries(attrs(ev, value)?) {
        let at = name_span(attr.position(), key).unwrap_or(Span::NONE);
        let value = ev.force(share(&attr.value)).at(at)?;
        match key {
            "follows" => declared.follows = Some(input_path(ev.force_plain(value).at(at)?).at(at)?),
            "flake" => match value {
                Value::Bool(flag) => declared.is_flake = flag,
                other => return Err(ev.expected("a Boolean", other).at(at)),
            },
            "inputs" => declared.inputs = all(ev, attrs(ev, value).at(at)?, depth + 1)?,
            _ => {
                if let ("url", Value::String(_)) = (key, value) {
                    declared.url = Some((ev.force_plain(value).at(at)?.to_string(), attr.position()));
                }
                attributes.insert(key, attribute(ev, key, value).at(at)?);
            }
        }
    }
    declared.reference = reference(attributes, declared.is_flake)?;
    Ok(declared)
}

/// `a/b`: names of inputs; none of them means the flake itself.
fn input_path(text: &str) -> Result<Vec<String>> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    let names: Vec<String> = text.split('/').filter(|name| !name.is_empty()).map(str::to_string).collect();
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(Error::new(ErrorKind::Other, format!("invalid flake input path element '{name}'"))),
        None => Ok(names),
    }
}

fn attribute<'e>(ev: &Evaluator<'e>, key: &str, value: Value<'e>) -> Result<Attribute> {
    match value {
        Value::String(_) => ev.force_plain(value).map(Attribute::from),
        Value::Bool(flag) => Ok(Attribute::Bool(flag)),
        Value::Int(number) => u64::try_from(number).map(Attribute::Integer).map_err(|_| {
            let message = format!("negative value given for flake input attribute {key}: {number}");
            Error::new(ErrorKind::Other, message)
        }),
        _ if key == "url" => Err(ev.expected("a string", value)),
        other => {
            let kind = other.type_with_article();
            let message =
                format!("flake input attribute '{key}' is {kind} while a string, Boolean, or integer is expected");
            Err(Error::new(ErrorKind::Type, message))
        }
    }
}

/// What the attributes of an input refer to; `None` when nothing is said.
fn reference(mut attributes: Attributes, is_flake: bool) -> Result<Option<FlakeRef>> {
    if attributes.get("type").is_some() {
        return FlakeRef::from_attributes(attributes).map(Some).map_err(invalid);
    }
    let url = attributes.remove("url");
    if let Some((name, _)) = attributes.iter().next() {
        let message = format!("unexpected flake input attribute '{name}'");
        return Err(Error::new(ErrorKind::Other, message).help("attributes like this one need a 'type' beside them"));
    }
    match url {
        None => Ok(None),
        Some(Attribute::String(url)) => FlakeRef::parse(&url, Reading::input(is_flake)).map(Some).map_err(invalid),
        Some(other) => {
            let kind = match other {
                Attribute::Bool(_) => "a Boolean",
                _ => "an integer",
            };
            Err(Error::new(ErrorKind::Type, format!("the 'url' of a flake input has to be a string, not {kind}")))
        }
    }
}
