//! `derivation` and `derivationStrict` (Nix manual, "Derivations").

use crate::attributes;
use crate::glue::{Glue, KnownDerivation, SandboxEscape};
use bt_eval::attrs::{AttrsBuilder, slot, update};
use bt_eval::builtins::{Builtin, expect_attrs};
use bt_eval::{Error, ErrorKind, Evaluator, Result, Value, share, sym};
use bt_store::{Derivation, HashModulo, ModuloError, StorePath};
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

/// `derivationStrict attrs`: the derivation's path and those of its outputs.
fn derivation_strict<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let given = expect_attrs(ev, args[0])?;
    let Some(name_attr) = given.get(sym::NAME) else {
        return Err(Error::new(ErrorKind::Type, "attribute 'name' missing"));
    };
    let name = ev.force_plain(share(&name_attr.value))?;
    let span = bt_diag::Span::new(name_attr.position(), name_attr.position() + 4);
    attributes::read(ev, given, name)
        .and_then(|derivation| finish(ev, name, derivation, attributes::sandbox_escape(ev, given)))
        .map_err(|error| error.frame(span, || format!("while evaluating derivation '{name}'")).at(span))
}

fn finish<'e>(
    ev: &Evaluator<'e>,
    name: &str,
    mut derivation: Derivation,
    escape: Option<SandboxEscape>,
) -> Result<Value<'e>> {
    let glue = glue(ev)?;
    let mut lookup = |path: &StorePath| -> Result<HashModulo> {
        match glue.derivations.borrow().get(path) {
            Some(known) => Ok(known.hash),
            None => Err(Error::new(ErrorKind::Other, format!("derivation '{path}' was not made in this evaluation"))),
        }
    };
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
    let known = KnownDerivation { name: name.to_string(), derivation, escape, hash };
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
