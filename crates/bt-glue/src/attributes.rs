//! The attributes of a derivation: what each of them says, and the derivation that follows from them all (Nix manual,
//! "Derivations" and "Advanced Attributes").

use crate::derivation::glue;
use crate::glue::{Glue, SandboxEscape};
use bt_eval::{Attrs, Coercion, Error, ErrorKind, Evaluator, Result, StringBuilder, Value, share};
use bt_store::path::{ContentMethod, validate_name};
use bt_store::{Derivation, DerivationOutput, Hash, HashAlgorithm, StorePath};
use std::collections::BTreeSet;

/// What is collected while the attributes are read.
#[derive(Default)]
struct Parts<'e> {
    derivation: Derivation,
    /// What everything that was read refers to.
    context: StringBuilder<'e>,
    /// The text of `__json`, without the brace at its end, with `__structuredAttrs`.
    json: Option<StringBuilder<'e>>,
    outputs: Vec<String>,
    output_hash: Option<String>,
    output_hash_algorithm: Option<HashAlgorithm>,
    method: Option<ContentMethod>,
    content_addressed: bool,
    impure: bool,
}

fn fail<T>(kind: ErrorKind, message: impl Into<String>) -> Result<T> {
    Err(Error::new(kind, message))
}

/// The derivation that attributes describe, its output paths not yet computed.
pub(crate) fn read<'e>(ev: &Evaluator<'e>, given: &'e Attrs<'e>, name: &str) -> Result<Derivation> {
    validate_name(name).map_err(|error| {
        Error::new(ErrorKind::Other, format!("invalid derivation name: {error}. Please pass a different 'name'."))
    })?;
    let structured = flag(ev, given, "__structuredAttrs")?;
    let ignore_nulls = flag(ev, given, "__ignoreNulls")?;
    let mut parts = Parts { json: structured.then(StringBuilder::default), ..Parts::default() };
    parts.outputs.push("out".into());
    for (key, attr) in ev.sorted_entries(given) {
        if key == "__ignoreNulls" {
            continue;
        }
        let value = share(&attr.value);
        let result = ev.force(value).map(|value| ignore_nulls && matches!(value, Value::Null));
        let result = match (if ignore_nulls { result } else { Ok(false) }, key) {
            (Err(error), _) => Err(error),
            (Ok(true), _) => continue,
            (_, "__contentAddressed") => flag(ev, given, key).map(|on| parts.content_addressed = on),
            (_, "__impure") => flag(ev, given, key).map(|on| parts.impure = on),
            (_, "args") => arguments(ev, value, &mut parts),
            _ if structured => structured_attribute(ev, key, value, &mut parts),
            _ => attribute(ev, key, value, &mut parts),
        };
        result.map_err(|error| {
            let end = attr.position() + key.len() as u32;
            let span = bt_diag::Span::new(attr.position(), if attr.position() == 0 { 0 } else { end });
            error.frame(span, || format!("while evaluating attribute '{key}' of derivation '{name}'"))
        })?;
    }
    if let Some(mut json) = parts.json.take() {
        json.push(if json.bytes().is_empty() { b"{}" } else { b"}" });
        parts.derivation.environment.insert(b"__json".to_vec(), json.bytes().to_vec());
        parts.context.push_context(json.context_in(ev));
    }
    add_context(glue(ev)?, parts.context.context_in(ev), &mut parts.derivation)?;
    if parts.derivation.builder.is_empty() {
        return fail(ErrorKind::Type, "required attribute 'builder' missing");
    }
    if parts.derivation.system.is_empty() {
        return fail(ErrorKind::Type, "required attribute 'system' missing");
    }
    // What builds another derivation is named after it.
    let makes_a_derivation = parts.method == Some(ContentMethod::Text) && parts.outputs == ["out"];
    if name.ends_with(".drv") && !makes_a_derivation {
        let message = "derivation names are allowed to end in '.drv' only if they produce a single derivation file";
        return fail(ErrorKind::Other, message);
    }
    let output = output(ev, &parts)?;
    let outputs = parts.outputs.into_iter().map(|name| (name, output.clone()));
    parts.derivation.outputs = outputs.collect();
    Ok(parts.derivation)
}

