//! Builtins that turn files and texts into store paths.

use crate::derivation::glue;
use crate::files::path_error;
use bt_eval::builtins::{Builtin, Kind, expect_function};
use bt_eval::{Error, ErrorKind, Evaluator, FileKind, Result, Value, share};
use bt_store::path::{make_fixed_output_path, make_text_path};
use bt_store::{Hash, HashAlgorithm, StorePath};

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::new("path", 1, 1, path),
    Builtin::new("filterSource", 2, 0b10, filter_source),
    Builtin::new("toFile", 2, 0b11, to_file).expecting(&[Kind::Plain]),
    Builtin::new("storePath", 1, 1, store_path),
];

/// What is added to the store and how.
struct Addition<'e> {
    path: String,
    name: String,
    filter: Option<Value<'e>>,
    recursive: bool,
    hash: Option<Hash>,
}

fn add<'e>(ev: &Evaluator<'e>, addition: Addition<'e>) -> Result<Value<'e>> {
    let hash = match addition.hash {
        // What the hash says needs no look at the files.
        Some(hash) if addition.filter.is_none() => hash,
        expected => {
            let hash = if addition.recursive { recursive_hash(ev, &addition)? } else { flat_hash(ev, &addition)? };
            if expected.is_some_and(|e| e != hash) {
                return Err(Error::new(
                    ErrorKind::Other,
                    format!("store path mismatch in (possibly filtered) path added from '{}'", addition.name),
                ));
            }
            hash
        }
    };
    let path = make_fixed_output_path(&addition.name, addition.recursive, &hash, [], false).map_err(path_error)?;
    if addition.filter.is_none() {
        glue(ev)?.sources.borrow_mut().insert(path.to_string(), addition.path);
    }
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

fn recursive_hash<'e>(ev: &Evaluator<'e>, addition: &Addition<'e>) -> Result<Hash> {
    let glue = glue(ev)?;
    let Some(filter) = addition.filter else { return glue.whole_nar_hash(&addition.path, None) };
    let mut ask = |path: &str, kind: FileKind| {
        let shown = ev.world.path_to_string(path)?;
        match ev.call(filter, &[ev.string(shown), ev.string(kind.as_str())])? {
            Value::Bool(keep) => Ok(keep),
            other => Err(ev.expected("a Boolean", other)),
        }
    };
    glue.nar_hash(&addition.path, &mut ask)
}

fn flat_hash<'e>(ev: &Evaluator<'e>, addition: &Addition<'e>) -> Result<Hash> {
    Ok(Hash::digest(HashAlgorithm::Sha256, &ev.world.read_file(&addition.path)?))
}

fn base_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_string()
}

/// `path { path, name ? …, filter ? …, recursive ? true, sha256 ? … }`
fn path<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let Value::Attrs(given) = args[0] else { return Err(ev.expected("a set", args[0])) };
    let mut addition = Addition { path: String::new(), name: String::new(), filter: None, recursive: true, hash: None };
    for (key, attr) in ev.sorted_entries(given) {
        let value = share(&attr.value);
        match key {
            "path" => addition.path = ev.file_argument(value)?,
            "name" => addition.name = ev.force_plain(value)?.to_string(),
            "filter" => addition.filter = Some(expect_function(ev, ev.force(value)?)?),
            "recursive" => match ev.force(value)? {
                Value::Bool(recursive) => addition.recursive = recursive,
                other => return Err(ev.expected("a Boolean", other)),
            },
            "sha256" => addition.hash = Some(sha256(ev.force_plain(value)?)?),
            other => {
                return Err(Error::new(ErrorKind::Type, format!("unsupported argument '{other}' to 'builtins.path'")));
            }
        }
    }
    if addition.path.is_empty() {
        return Err(Error::new(
            ErrorKind::Type,
            "missing required 'path' attribute in the first argument to 'builtins.path'",
        ));
    }
    if addition.name.is_empty() {
        addition.name = base_name(&ev.world.path_to_string(&addition.path)?);
    }
    add(ev, addition)
}

pub(crate) fn sha256(text: &str) -> Result<Hash> {
    if text.is_empty() {
        return Ok(Hash::zero(HashAlgorithm::Sha256));
    }
    Hash::parse_any(text, Some(HashAlgorithm::Sha256)).map_err(|error| Error::new(ErrorKind::Other, error.to_string()))
}

/// `filterSource filter path`
fn filter_source<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let path = ev.file_argument(args[1])?;
    let filter = expect_function(ev, ev.force(args[0])?)?;
    let name = base_name(&ev.world.path_to_string(&path)?);
    add(ev, Addition { path, name, filter: Some(filter), recursive: true, hash: None })
}

/// `toFile name text`: the store path of a text.
fn to_file<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let name = ev.force_plain(args[0])?;
    let text = ev.force_string(args[1])?;
    let mut references = Vec::with_capacity(text.context().len());
    for element in text.context() {
        match StorePath::parse_absolute(element) {
            Ok(path) if !path.is_derivation() => references.push(path),
            _ => {
                let message = format!(
                    "files created by builtins.toFile may not reference derivations, but '{name}' references '{element}'"
                );
                return Err(Error::new(ErrorKind::Other, message));
            }
        }
    }
    let hash = Hash::digest(HashAlgorithm::Sha256, text.bytes());
    let path = make_text_path(name, &hash, &references).map_err(path_error)?;
    glue(ev)?.texts.borrow_mut().insert(path.to_string(), text.bytes().into());
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

/// `storePath path`: a path that is in the store already; not in pure evaluation.
fn store_path<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    if ev.world.is_pure() {
        return Err(Error::new(ErrorKind::Impure, "'builtins.storePath' is not allowed in pure evaluation mode"));
    }
    let path = ev.file_argument(args[0])?;
    match bt_store::path::split_store_prefix(&path) {
        Some((store_path, _)) => Ok(ev.string_with_context(&path, store_path.as_str())),
        None => Err(Error::new(ErrorKind::Other, format!("path '{path}' is not in the Nix store"))),
    }
}
