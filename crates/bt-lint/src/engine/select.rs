//! `-A`, `--arg` and `--argstr`: the parts of a value, and functions called on the way to them.

use bt_diag::suggest;
use bt_eval::attrs::AttrsBuilder;
use bt_eval::ir::Parameter;
use bt_eval::{Attrs, Error, ErrorKind, Evaluator, Result, Value, sym};

/// Splits a path at its dots; what is between double quotes is taken as it is. Nothing at the end is no name.
///
/// Errors: a quote is not closed.
fn split(path: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '.' => names.push(std::mem::take(&mut name)),
            '"' => loop {
                match chars.next() {
                    Some('"') => break,
                    Some(c) => name.push(c),
                    None => {
                        let message = format!("missing closing quote in selection path '{path}'");
                        return Err(Error::new(ErrorKind::Syntax, message));
                    }
                }
            },
            c => name.push(c),
        }
    }
    if !name.is_empty() {
        names.push(name);
    }
    Ok(names)
}

/// The value at a path, not evaluated yet. Functions on the way are called with what the command line gives them; a number
/// is the index of a list (Nix manual, `nix-env`, option `--attr`).
///
/// Errors: there is no such value, or evaluation fails.
pub(super) fn select<'e>(
    ev: &Evaluator<'e>,
    value: Value<'e>,
    path: &str,
    arguments: &'e Attrs<'e>,
) -> Result<Value<'e>> {
    let mut value = value;
    for name in split(path)? {
        let subject = call_functions(ev, value, arguments)?;
        let expected = |what: &str| {
            let found = subject.type_with_article();
            let message =
                format!("the expression selected by the selection path '{path}' should be {what} but is {found}");
            Error::new(ErrorKind::Type, message)
        };
        value = match (name.parse::<u32>(), subject) {
            (Ok(index), Value::List(list)) => match list.items.get(index as usize) {
                Some(item) => Value::Thunk(item),
                None => {
                    let message = format!("list index {index} in selection path '{path}' is out of range");
                    return Err(Error::new(ErrorKind::MissingAttribute, message));
                }
            },
            (Ok(_), _) => return Err(expected("a list")),
            (Err(_), Value::Attrs(_)) if name.is_empty() => {
                let message = format!("empty attribute name in selection path '{path}'");
                return Err(Error::new(ErrorKind::Other, message));
            }
            (Err(_), Value::Attrs(attrs)) => match ev.attribute(attrs, ev.symbols.intern(&name)) {
                Some(slot) => Value::Thunk(slot),
                None => return Err(not_found(ev, attrs, &name, path)),
            },
            (Err(_), _) => return Err(expected("a set")),
        };
    }
    Ok(value)
}

fn not_found<'e>(ev: &Evaluator<'e>, attrs: &'e Attrs<'e>, name: &str, path: &str) -> Error {
    let message = format!("attribute '{name}' in selection path '{path}' not found");
    let error = Error::new(ErrorKind::MissingAttribute, message);
    let names: Vec<&str> = ev.sorted_entries(attrs).into_iter().map(|(name, _)| name).collect();
    match suggest::nearest(name, names) {
        Some(near) => error.help(format!("did you mean '{near}'?")),
        None => error,
    }
}

/// Calls a function that names its arguments with those of `arguments` that it takes, and sets that stand for functions.
/// Anything else is returned evaluated.
///
/// Errors: an argument has no value, or evaluation fails.
pub(super) fn call_functions<'e>(ev: &Evaluator<'e>, value: Value<'e>, arguments: &'e Attrs<'e>) -> Result<Value<'e>> {
    let mut value = ev.force(value)?;
    while let Value::Attrs(attrs) = value
        && let Some(functor) = attrs.get(sym::FUNCTOR)
    {
        value = ev.nested(|| ev.call(Value::Thunk(&functor.value), &[value]))?;
    }
    let Value::Closure(closure) = value else { return Ok(value) };
    let Parameter::Formals(formals) = &closure.lambda.parameter else { return Ok(value) };
    if formals.ellipsis {
        return ev.call(value, &[Value::Attrs(arguments)]);
    }
    let mut given = AttrsBuilder::with_capacity(formals.formals.len());
    for formal in formals.formals {
        match arguments.get(formal.name) {
            Some(argument) => given.push_copy(argument),
            None if formal.default.is_some() => {}
            None => {
                let name = ev.symbols.name(formal.name);
                let message = format!("cannot evaluate a function that has an argument without a value ('{name}')");
                let span = bt_diag::Span::new(formal.position, formal.position + name.len() as u32);
                return Err(Error::new(ErrorKind::Type, message)
                    .at(span)
                    .help("give it a default value, or pass one with '--arg' or '--argstr'"));
            }
        }
    }
    ev.call(value, &[Value::Attrs(given.finish(ev.arena))])
}

/// Whether a value is a function whose arguments all have defaults.
pub(super) fn has_only_defaults(value: Value<'_>) -> bool {
    match value {
        Value::Closure(closure) => match &closure.lambda.parameter {
            Parameter::Formals(formals) => formals.formals.iter().all(|formal| formal.default.is_some()),
            Parameter::Positional(_) => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn paths() {
        let names = |path| split(path).unwrap();
        assert!(names("").is_empty());
        assert_eq!(names("a.0.b"), ["a", "0", "b"]);
        assert_eq!(names("a.\"b.c\".d\"e\"f"), ["a", "b.c", "def"]);
        assert_eq!(names("a."), ["a"]);
        assert_eq!(names(".a"), ["", "a"]);
        assert!(split("a.\"b").is_err());
    }
}
