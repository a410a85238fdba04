//! `bt-lint eval --show-derivation`: derivations as JSON, in the form of `nix derivation show` of Nix 2.8.

use bt_eval::{Error, ErrorKind, Evaluator, Result, Value, sym};
use bt_glue::Glue;
use bt_store::Derivation;
use bt_store::derivation::OutputKind;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// Derivations by path.
pub(super) type Derivations = Map<String, Json>;

/// Adds the derivations of a value: of a derivation itself, of a set's or list's members that are derivations (of sets
/// among them only where they say `recurseForDerivations`), or those that a string refers to.
///
/// Errors: there is none, or evaluation fails.
pub(super) fn add<'e>(ev: &Evaluator<'e>, glue: &Glue, value: Value<'e>, to: &mut Derivations) -> Result<()> {
    let value = ev.force(value)?;
    let mut found = false;
    let mut work = vec![value];
    // Sets may contain themselves.
    let mut seen = BTreeSet::new();
    while let Some(value) = work.pop() {
        match value {
            Value::Attrs(attrs) if ev.is_derivation(attrs)? => {
                let Some(path) = ev.attribute(attrs, sym::DRV_PATH) else {
                    return Err(Error::new(ErrorKind::Type, "a set of type 'derivation' has no attribute 'drvPath'"));
                };
                let path = ev.force_string(ev.force_slot(path)?)?.to_text().into_owned();
                add_path(glue, &path, to)?;
                found = true;
            }
            Value::Attrs(attrs) if !seen.insert(std::ptr::from_ref(attrs).addr()) => {}
            Value::Attrs(attrs) => {
                for (_, attr) in ev.sorted_entries(attrs) {
                    if let Some(member) = member(ev, ev.force_slot(&attr.value)?)? {
                        work.push(member);
                    }
                }
            }
            Value::List(list) => {
                for item in list.items {
                    if let Some(member) = member(ev, ev.force_slot(item)?)? {
                        work.push(member);
                    }
                }
            }
            Value::String(string) => {
                for element in string.context() {
                    let derivation = match element.split_once('!') {
                        Some(("", rest)) => rest.split_once('!').map(|(_, path)| path),
                        _ => element.strip_prefix('='),
                    };
                    if let Some(path) = derivation {
                        add_path(glue, path, to)?;
                        found = true;
                    }
                }
            }
            _ => {}
        }
    }
    if found {
        return Ok(());
    }
    let what = value.type_with_article();
    Err(Error::new(ErrorKind::Type, format!("there is no derivation to show in {what}"))
        .help("'--show-derivation' takes a derivation, a set or list of them, or a string that refers to some"))
}

/// A member that is looked at: derivations, and sets that ask for it.
fn member<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<Option<Value<'e>>> {
    let Value::Attrs(attrs) = value else { return Ok(None) };
    let recurses = match ev.attribute(attrs, ev.symbols.intern("recurseForDerivations")) {
        Some(slot) => matches!(ev.force_slot(slot)?, Value::Bool(true)),
        None => false,
    };
    Ok((recurses || ev.is_derivation(attrs)?).then_some(value))
}

fn add_path(glue: &Glue, path: &str, to: &mut Derivations) -> Result<()> {
    let Some(known) = glue.derivation(path) else {
        let message = format!("the derivation '{path}' was not made in this evaluation");
        return Err(Error::new(ErrorKind::Other, message));
    };
    to.insert(path.into(), shown(&known.derivation));
    Ok(())
}

/// One derivation. Bytes that are not UTF-8, which JSON cannot hold, become U+FFFD.
fn shown(derivation: &Derivation) -> Json {
    let text = |bytes: &[u8]| Json::from(String::from_utf8_lossy(bytes));
    let outputs = derivation.outputs.iter().map(|(name, output)| {
        // What is not known does not stand there.
        let is_impure = matches!(output.kind(), Ok(OutputKind::Impure { .. }));
        let fields = [
            ("hash", if is_impure { "" } else { output.hash.as_str() }),
            ("hashAlgo", &output.hash_algorithm),
            ("path", output.path.as_ref().map_or("", |path| path.as_str())),
        ];
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let mut fields: Map<_, _> = fields.map(|(key, value)| (key.to_string(), Json::from(value))).collect();
        if is_impure {
            fields.insert("impure".into(), true.into());
            fields.sort_keys();
        }
        (name.clone(), Json::Object(fields))
    });
    let inputs = derivation.input_derivations.iter().map(|(path, outputs)| (path.to_string(), json!(outputs)));
    let sources = derivation.input_sources.iter().map(|path| Json::from(path.as_str()));
    let environment = derivation.environment.iter();
    let environment = environment.map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), text(value)));
    json!({
        "args": derivation.arguments.iter().map(|argument| text(argument)).collect::<Vec<_>>(),
        "builder": text(&derivation.builder),
        "env": environment.collect::<Map<_, _>>(),
        "inputDrvs": inputs.collect::<Map<_, _>>(),
        "inputSrcs": sources.collect::<Vec<_>>(),
        "outputs": outputs.collect::<Map<_, _>>(),
        "system": text(&derivation.system),
    })
}

/// The text that is printed, paths in order.
pub(super) fn print(derivations: Derivations) -> Result<String> {
    let mut derivations = derivations;
    derivations.sort_keys();
    serde_json::to_string_pretty(&derivations)
        .map(|text| text + "\n")
        .map_err(|error| Error::new(ErrorKind::Other, format!("derivations cannot be written as JSON: {error}")))
}
