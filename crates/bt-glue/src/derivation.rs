//! `derivation` and `derivationStrict` (Nix manual, "Derivations").

use crate::glue::{Glue, KnownDerivation};
use bt_eval::attrs::{AttrsBuilder, slot, update};
use bt_eval::builtins::{Builtin, expect_attrs};
use bt_eval::{Attrs, Coercion, Error, ErrorKind, Evaluator, Result, StringBuilder, Value, share, sym};
use bt_store::path::validate_name;
use bt_store::{Derivation, DerivationOutput, Hash, HashAlgorithm, HashModulo, ModuloError, StorePath};
use std::collections::BTreeSet;
use std::rc::Rc;

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::new("derivation", 1, 1, derivation),
    Builtin::new("derivationStrict", 1, 1, derivation_strict),
    Builtin::new("placeholder", 1, 1, placeholder),
];

static OUTPUT: Builtin = Builtin::new("derivationOutput", 2, 0b11, output_of);
static STRICT: Builtin = Builtin::new("derivationStrict", 1, 1, derivation_strict);

/// The glue of an evaluator.
pub(crate) fn glue<'g>(ev: &Evaluator<'g>) -> Result<&'g Glue> {
    let missing = || Error::new(ErrorKind::Other, "this evaluator has no store");
    ev.world.as_any().downcast_ref::<Glue>().ok_or_else(missing)
}

/// An output's text of what `derivationStrict` returned.
fn output_of<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let name = ev.symbols.intern(ev.force_plain(args[1])?);
    match expect_attrs(ev, args[0])?.get(name) {
        Some(attr) => Ok(share(&attr.value)),
        None => Err(Error::new(ErrorKind::MissingAttribute, format!("attribute '{}' missing", ev.symbols.name(name)))),
    }
}

/// `derivation attrs`: the attributes with `outPath`, `drvPath` and the outputs, which are computed when someone asks.
fn derivation<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let given = expect_attrs(ev, args[0])?;
    let strict = Value::Thunk(slot(ev.arena, ev.delayed_call(Value::Builtin(&STRICT), &[args[0]])));
    let output_names = match given.get(sym::OUTPUTS) {
        Some(outputs) => match ev.force_slot(&outputs.value)? {
            Value::List(list) => {
                list.items.iter().map(|item| ev.force_plain(share(item))).collect::<Result<Vec<_>>>()?
            }
            other => return Err(ev.expected("a list", other)),
        },
        None => vec!["out"],
    };
    let cells: Vec<_> = output_names.iter().map(|_| slot(ev.arena, Value::Null)).collect();
    let mut common = AttrsBuilder::with_capacity(output_names.len() + 2);
    common.push(sym::ALL, ev.list_from(cells.len(), cells.iter().map(|cell| Value::Thunk(cell))));
    common.push(sym::DRV_ATTRS, args[0]);
    for (name, cell) in output_names.iter().zip(&cells) {
        common.push(ev.symbols.intern(name), Value::Thunk(cell));
    }
    let common = update(ev.arena, given, common.finish(ev.arena));
    let drv_path =
        Value::Thunk(slot(ev.arena, ev.delayed_call(Value::Builtin(&OUTPUT), &[strict, ev.string("drvPath")])));
    for (name, cell) in output_names.iter().zip(&cells) {
        let name = ev.string(name);
        let mut own = AttrsBuilder::with_capacity(4);
        own.push(
            sym::OUT_PATH,
            Value::Thunk(slot(ev.arena, ev.delayed_call(Value::Builtin(&OUTPUT), &[strict, name]))),
        );
        own.push(sym::DRV_PATH, drv_path);
        own.push(sym::TYPE, ev.string("derivation"));
        own.push(sym::OUTPUT_NAME, name);
        cell.set(Value::Attrs(update(ev.arena, common, own.finish(ev.arena))));
    }
    match cells.first() {
        Some(cell) => Ok(cell.get()),
        None => {
            let message = "'builtins.head' called on an empty list";
            Err(Error::new(ErrorKind::Other, message).help("a derivation needs an output"))
        }
    }
}

/// `placeholder output`: what stands for the output's path in the derivation itself.
fn placeholder<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(ev.string(bt_store::path::placeholder(ev.force_plain(args[0])?)))
}

