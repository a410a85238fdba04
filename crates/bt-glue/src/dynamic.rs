//! `builtins.outputOf`: outputs of derivations, also of those that only other derivations make (experimental feature
//! `dynamic-derivations`).

use crate::derivation::glue;
use crate::files::path_error;
use bt_eval::builtins::Builtin;
use bt_eval::{Error, ErrorKind, Evaluator, Result, Value};
use bt_store::StorePath;
use bt_store::path::{computed_output_placeholder, unknown_ca_output_placeholder};

pub(crate) const TABLE: &[Builtin] = &[Builtin::new("outputOf", 2, 0b01, output_of)];

/// `outputOf reference output`: the path of the output where it is known, else what stands for it.
fn output_of<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let reference = ev.force_string(args[0])?;
    let text = reference.to_text();
    let [element] = reference.context() else {
        let count = reference.context().len();
        return fail(format!(
            "string '{text}' has {count} entries in its context. It should only have exactly one entry"
        ));
    };
    if element.starts_with('=') {
        return fail(format!(
            "string '{text}' has a context which refers to a complete source and binary closure. This is not supported \
             at this time"
        ));
    }
    let expected = text_of(ev, element)?;
    if *text != *expected {
        return fail(match element.strip_prefix('!').and_then(|rest| rest.split_once('!')) {
            None => format!("path string '{text}' has context with the different path '{expected}'"),
            Some((output, derivation)) => format!(
                "string '{text}' has context with the output '{output}' from derivation '{derivation}', but the string is \
                 not the right placeholder for this derivation output. It should be '{expected}'"
            ),
        });
    }
    let context = format!("!{}!{element}", ev.force_plain(args[1])?);
    let text = text_of(ev, &context)?;
    Ok(ev.string_with_context(&text, &context))
}

fn fail<T>(message: String) -> Result<T> {
    Err(Error::new(ErrorKind::Other, message))
}

/// The text that goes with an element of a context: a path, or a placeholder. Elements nest only as deep as programs
/// call `outputOf`.
fn text_of(ev: &Evaluator<'_>, element: &str) -> Result<String> {
    let Some((output, of)) = element.strip_prefix('!').and_then(|rest| rest.split_once('!')) else {
        return Ok(element.to_string());
    };
    if of.starts_with('!') {
        let placeholder = ev.nested(|| text_of(ev, of))?;
        return match computed_output_placeholder(&placeholder, output) {
            Some(text) => Ok(text),
            None => fail(format!("'{placeholder}' stands for no derivation")),
        };
    }
    let path = StorePath::parse_absolute(of).map_err(path_error)?;
    let Some(known) = glue(ev)?.derivation(of) else {
        return fail(format!("derivation '{of}' was not made in this evaluation"));
    };
    match known.derivation.outputs.get(output) {
        Some(description) => Ok(match &description.path {
            Some(path) => path.to_string(),
            None => unknown_ca_output_placeholder(&path, output),
        }),
        None => fail(format!("derivation '{of}' does not have output '{output}'")),
    }
}
