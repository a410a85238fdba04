//! `bt-lint eval`.

use super::{Failure, locate, select, session, show};
use crate::request::{EvalFormat, EvalRequest, EvalSource, Target};
use bt_diag::SourceMap;
use bt_eval::attrs::AttrsBuilder;
use bt_eval::print::print_value;
use bt_eval::{Attrs, Coercion, Error, ErrorKind, Evaluator, Result, StringBuilder, Value, XmlOptions};
use bt_glue::{Glue, SourceTree};

/// What [`eval`] found.
#[derive(Debug, Clone)]
pub struct EvalOutcome {
    /// What is to be printed, with newlines.
    pub text: String,
    /// As in [`super::ComposeOutcome`].
    pub notices: Vec<String>,
}

/// Evaluates and prints a value.
pub fn eval(request: &EvalRequest, sources: &SourceMap) -> std::result::Result<EvalOutcome, Failure> {
    let shows_thunks = !request.strict && matches!(request.format, EvalFormat::Nix | EvalFormat::Xml);
    let mode = session::Mode { pure: !request.impure, shows_thunks };
    let without_notices = |text| EvalOutcome { text, notices: Vec::new() };
    match &request.source {
        EvalSource::Flake(target) => flake(request, mode, target, sources),
        EvalSource::File(path) => session::with_evaluator(&request.evaluation, mode, sources, |ev, glue| {
            file(ev, glue, request, path).map(without_notices)
        }),
        EvalSource::Expression(text) => session::with_evaluator(&request.evaluation, mode, sources, |ev, glue| {
            let directory = request.evaluation.current_directory.as_str();
            allow(glue, directory);
            let text = of_text(ev, glue, request, directory, text.clone().into_bytes(), "«string»")?;
            Ok(without_notices(text))
        }),
    }
}

fn flake(
    request: &EvalRequest,
    mode: session::Mode,
    target: &Target,
    sources: &SourceMap,
) -> std::result::Result<EvalOutcome, Failure> {
    let located = locate::flake(&target.path, &request.evaluation.current_directory)?;
    session::with_evaluator(&request.evaluation, mode, sources, |ev, glue| {
        let loaded = session::load(ev, glue, &located, &request.evaluation)?;
        let failure = |e: Error| Failure {
            diagnostic: bt_container::own_diagnostic(&e, sources, &located.tree),
            places: session::places(&located),
        };
        let system = request.evaluation.system.clone().unwrap_or_else(session::default_system);
        let value =
            flake_attribute(ev, loaded.flake, target.attr.as_deref().unwrap_or(""), &system).map_err(failure)?;
        let text = print_all(ev, glue, request, value).map_err(failure)?;
        Ok(EvalOutcome { text, notices: session::notices(glue) })
    })
}

/// Evaluates, or only parses, a file, a directory's default.nix, what `<name>` finds, or standard input.
fn file(ev: &Evaluator<'_>, glue: &Glue, request: &EvalRequest, path: &str) -> std::result::Result<String, Failure> {
    let directory = request.evaluation.current_directory.as_str();
    if path == "-" {
        allow(glue, directory);
        return Ok(of_text(ev, glue, request, directory, locate::standard_input()?, "«stdin»")?);
    }
    let file = match path.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
        Some(name) => ev.search_path_file(name)?,
        None => locate::absolute(path, directory),
    };
    allow(glue, file.rsplit_once('/').map_or("/", |(parent, _)| parent));
    // A file is evaluated under its own name, so that others can import it too.
    if request.format != EvalFormat::ParseOnly {
        return Ok(print_all(ev, glue, request, ev.import(&file)?)?);
    }
    let file = ev.import_target(&file)?;
    let directory = file.rsplit_once('/').map_or("/", |(parent, _)| parent);
    Ok(of_text(ev, glue, request, directory, ev.world.read_file(&file)?, &file)?)
}

/// Evaluates, or only parses, a text.
fn of_text(
    ev: &Evaluator<'_>,
    glue: &Glue,
    request: &EvalRequest,
    directory: &str,
    text: Vec<u8>,
    name: &str,
) -> Result<String> {
    let file = ev.add_source(name, text)?;
    if request.format == EvalFormat::ParseOnly {
        return Ok(ev.parse_to_text(&file, directory.to_string())? + "\n");
    }
    let value = ev.eval_source_in(&file, directory.to_string(), None)?;
    print_all(ev, glue, request, value)
}

/// Lets evaluation read a directory, whose files keep their names.
fn allow(glue: &Glue, directory: &str) {
    glue.add_tree(SourceTree::with_store_path(directory, directory));
}