/// What is collected while the attributes are read.
#[derive(Default)]
struct Parts {
    derivation: Derivation,
    has_builder: bool,
    has_system: bool,
    outputs: Vec<String>,
    output_hash: Option<String>,
    output_hash_algorithm: Option<HashAlgorithm>,
    recursive: bool,
    content_addressed: bool,
    impure: bool,
}

/// `derivationStrict attrs`: the derivation's path and those of its outputs.
fn derivation_strict<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let given = expect_attrs(ev, args[0])?;
    let Some(name_attr) = given.get(sym::NAME) else {
        return Err(Error::new(ErrorKind::Type, "attribute 'name' missing"));
    };
    let name = ev.force_plain(share(&name_attr.value))?;
    let span = bt_diag::Span::new(name_attr.position, name_attr.position + 4);
    make(ev, given, name)
        .map_err(|error| error.frame(span, || format!("while evaluating derivation '{name}'")).at(span))
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

fn make<'e>(ev: &Evaluator<'e>, given: &'e Attrs<'e>, name: &str) -> Result<Value<'e>> {
    check_name(name)?;
    let structured = flag(ev, given, "__structuredAttrs")?;
    let ignore_nulls = flag(ev, given, "__ignoreNulls")?;
    let mut parts = Parts::default();
    let mut context = StringBuilder::default();
    let mut json = structured.then(AttrsList::default);
    for (key, attr) in ev.sorted_entries(given) {
        if key == "__ignoreNulls" {
            continue;
        }
        let value = share(&attr.value);
        if ignore_nulls && matches!(ev.force(value)?, Value::Null) {
            continue;
        }
        let result = match key {
            "__contentAddressed" => flag(ev, given, key).map(|on| parts.content_addressed = on),
            "__impure" => flag(ev, given, key).map(|on| parts.impure = on),
            "args" => arguments(ev, value, &mut parts, &mut context),
            _ => attribute(ev, key, value, &mut parts, &mut context, json.as_mut()),
        };
        result.map_err(|error| {
            let end = attr.position + key.len() as u32;
            let span = bt_diag::Span::new(attr.position, if attr.position == 0 { 0 } else { end });
            error.frame(span, || format!("while evaluating attribute '{key}' of derivation '{name}'"))
        })?;
    }
    if let Some(json) = json {
        let text = json.finish(ev, &mut context)?;
        parts.derivation.environment.insert(b"__json".to_vec(), text);
    }
    if !parts.has_builder {
        return Err(Error::new(ErrorKind::Type, "required attribute 'builder' missing"));
    }
    if !parts.has_system {
        return Err(Error::new(ErrorKind::Type, "required attribute 'system' missing"));
    }
    add_context(glue(ev)?, context.context_in(ev), &mut parts.derivation)?;
    finish(ev, name, parts)
}

fn check_name(name: &str) -> Result<()> {
    validate_name(name).map_err(|error| {
        Error::new(ErrorKind::Other, format!("invalid derivation name: {error}. Please pass a different 'name'."))
    })?;
    if name.ends_with(".drv") {
        return Err(Error::new(ErrorKind::Other, "derivation names are not allowed to end in '.drv'"));
    }
    Ok(())
}

fn arguments<'e>(
    ev: &Evaluator<'e>,
    value: Value<'e>,
    parts: &mut Parts,
    context: &mut StringBuilder<'e>,
) -> Result<()> {
    let Value::List(list) = ev.force(value)? else { return Err(ev.expected("a list", ev.force(value)?)) };
    for item in list.items {
        let string = ev.force_string(ev.coerce_to_string(share(item), Coercion::DERIVATION)?)?;
        context.push_context(string.context());
        parts.derivation.arguments.push(string.bytes().to_vec());
    }
    Ok(())
}

/// Attributes for `__json`, in order.
#[derive(Default)]
struct AttrsList<'e>(Vec<(&'e str, Value<'e>)>);

impl<'e> AttrsList<'e> {
    fn finish(self, ev: &Evaluator<'e>, context: &mut StringBuilder<'e>) -> Result<Vec<u8>> {
        let mut builder = AttrsBuilder::with_capacity(self.0.len());
        for (name, value) in self.0 {
            builder.push(ev.symbols.intern(name), value);
        }
        let mut text = StringBuilder::default();
        ev.write_json(Value::Attrs(builder.finish(ev.arena)), &mut text)?;
        let bytes = text.bytes().to_vec();
        context.push_context(text.context_in(ev));
        Ok(bytes)
    }
}

