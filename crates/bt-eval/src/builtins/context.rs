//! Builtins about string context; see [`Context`] for its notation.

use super::attrs::attrs;
use super::lists::list;
use super::strings::interpolated;
use super::{Builtin, Kind};
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::symbol::sym;
use crate::value::{Context, Value};
use std::collections::BTreeMap;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("getContext", 1, 1, get_context),
    Builtin::new("hasContext", 1, 1, has_context),
    Builtin::new("appendContext", 2, 0b11, append_context).expecting(&[Kind::String]),
    Builtin::new("unsafeDiscardStringContext", 1, 1, unsafe_discard_string_context),
    Builtin::new("unsafeDiscardOutputDependency", 1, 1, unsafe_discard_output_dependency),
    Builtin::new("addDrvOutputDependencies", 1, 1, add_drv_output_dependencies),
];

/// An element of a string context.
enum Element<'e> {
    /// A store path.
    Path(&'e str),
    /// A derivation with its closure.
    Closure(&'e str),
    /// An output of a derivation: name, derivation.
    Output(&'e str, &'e str),
}

fn element(text: &str) -> Element<'_> {
    if let Some(derivation) = text.strip_prefix('=') {
        return Element::Closure(derivation);
    }
    match text.strip_prefix('!').and_then(|rest| rest.split_once('!')) {
        Some((output, derivation)) => Element::Output(output, derivation),
        None => Element::Path(text),
    }
}

/// Elements in any order as a context.
fn sorted<'e>(ev: &Evaluator<'e>, mut elements: Vec<&'e str>) -> Context<'e> {
    elements.sort_unstable();
    elements.dedup();
    ev.arena.alloc_slice_copy(&elements)
}

/// `getContext text`: for each store path a set with `path`, `allOutputs` and `outputs`.
fn get_context<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    #[derive(Default)]
    struct Reference<'e> {
        path: bool,
        all_outputs: bool,
        outputs: Vec<&'e str>,
    }
    let mut references: BTreeMap<&str, Reference<'_>> = BTreeMap::new();
    for text in ev.force_string(args[0])?.context() {
        match element(text) {
            Element::Path(path) => references.entry(path).or_default().path = true,
            Element::Closure(path) => references.entry(path).or_default().all_outputs = true,
            Element::Output(_, path) if path.starts_with('!') => {
                let what = path.trim_start_matches('!');
                let (output, derivation) = what.split_once('!').unwrap_or(("", what));
                let message = format!("cannot operate on output '{output}' of the unbuilt derivation '{derivation}'");
                return Err(Error::new(ErrorKind::ImportFromDerivation, message));
            }
            Element::Output(output, path) => references.entry(path).or_default().outputs.push(output),
        }
    }
    let mut set = AttrsBuilder::with_capacity(references.len());
    for (path, mut reference) in references {
        let mut entry = AttrsBuilder::with_capacity(3);
        if reference.path {
            entry.push(sym::PATH, Value::Bool(true));
        }
        if reference.all_outputs {
            entry.push(sym::ALL_OUTPUTS, Value::Bool(true));
        }
        if !reference.outputs.is_empty() {
            reference.outputs.sort_unstable();
            let outputs = reference.outputs.into_iter().map(|o| ev.string_in(o.as_bytes(), &[]));
            entry.push(sym::OUTPUTS, ev.list(outputs.collect()));
        }
        set.push(ev.symbols.intern(path), Value::Attrs(entry.finish(ev.arena)));
    }
    Ok(Value::Attrs(set.finish(ev.arena)))
}

/// `hasContext text`
fn has_context<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Bool(!ev.force_string(args[0])?.context().is_empty()))
}

/// Whether a text is a path directly in the store.
fn is_store_path(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/nix/store/") else { return false };
    match name.split_at_checked(32) {
        Some((hash, rest)) => {
            hash.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                && rest.starts_with('-')
                && rest.len() > 1
                && !rest.contains('/')
        }
        None => false,
    }
}

/// `appendContext text context`: the reverse of `getContext`; what the text refers to already stays.
fn append_context<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let string = ev.force_string(args[0])?;
    let mut elements = string.context().to_vec();
    for attr in attrs(ev, args[1])?.entries(ev.arena) {
        let path = ev.symbols.name(attr.name);
        if !is_store_path(path) {
            return Err(Error::new(ErrorKind::Other, format!("context key '{path}' is not a store path")));
        }
        let reference = attrs(ev, ev.force_slot(&attr.value)?)?;
        let flag = |name| match reference.get(name) {
            Some(attr) => match ev.force_slot(&attr.value)? {
                Value::Bool(flag) => Ok(flag),
                other => Err(ev.expected("a Boolean", other)),
            },
            None => Ok(false),
        };
        let derivation_only = |what: &str| {
            if path.ends_with(".drv") {
                return Ok(());
            }
            let message = format!("tried to add {what} context of {path}, which is not a derivation, to a string");
            Err(Error::new(ErrorKind::Other, message))
        };
        if flag(sym::PATH)? {
            elements.push(path);
        }
        if flag(sym::ALL_OUTPUTS)? {
            derivation_only("all-outputs")?;
            elements.push(ev.arena.alloc_str(&format!("={path}")));
        }
        if let Some(outputs) = reference.get(sym::OUTPUTS) {
            let outputs = list(ev, ev.force_slot(&outputs.value)?)?;
            if !outputs.items.is_empty() {
                derivation_only("derivation output")?;
            }
            for output in outputs.items {
                let output = ev.force_plain(ev.force_slot(output)?)?;
                elements.push(ev.arena.alloc_str(&format!("!{output}!{path}")));
            }
        }
    }
    Ok(ev.string_in(string.bytes(), sorted(ev, elements)))
}

/// `unsafeDiscardStringContext text`
fn unsafe_discard_string_context<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let string = interpolated(ev, args[0])?;
    Ok(ev.string_in(string.bytes(), &[]))
}

/// `unsafeDiscardOutputDependency text`: derivations with their closure become derivations alone.
fn unsafe_discard_output_dependency<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let string = interpolated(ev, args[0])?;
    let elements = string.context().iter().map(|text| match element(text) {
        Element::Closure(derivation) => derivation,
        _ => text,
    });
    Ok(ev.string_in(string.bytes(), sorted(ev, elements.collect())))
}

/// `addDrvOutputDependencies text`: the reverse, for a text that refers to one derivation.
fn add_drv_output_dependencies<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let string = interpolated(ev, args[0])?;
    let fail = |message: String| Err(Error::new(ErrorKind::Other, message));
    let [only] = string.context() else {
        let (text, count) = (string.to_text(), string.context().len());
        return fail(format!("context of string '{text}' must have exactly one element, but has {count}"));
    };
    match element(only) {
        Element::Path(path) if path.ends_with(".drv") => {
            let context = sorted(ev, vec![ev.arena.alloc_str(&format!("={path}"))]);
            Ok(ev.string_in(string.bytes(), context))
        }
        Element::Path(path) => fail(format!("path '{path}' is not a derivation")),
        Element::Closure(_) => Ok(Value::String(string)),
        Element::Output(output, _) => fail(format!(
            "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '{output}'"
        )),
    }
}
