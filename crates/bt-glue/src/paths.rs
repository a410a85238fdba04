//! Builtins that turn files and texts into store paths.

use crate::attributes::fixed_hash;
use crate::derivation::glue;
use crate::files::path_error;
use crate::trees::rest_below;
use bt_eval::builtins::{Builtin, Kind, expect_function};
use bt_eval::{Error, ErrorKind, Evaluator, FileKind, Result, StringBuilder, Value, World, canonical_path, share};
use bt_store::path::{make_fixed_output_path, make_text_path};
use bt_store::{Hash, HashAlgorithm, Hasher, STORE_DIR, StorePath};
use std::collections::BTreeSet;
use std::path::Path;

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::new("path", 1, 1, path),
    Builtin::new("filterSource", 2, 0b10, filter_source),
    Builtin::new("toFile", 2, 0b11, to_file).expecting(&[Kind::Plain]),
    Builtin::new("storePath", 1, 1, store_path),
];

/// What is added to the store and how.
struct Addition<'e> {
    /// Where it is; links are followed.
    path: String,
    name: String,
    filter: Option<Value<'e>>,
    recursive: bool,
    hash: Option<Hash>,
}

fn add<'e>(ev: &Evaluator<'e>, addition: Addition<'e>) -> Result<Value<'e>> {
    let glue = glue(ev)?;
    let store_path =
        |hash: &Hash| make_fixed_output_path(&addition.name, addition.recursive, hash, [], false).map_err(path_error);
    let expected = addition.hash.as_ref().map(store_path).transpose()?;
    // What is in the store already needs no look at the files.
    if let Some(path) = expected.as_ref().filter(|path| glue.disk_kind(path.as_str()).is_some()) {
        return Ok(ev.string_with_context(path.as_str(), path.as_str()));
    }
    let source = glue.without_links(&addition.path)?;
    let mut left_out = BTreeSet::new();
    let hash = match addition.recursive {
        true => recursive_hash(ev, &source, addition.filter, &mut left_out)?,
        false => {
            let mut hasher = Hasher::new(HashAlgorithm::Sha256);
            ev.world.read_pieces(&source, &mut |piece| hasher.update(piece))?;
            hasher.finish()
        }
    };
    let path = store_path(&hash)?;
    if expected.is_some_and(|expected| expected != path) {
        let shown = ev.world.path_for_message(&addition.path);
        let message = format!("store path mismatch in (possibly filtered) path added from '{shown}'");
        return Err(Error::new(ErrorKind::Other, message)
            .help(format!("the hash is '{}'; is 'sha256' out of date?", hash.to_sri())));
    }
    glue.add_copy(path.as_str(), source, left_out);
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

/// The hash of a tree; what the filter does not want is collected.
fn recursive_hash<'e>(
    ev: &Evaluator<'e>,
    source: &str,
    filter: Option<Value<'e>>,
    left_out: &mut BTreeSet<String>,
) -> Result<Hash> {
    let glue = glue(ev)?;
    let Some(filter) = filter else { return glue.whole_nar_hash(source) };
    let root = ev.world.path_to_string(source)?;
    let mut ask = |path: &Path, kind: FileKind| {
        // Names need not be text.
        let rest = path.as_os_str().as_encoded_bytes().get(source.len()..).unwrap_or_default();
        let shown = [root.as_bytes(), rest].concat();
        match ev.call(filter, &[ev.string(shown), ev.string(kind.as_str())])? {
            Value::Bool(true) => Ok(true),
            Value::Bool(false) => {
                left_out.insert(path.to_string_lossy().into_owned());
                Ok(false)
            }
            other => Err(ev.expected("a Boolean", other)),
        }
    };
    glue.nar_hash(source, &mut ask)
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
            "sha256" => addition.hash = Some(sha256(ev, ev.force_plain(value)?)?),
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

/// A SHA-256 that a program gives.
pub(crate) fn sha256(ev: &Evaluator<'_>, text: &str) -> Result<Hash> {
    fixed_hash(ev, text, Some(HashAlgorithm::Sha256))
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
            Ok(path) => references.push(path),
            Err(_) => {
                let message = format!(
                    "files created by builtins.toFile may not reference derivations, but '{name}' references '{element}'"
                );
                return Err(Error::new(ErrorKind::Other, message));
            }
        }
    }
    let hash = Hash::digest(HashAlgorithm::Sha256, text.bytes());
    let path = make_text_path(name, &hash, &references).map_err(path_error)?;
    let glue = glue(ev)?;
    glue.texts.borrow_mut().insert(path.to_string(), text.bytes().into());
    if !references.is_empty() {
        glue.text_references.borrow_mut().insert(path.clone(), references);
    }
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

/// `storePath path`: a path that is in the store already; not in pure evaluation.
fn store_path<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    if ev.world.is_pure() {
        return Err(Error::new(ErrorKind::Impure, "'builtins.storePath' is not allowed in pure evaluation mode"));
    }
    let glue = glue(ev)?;
    let (text, context) = ev.path_text(args[0])?;
    let mut path = canonical_path(&text);
    if StorePath::parse_absolute(&path).is_err() {
        path = glue.path_to_string(&glue.without_links(&path)?)?;
    }
    let in_store = rest_below(STORE_DIR, &path).and_then(|rest| rest.strip_prefix('/'));
    let Some(base_name) = in_store.and_then(|below| below.split('/').next()) else {
        return Err(Error::new(ErrorKind::Other, format!("path '{path}' is not in the Nix store")));
    };
    let store_path = StorePath::from_base_name(base_name).map_err(path_error)?;
    let mut result = StringBuilder::default();
    result.push(path.as_bytes());
    result.push_context(context);
    result.push_context(&[ev.arena.alloc_str(store_path.as_str())]);
    Ok(result.finish(ev))
}