fn attribute<'e>(
    ev: &Evaluator<'e>,
    key: &'e str,
    value: Value<'e>,
    parts: &mut Parts,
    context: &mut StringBuilder<'e>,
    json: Option<&mut AttrsList<'e>>,
) -> Result<()> {
    if let Some(json) = json {
        if key != "__structuredAttrs" {
            json.0.push((key, value));
        }
        let text = |context: &mut StringBuilder<'e>| {
            let string = ev.force_string(value)?;
            context.push_context(string.context());
            Ok::<_, Error>(string.bytes())
        };
        match key {
            "builder" | "system" | "outputHash" | "outputHashAlgo" | "outputHashMode" => {
                let bytes = text(context)?.to_vec();
                special(key, bytes, parts)?;
            }
            "outputs" => {
                let Value::List(list) = ev.force(value)? else {
                    return Err(ev.expected("a list", ev.force(value)?));
                };
                let names = list.items.iter().map(|i| ev.force_plain(share(i)).map(str::to_string));
                parts.outputs = check_outputs(names.collect::<Result<Vec<_>>>()?)?;
            }
            _ => {}
        }
        return Ok(());
    }
    let string = ev.force_string(ev.coerce_to_string(value, Coercion::DERIVATION)?)?;
    context.push_context(string.context());
    parts.derivation.environment.insert(key.as_bytes().to_vec(), string.bytes().to_vec());
    special(key, string.bytes().to_vec(), parts)
}

/// Attributes with a meaning of their own.
fn special(key: &str, bytes: Vec<u8>, parts: &mut Parts) -> Result<()> {
    let text = || String::from_utf8_lossy(&bytes).into_owned();
    match key {
        "builder" => {
            parts.has_builder = true;
            parts.derivation.builder = bytes;
        }
        "system" => {
            parts.has_system = true;
            parts.derivation.system = bytes;
        }
        "outputHash" => parts.output_hash = Some(text()),
        "outputHashAlgo" if bytes.is_empty() => {}
        "outputHashAlgo" => {
            let algorithm = text()
                .parse()
                .map_err(|_| Error::new(ErrorKind::Other, format!("unknown hash algorithm '{}'", text())))?;
            parts.output_hash_algorithm = Some(algorithm);
        }
        "outputHashMode" => {
            parts.recursive = match bytes.as_slice() {
                b"recursive" | b"nar" => true,
                b"flat" => false,
                _ => {
                    let message = format!("invalid value '{}' for 'outputHashMode' attribute", text());
                    return Err(Error::new(ErrorKind::Other, message));
                }
            }
        }
        "outputs" => parts.outputs = check_outputs(text().split_ascii_whitespace().map(str::to_string).collect())?,
        _ => {}
    }
    Ok(())
}

fn check_outputs(names: Vec<String>) -> Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    for name in &names {
        if !seen.insert(name.as_str()) {
            return Err(Error::new(ErrorKind::Other, format!("duplicate derivation output '{name}'")));
        }
        if name == "drv" || name == "drvPath" {
            return Err(Error::new(ErrorKind::Other, format!("invalid derivation output name '{name}'")));
        }
    }
    if names.is_empty() {
        return Err(Error::new(ErrorKind::Other, "derivation cannot have an empty set of outputs"));
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
                if let Some(known) = glue.derivations.borrow().get(&path) {
                    derivation.input_derivations.insert(path, known.derivation.outputs.keys().cloned().collect());
                    work.extend(known.derivation.input_derivations.keys().cloned());
                    derivation.input_sources.extend(known.derivation.input_sources.iter().cloned());
                }
            }
        } else if let Some((output, path)) = element.strip_prefix('!').and_then(|rest| rest.split_once('!')) {
            derivation.input_derivations.entry(parse(path)?).or_default().insert(output.to_string());
        } else {
            derivation.input_sources.insert(parse(element)?);
        }
    }
    Ok(())
}

