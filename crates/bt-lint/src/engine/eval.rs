//! `bt-lint eval`.

use super::check::attr_path;
use super::{Failure, locate, session};
use crate::request::{EvalFormat, EvalRequest, EvalSource};
use bt_diag::SourceMap;
use bt_eval::attrs::AttrsBuilder;
use bt_eval::ir::Parameter;
use bt_eval::{Coercion, Error, ErrorKind, Evaluator, Result, StringBuilder, Value};
use bt_glue::{Glue, SourceTree};

/// What [`eval`] found.
#[derive(Debug, Clone)]
pub struct EvalOutcome {
    /// The printed value, without a final newline.
    pub text: String,
    /// As in [`super::ComposeOutcome`].
    pub notices: Vec<String>,
}

/// Evaluates and prints a value.
pub fn eval(request: &EvalRequest, sources: &SourceMap) -> std::result::Result<EvalOutcome, Failure> {
    let shows_thunks = !request.strict && matches!(request.format, EvalFormat::Nix | EvalFormat::Xml);
    let mode = session::Mode { pure: !request.impure, shows_thunks };
    let directory = request.evaluation.current_directory.as_str();
    match &request.source {
        EvalSource::Flake(target) => {
            let located = locate::flake(&target.path, directory)?;
            session::with_evaluator(&request.evaluation, mode, sources, |ev, glue| {
                let loaded = session::load(ev, glue, &located, &request.evaluation)?;
                let notices = session::notices(&loaded);
                let failure = |e: Error| Failure {
                    diagnostic: bt_container::own_diagnostic(&e, sources, &located.tree),
                    places: session::places(&located),
                };
                let names = attr_path(target.attr.as_deref().unwrap_or(""))?;
                let system = request.evaluation.system.clone().unwrap_or_else(session::default_system);
                let value = flake_attribute(ev, loaded.flake, &names, &system).map_err(failure)?;
                let text = finish(ev, request, value).map_err(failure)?;
                Ok(EvalOutcome { text, notices })
            })
        }
        EvalSource::File(path) => {
            let file = locate::absolute(path, directory);
            session::with_evaluator(&request.evaluation, mode, sources, |ev, glue| {
                let (directory, name) = match path.as_str() {
                    "-" => (directory, "«stdin»"),
                    _ => (file.rsplit_once('/').map_or("/", |(parent, _)| parent), file.as_str()),
                };
                allow(glue, directory);
                // A file is evaluated under its own name, so that others can import it too; a directory is its default.nix.
                let text = match (path.as_str(), request.format) {
                    ("-", _) => locate::standard_input()?,
                    (_, EvalFormat::ParseOnly) => ev.world.read_file(&file)?,
                    _ => {
                        let text = finish(ev, request, ev.import(&file)?)?;
                        return Ok(EvalOutcome { text, notices: Vec::new() });
                    }
                };
                Ok(EvalOutcome { text: of_text(ev, request, directory, text, name)?, notices: Vec::new() })
            })
        }
        EvalSource::Expression(text) => session::with_evaluator(&request.evaluation, mode, sources, |ev, glue| {
            allow(glue, directory);
            let text = of_text(ev, request, directory, text.clone().into_bytes(), "«string»")?;
            Ok(EvalOutcome { text, notices: Vec::new() })
        }),
    }
}

/// Evaluates, or only parses, a text.
fn of_text(ev: &Evaluator<'_>, request: &EvalRequest, directory: &str, text: Vec<u8>, name: &str) -> Result<String> {
    if request.format == EvalFormat::ParseOnly {
        let file = ev.add_source(name, text)?;
        return ev.parse_to_text(&file, directory.to_string());
    }
    let value = expression(ev, directory, text, name)?;
    finish(ev, request, value)
}

/// Lets evaluation read a directory, whose files keep their names.
fn allow(glue: &Glue, directory: &str) {
    glue.add_tree(SourceTree::with_store_path(directory, directory));
}

fn expression<'e>(ev: &Evaluator<'e>, directory: &str, text: Vec<u8>, name: &str) -> Result<Value<'e>> {
    let file = ev.add_source(name, text)?;
    ev.eval_source_in(&file, directory.to_string(), None)
}