/// The value at an attribute path, tried as Nix tries it.
pub(super) fn flake_attribute<'e>(
    ev: &Evaluator<'e>,
    flake: &'e bt_eval::Attrs<'e>,
    attr: &str,
    system: &str,
) -> Result<Value<'e>> {
    let tried = bt_flakeref::candidates(attr, system).map_err(|error| Error::new(ErrorKind::Other, error.message()))?;
    for path in &tried {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if let Some(value) = attribute(ev, Value::Attrs(flake), &path)? {
            return Ok(value);
        }
    }
    let shown = if attr.is_empty() { "default" } else { attr };
    let paths: Vec<String> = tried.iter().map(|path| format!("'{}'", path.join("."))).collect();
    Err(Error::new(ErrorKind::MissingAttribute, format!("flake does not provide attribute '{shown}'"))
        .help(format!("looked for {}", paths.join(", "))))
}

/// The value at an exact path, without functions on the way.
fn attribute<'e>(ev: &Evaluator<'e>, value: Value<'e>, path: &[&str]) -> Result<Option<Value<'e>>> {
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

/// Prints the value, or each of its parts that `-A` asks for.
fn print_all<'e>(ev: &Evaluator<'e>, glue: &Glue, request: &EvalRequest, value: Value<'e>) -> Result<String> {
    let arguments = arguments(ev, request)?;
    if request.format == EvalFormat::Derivation {
        let mut derivations = show::Derivations::new();
        each_part(ev, request, value, arguments, |part| {
            show::add(ev, glue, called(ev, request, part, arguments)?, &mut derivations)
        })?;
        return show::print(derivations);
    }
    let mut text = String::new();
    each_part(ev, request, value, arguments, |part| {
        text.push_str(&print_one(ev, request, part, arguments)?);
        Ok(())
    })?;
    Ok(text)
}

/// The value, or each of its parts that `-A` asks for, one after the other.
fn each_part<'e>(
    ev: &Evaluator<'e>,
    request: &EvalRequest,
    value: Value<'e>,
    arguments: &'e Attrs<'e>,
    mut work: impl FnMut(Value<'e>) -> Result<()>,
) -> Result<()> {
    if request.attrs.is_empty() {
        return work(value);
    }
    request.attrs.iter().try_for_each(|path| work(select::select(ev, value, path, arguments)?))
}

/// `--arg` and `--argstr`: parsed now, evaluated when someone asks for them.
fn arguments<'e>(ev: &Evaluator<'e>, request: &EvalRequest) -> Result<&'e Attrs<'e>> {
    let directory = &request.evaluation.current_directory;
    let mut arguments = AttrsBuilder::with_capacity(request.arguments.len());
    // Of equal names the builder keeps the first.
    for argument in request.arguments.iter().rev() {
        let value = if argument.is_string {
            ev.string(&argument.value)
        } else {
            let file = ev.add_source("«string»", argument.value.clone().into_bytes())?;
            ev.delay_source_in(&file, directory.clone())?
        };
        arguments.push(ev.symbols.intern(&argument.name), value);
    }
    Ok(arguments.finish(ev.arena))
}

/// A function is called when there are arguments for it. Without any, a file's function is called all the same when all
/// of its arguments have defaults.
fn called<'e>(
    ev: &Evaluator<'e>,
    request: &EvalRequest,
    value: Value<'e>,
    arguments: &'e Attrs<'e>,
) -> Result<Value<'e>> {
    let value = ev.force(value)?;
    let is_called = match request.source {
        _ if !request.arguments.is_empty() => true,
        EvalSource::File(_) => select::has_only_defaults(value),
        EvalSource::Flake(_) | EvalSource::Expression(_) => false,
    };
    if is_called { select::call_functions(ev, value, arguments) } else { Ok(value) }
}

fn print_one<'e>(
    ev: &Evaluator<'e>,
    request: &EvalRequest,
    value: Value<'e>,
    arguments: &'e Attrs<'e>,
) -> Result<String> {
    let value = called(ev, request, value, arguments)?;
    let mut builder = StringBuilder::default();
    match request.format {
        EvalFormat::Nix => return Ok(print_value(ev, value, request.strict)? + "\n"),
        EvalFormat::Json => {
            ev.write_json(value, &mut builder)?;
            builder.push(b"\n");
        }
        EvalFormat::Xml => {
            let options = XmlOptions { strict: request.strict, location: request.location };
            ev.write_xml(value, options, &mut builder)?;
        }
        EvalFormat::Derivation => return Err(Error::new(ErrorKind::Other, "derivations are printed together")),
        EvalFormat::ParseOnly => return Err(Error::new(ErrorKind::Other, "a flake's attribute has no text to parse")),
        EvalFormat::Raw => {
            let string = ev.force_string(ev.coerce_to_string(value, Coercion::INTERPOLATION)?)?;
            return Ok(string.to_text().into_owned());
        }
    }
    Ok(String::from_utf8_lossy(builder.bytes()).into_owned())
}