/// What all outputs of the derivation are.
fn output(ev: &Evaluator<'_>, parts: &Parts<'_>) -> Result<DerivationOutput> {
    let algorithm = parts.output_hash_algorithm;
    if let Some(hash) = &parts.output_hash {
        if parts.outputs != ["out"] {
            return fail(ErrorKind::Other, "multiple outputs are not supported in fixed-output derivations");
        }
        return Ok(DerivationOutput::fixed(parts.method.unwrap_or_default(), &fixed_hash(ev, hash, algorithm)?));
    }
    let (method, algorithm) = (parts.method.unwrap_or(ContentMethod::Nar), algorithm.unwrap_or(HashAlgorithm::Sha256));
    match (parts.content_addressed, parts.impure) {
        (true, true) => fail(ErrorKind::Other, "derivation cannot be both content-addressed and impure"),
        (true, false) => Ok(DerivationOutput::floating(method, algorithm)),
        (false, true) => Ok(DerivationOutput::impure(method, algorithm)),
        (false, false) => Ok(DerivationOutput::input_addressed()),
    }
}

/// A hash that a program gives; an empty one stands for all zeros when the algorithm is known.
pub(crate) fn fixed_hash(ev: &Evaluator<'_>, text: &str, algorithm: Option<HashAlgorithm>) -> Result<Hash> {
    let hash = match (text, algorithm) {
        ("", None) => return fail(ErrorKind::Other, "empty hash requires explicit hash algorithm"),
        ("", Some(algorithm)) => {
            let hash = Hash::zero(algorithm);
            ev.world.log(&format!("warning: found empty hash, assuming '{}'", hash.to_sri()));
            hash
        }
        _ => Hash::parse_any(text, algorithm).map_err(|error| Error::new(ErrorKind::Other, error.to_string()))?,
    };
    if hash.algorithm() == HashAlgorithm::Blake3 && !ev.options.blake3_hashes {
        return Err(Error::new(ErrorKind::Other, "experimental Nix feature 'blake3-hashes' is disabled")
            .help("add '--extra-experimental-features blake3-hashes' to enable it"));
    }
    Ok(hash)
}

fn flag<'e>(ev: &Evaluator<'e>, given: &'e Attrs<'e>, name: &str) -> Result<bool> {
    match ev.symbols.find(name).and_then(|symbol| given.get(symbol)) {
        Some(attr) => match ev.force_slot(&attr.value)? {
            Value::Bool(b) => Ok(b),
            other => Err(ev.expected("a Boolean", other)),
        },
        None => Ok(false),
    }
}

/// The attribute that takes the build out of the sandbox, if there is one. The attributes have been read before.
pub(crate) fn sandbox_escape<'e>(ev: &Evaluator<'e>, given: &'e Attrs<'e>) -> Option<SandboxEscape> {
    ["__noChroot", "__impure"].into_iter().find_map(|attribute| {
        let attr = given.get(ev.symbols.find(attribute)?)?;
        let is_on = match ev.force_slot(&attr.value) {
            Ok(Value::Bool(on)) => on,
            // Nix looks for this text in the environment.
            Ok(Value::String(text)) => text.bytes() == b"1",
            _ => false,
        };
        is_on.then(|| SandboxEscape { attribute, position: attr.position() })
    })
}

fn arguments<'e>(ev: &Evaluator<'e>, value: Value<'e>, parts: &mut Parts<'e>) -> Result<()> {
    let Value::List(list) = ev.force(value)? else { return Err(ev.expected("a list", ev.force(value)?)) };
    for item in list.items {
        let string = ev.force_string(ev.coerce_to_string(share(item), Coercion::DERIVATION)?)?;
        parts.context.push_context(string.context());
        parts.derivation.arguments.push(string.bytes().to_vec());
    }
    Ok(())
}

/// An attribute that becomes a variable of the builder's environment.
fn attribute<'e>(ev: &Evaluator<'e>, key: &'e str, value: Value<'e>, parts: &mut Parts<'e>) -> Result<()> {
    let string = ev.force_string(ev.coerce_to_string(value, Coercion::DERIVATION)?)?;
    parts.context.push_context(string.context());
    let bytes = string.bytes();
    parts.derivation.environment.insert(key.as_bytes().to_vec(), bytes.to_vec());
    match key {
        "builder" => parts.derivation.builder = bytes.to_vec(),
        "system" => parts.derivation.system = bytes.to_vec(),
        "outputs" => {
            let names = String::from_utf8_lossy(bytes);
            let names = names.split([' ', '\t', '\n', '\r']).filter(|name| !name.is_empty());
            parts.outputs = check_outputs(names.map(str::to_string).collect())?;
        }
        _ => output_attribute(key, bytes, parts)?,
    }
    Ok(())
}