fn finish<'e>(ev: &Evaluator<'e>, name: &str, mut parts: Parts) -> Result<Value<'e>> {
    let glue = glue(ev)?;
    if parts.outputs.is_empty() {
        parts.outputs.push("out".into());
    }
    let make_output: Box<dyn Fn() -> DerivationOutput> = if let Some(hash) = &parts.output_hash {
        if parts.outputs != ["out"] {
            return Err(Error::new(ErrorKind::Other, "multiple outputs are not supported in fixed-output derivations"));
        }
        let hash = output_hash(hash, parts.output_hash_algorithm)?;
        let recursive = parts.recursive;
        Box::new(move || DerivationOutput::fixed(recursive, &hash))
    } else if parts.content_addressed || parts.impure {
        let algorithm = parts.output_hash_algorithm.unwrap_or(HashAlgorithm::Sha256);
        let (recursive, impure) = (parts.recursive || parts.output_hash_algorithm.is_none(), parts.impure);
        Box::new(move || {
            if impure {
                DerivationOutput::impure(recursive, algorithm)
            } else {
                DerivationOutput::floating(recursive, algorithm)
            }
        })
    } else {
        Box::new(DerivationOutput::input_addressed)
    };
    for output in &parts.outputs {
        parts.derivation.outputs.insert(output.clone(), make_output());
    }
    drop(make_output);
    let mut lookup = |path: &StorePath| -> Result<HashModulo> {
        match glue.derivations.borrow().get(path) {
            Some(known) => Ok(known.hash),
            None => Err(Error::new(ErrorKind::Other, format!("derivation '{path}' was not made in this evaluation"))),
        }
    };
    let mut derivation = parts.derivation;
    let hash = derivation.calculate_output_paths(name, &mut lookup).map_err(|error| match error {
        ModuloError::Lookup(error) => error,
        ModuloError::Derivation(error) => Error::new(ErrorKind::Other, error.to_string()),
    })?;
    let drv_path = derivation.derivation_path(name).map_err(crate::files::path_error)?;
    let mut result = AttrsBuilder::with_capacity(derivation.outputs.len() + 1);
    result.push(sym::DRV_PATH, ev.string_with_context(drv_path.as_str(), &format!("={drv_path}")));
    for (output, description) in &derivation.outputs {
        let path = match &description.path {
            Some(path) => path.to_string(),
            None => bt_store::path::unknown_ca_output_placeholder(&drv_path, output),
        };
        result.push(ev.symbols.intern(output), ev.string_with_context(&path, &format!("!{output}!{drv_path}")));
    }
    let known = KnownDerivation { name: name.to_string(), derivation, hash };
    if let Some((path, text)) = written_text(&known.derivation) {
        glue.texts.borrow_mut().insert(path, text);
    }
    glue.derivations.borrow_mut().entry(drv_path).or_insert_with(|| Rc::new(known));
    Ok(Value::Attrs(result.finish(ev.arena)))
}

/// The file that a derivation only writes down (`writeText` and the like, `formats.json.generate`), as path and text: it
/// can be read without a build.
fn written_text(derivation: &Derivation) -> Option<(String, Rc<[u8]>)> {
    let variable = |name: &str| derivation.environment.get(name.as_bytes()).map(Vec::as_slice);
    let output = derivation.outputs.get("out")?.path.as_ref()?;
    let (text, destination) = match (variable("text"), variable("destination"), variable("format")) {
        (Some(text), Some(destination), _) => (text, String::from_utf8(destination.to_vec()).ok()?),
        // The model's formats: JSON is JSON, and YAML too.
        (_, _, Some(b"json" | b"yaml")) if variable("btModel") == Some(b"format") => {
            (variable("value")?, String::new())
        }
        _ => return None,
    };
    let rest = destination.trim_matches('/');
    let path = if rest.is_empty() { output.to_string() } else { format!("{output}/{rest}") };
    Some((path, text.into()))
}

/// The hash of a fixed output; an empty one stands for all zeros, as Nix has it.
fn output_hash(text: &str, algorithm: Option<HashAlgorithm>) -> Result<Hash> {
    if text.is_empty() {
        return Ok(Hash::zero(algorithm.unwrap_or(HashAlgorithm::Sha256)));
    }
    Hash::parse_any(text, algorithm).map_err(|error| Error::new(ErrorKind::Other, error.to_string()))
}