/// The value at an attribute path, tried as Nix tries it.
fn flake_attribute<'e>(
    ev: &Evaluator<'e>,
    flake: &'e bt_eval::Attrs<'e>,
    names: &[String],
    system: &str,
) -> Result<Value<'e>> {
    let is_default = names.iter().all(String::is_empty);
    let default = [String::from("default")];
    let names = if is_default { &default[..] } else { names };
    for prefix in [&["packages", system][..], &["legacyPackages", system], &[]] {
        let path: Vec<&str> = prefix.iter().copied().chain(names.iter().map(String::as_str)).collect();
        if let Some(value) = select(ev, Value::Attrs(flake), &path)? {
            return Ok(value);
        }
    }
    let shown = names.join(".");
    Err(Error::new(ErrorKind::MissingAttribute, format!("flake does not provide attribute '{shown}'"))
        .help(format!("looked for 'packages.{system}.{shown}', 'legacyPackages.{system}.{shown}' and '{shown}'")))
}

fn select<'e>(ev: &Evaluator<'e>, value: Value<'e>, path: &[&str]) -> Result<Option<Value<'e>>> {
    let mut value = ev.force(value)?;
    for name in path {
        value = match value {
            Value::Attrs(attrs) => match ev.attribute(attrs, ev.symbols.intern(name)) {
                Some(slot) => ev.force_slot(slot)?,
                None => return Ok(None),
            },
            Value::List(list) => match name.parse::<usize>().ok().and_then(|i| list.items.get(i)) {
                Some(item) => ev.force_slot(item)?,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
    }
    Ok(Some(value))
}

/// Arguments, attribute path, and text.
fn finish<'e>(ev: &Evaluator<'e>, request: &EvalRequest, value: Value<'e>) -> Result<String> {
    let is_flake = matches!(request.source, EvalSource::Flake(_));
    let mut value = if is_flake { value } else { auto_call(ev, request, value)? };
    if let Some(attr) = &request.attr {
        let names = attr_path(attr).map_err(|d| Error::new(ErrorKind::Other, d.message))?;
        for name in &names {
            value = match select(ev, value, &[name.as_str()])? {
                Some(found) => auto_call(ev, request, found)?,
                None => {
                    let message = format!("attribute '{name}' in selection path '{attr}' not found");
                    return Err(Error::new(ErrorKind::MissingAttribute, message));
                }
            };
        }
    }
    text(ev, request, value)
}

/// Calls a function with formals with the arguments of the command line, as far as it names them.
fn auto_call<'e>(ev: &Evaluator<'e>, request: &EvalRequest, value: Value<'e>) -> Result<Value<'e>> {
    let value = ev.force(value)?;
    let Value::Closure(closure) = value else { return Ok(value) };
    let Parameter::Formals(formals) = &closure.lambda.parameter else { return Ok(value) };
    let mut arguments = AttrsBuilder::with_capacity(request.arguments.len());
    for argument in &request.arguments {
        let name = ev.symbols.intern(&argument.name);
        if !formals.ellipsis && !formals.formals.iter().any(|f| f.name == name) {
            continue;
        }
        let given = if argument.is_string {
            ev.string(&argument.value)
        } else {
            expression(ev, &request.evaluation.current_directory, argument.value.clone().into_bytes(), "«argument»")?
        };
        arguments.push(name, given);
    }
    ev.call(value, &[Value::Attrs(arguments.finish(ev.arena))])
}

fn text<'e>(ev: &Evaluator<'e>, request: &EvalRequest, value: Value<'e>) -> Result<String> {
    let mut builder = StringBuilder::default();
    match request.format {
        EvalFormat::Nix => {
            let value = if request.strict { ev.force_deep(value)? } else { value };
            return bt_eval::print::print_value(ev, value, request.strict);
        }
        EvalFormat::Json => ev.write_json(value, &mut builder)?,
        EvalFormat::Xml => {
            let value = if request.strict { ev.force_deep(value)? } else { value };
            ev.write_xml(value, request.strict, &mut builder)?;
        }
        EvalFormat::ParseOnly => return Err(Error::new(ErrorKind::Other, "a flake's attribute has no text to parse")),
        EvalFormat::Raw => {
            let string = ev.force_string(ev.coerce_to_string(value, Coercion::INTERPOLATION)?)?;
            return Ok(string.to_text().into_owned());
        }
    }
    Ok(String::from_utf8_lossy(builder.bytes()).into_owned())
}