/// An attribute that becomes a member of the JSON document that the builder reads.
fn structured_attribute<'e>(ev: &Evaluator<'e>, key: &'e str, value: Value<'e>, parts: &mut Parts<'e>) -> Result<()> {
    if key == "__structuredAttrs" {
        return Ok(());
    }
    if let Some(json) = &mut parts.json {
        json.push(if json.bytes().is_empty() { b"{" } else { b"," });
        ev.write_json(ev.string(key), json)?;
        json.push(b":");
        ev.write_json(value, json)?;
    }
    match key {
        "builder" => {
            let string = ev.force_string(value)?;
            parts.context.push_context(string.context());
            parts.derivation.builder = string.bytes().to_vec();
        }
        "system" => parts.derivation.system = ev.force_plain(value)?.into(),
        "outputHash" | "outputHashAlgo" | "outputHashMode" => {
            output_attribute(key, ev.force_plain(value)?.as_bytes(), parts)?;
        }
        "outputs" => {
            let Value::List(list) = ev.force(value)? else { return Err(ev.expected("a list", ev.force(value)?)) };
            let names = list.items.iter().map(|item| ev.force_plain(share(item)).map(str::to_string));
            parts.outputs = check_outputs(names.collect::<Result<Vec<_>>>()?)?;
        }
        _ => {}
    }
    Ok(())
}

/// Attributes that say how outputs are addressed.
fn output_attribute(key: &str, bytes: &[u8], parts: &mut Parts<'_>) -> Result<()> {
    let text = String::from_utf8_lossy(bytes);
    match key {
        "outputHash" => parts.output_hash = Some(text.into_owned()),
        // A name that Nix does not know counts as none.
        "outputHashAlgo" => parts.output_hash_algorithm = text.parse().ok(),
        "outputHashMode" => {
            let Some(method) = ContentMethod::from_name(bytes) else {
                return fail(ErrorKind::Other, format!("invalid value '{text}' for 'outputHashMode' attribute"));
            };
            parts.method = Some(method);
        }
        _ => {}
    }
    Ok(())
}

fn check_outputs(names: Vec<String>) -> Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    for name in &names {
        if !seen.insert(name.as_str()) {
            return fail(ErrorKind::Other, format!("duplicate derivation output '{name}'"));
        }
        // The result has an attribute of that name already.
        if name == "drvPath" {
            return fail(ErrorKind::Other, format!("invalid derivation output name '{name}'"));
        }
    }
    if names.is_empty() {
        return fail(ErrorKind::Other, "derivation cannot have an empty set of outputs");
    }
    Ok(names)
}

/// Inputs follow from the context of everything that went into the derivation.
fn add_context(glue: &Glue, context: &[&str], derivation: &mut Derivation) -> Result<()> {
    let parse = |path: &str| StorePath::parse_absolute(path).map_err(crate::files::path_error);
    for element in context {
        if let Some(path) = element.strip_prefix('=') {
            // A derivation with its whole closure: every derivation in it with all its outputs, and every source.
            let mut work = vec![parse(path)?];
            let mut seen = BTreeSet::new();
            while let Some(path) = work.pop() {
                if !seen.insert(path.clone()) {
                    continue;
                }
                derivation.input_sources.insert(path.clone());
                if let Some(references) = glue.text_references.borrow().get(&path) {
                    work.extend(references.iter().cloned());
                } else if let Some(known) = glue.derivations.borrow().get(&path) {
                    work.extend(known.derivation.input_derivations.keys().cloned());
                    work.extend(known.derivation.input_sources.iter().cloned());
                    derivation.input_derivations.insert(path, known.derivation.outputs.keys().cloned().collect());
                }
            }
        } else if let Some((output, path)) = element.strip_prefix('!').and_then(|rest| rest.split_once('!')) {
            if path.starts_with('!') {
                let message = "outputs of a derivation that another one makes cannot be inputs here";
                return Err(Error::new(ErrorKind::Unavailable, message)
                    .help("the experimental feature 'dynamic-derivations' is known to builtins.outputOf only"));
            }
            derivation.input_derivations.entry(parse(path)?).or_default().insert(output.to_string());
        } else {
            derivation.input_sources.insert(parse(element)?);
        }
    }
    Ok(())
}
