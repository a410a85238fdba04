//! Fetching builtins: with a hash the store path is known without fetching; nothing is downloaded.

use crate::derivation::glue;
use crate::files::path_error;
use crate::paths::sha256;
use bt_eval::attrs::AttrsBuilder;
use bt_eval::builtins::{Builtin, expect_attrs};
use bt_eval::{Error, ErrorKind, Evaluator, Result, Value, canonical_path, share, sym};
use bt_store::path::make_fixed_output_path;
use bt_store::{Hash, HashAlgorithm, StorePath};
use std::collections::BTreeSet;

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::new("fetchurl", 1, 1, fetch_url),
    Builtin::new("fetchTarball", 1, 1, fetch_tarball),
    Builtin::new("fetchGit", 1, 1, fetch_git),
    Builtin::new("fetchTree", 1, 1, fetch_tree),
    Builtin::new("fetchMercurial", 1, 1, fetch_mercurial),
    Builtin::new("fetchClosure", 1, 1, fetch_closure),
];

/// What the argument of a fetcher says.
#[derive(Default)]
struct Request {
    url: String,
    name: Option<String>,
    hash: Option<Hash>,
    rev: Option<String>,
    last_modified: Option<i64>,
}

fn request<'e>(ev: &Evaluator<'e>, function: &str, argument: Value<'e>) -> Result<Request> {
    let given = match argument {
        Value::Attrs(given) => given,
        other => return Ok(Request { url: ev.force_plain(other)?.to_string(), ..Request::default() }),
    };
    if function == "fetchTree" && given.get(sym::TYPE).is_none() {
        return Err(Error::new(ErrorKind::Type, "argument 'type' is missing in call to 'fetchTree'"));
    }
    let mut request = Request::default();
    // The older of them take no other arguments.
    let is_strict = matches!(function, "fetchurl" | "fetchTarball");
    for (key, attr) in ev.sorted_entries(given) {
        let value = share(&attr.value);
        if let Value::Int(number @ i64::MIN..0) = ev.force(value)? {
            let message = format!("negative value given for '{function}' argument '{key}': {number}");
            return Err(Error::new(ErrorKind::Type, message));
        }
        let text = || ev.force_plain(value);
        match key {
            "name" if function == "fetchTree" => {
                let message = "argument 'name' isn’t supported in call to 'fetchTree'";
                return Err(Error::new(ErrorKind::Type, message));
            }
            other if is_strict && !["url", "name", "sha256"].contains(&other) => {
                let message = format!("unsupported argument '{other}' to '{function}'");
                return Err(Error::new(ErrorKind::Type, message));
            }
            "url" => request.url = text()?.to_string(),
            "name" => request.name = Some(text()?.to_string()),
            "sha256" | "narHash" => request.hash = Some(sha256(ev, text()?)?),
            "rev" => request.rev = Some(text()?.to_string()),
            "owner" | "repo" if !request.url.is_empty() => request.url = format!("{}/{}", request.url, text()?),
            "owner" | "repo" | "path" | "id" => request.url = text()?.to_string(),
            "lastModified" => {
                if let Value::Int(time) = ev.force(value)? {
                    request.last_modified = Some(time);
                }
            }
            _ => {}
        }
    }
    if is_strict && given.get(ev.symbols.intern("url")).is_none() {
        return Err(Error::new(ErrorKind::Type, "'url' argument required"));
    }
    Ok(request)
}

/// The store path of something that is not fetched; reading below it says so.
fn fixed<'e>(ev: &Evaluator<'e>, function: &str, request: &Request, recursive: bool, name: &str) -> Result<StorePath> {
    let Some(hash) = request.hash else {
        let message = format!("'{function}' of '{}' needs the network: it has no hash", request.url);
        return Err(Error::new(ErrorKind::Unavailable, message)
            .help("pin it with a hash; bt-lint downloads nothing while it evaluates"));
    };
    let path = make_fixed_output_path(name, recursive, &hash, [], false).map_err(path_error)?;
    glue(ev)?.add_unavailable(
        path.as_str(),
        format!("'{}' is not available here", request.url),
        "bt-lint downloads nothing while it evaluates; fetch it with nix first, or make it an input of the flake",
    );
    Ok(path)
}

/// `fetchurl url` or `{ url, sha256, name }`
fn fetch_url<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let request = request(ev, "fetchurl", args[0])?;
    let name = request.name.clone().unwrap_or_else(|| request.url.rsplit('/').next().unwrap_or("source").to_string());
    bt_store::path::validate_name(&name).map_err(|error| {
        let advice = match (args[0], &request.name) {
            (Value::Attrs(_), Some(_)) => "change the value for the 'name' attribute passed to 'fetchurl',",
            (Value::Attrs(_), None) => "add a valid 'name' attribute to the argument for 'fetchurl',",
            _ => "pass an attribute set with 'url' and 'name' attributes to 'fetchurl', ",
        };
        let url = &request.url;
        let message = format!(
            "invalid store path name when fetching URL '{url}': {error}. Please {advice} so that it can create a valid \
             store path."
        );
        Error::new(ErrorKind::Other, message)
    })?;
    let path = match request.url.strip_prefix("file://") {
        Some(file) if request.hash.is_none() && file.starts_with('/') && !ev.world.is_pure() => {
            local_file(ev, file, &name)?
        }
        _ => fixed(ev, "fetchurl", &request, false, &name)?,
    };
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

/// The store path of a file of this machine.
fn local_file(ev: &Evaluator<'_>, file: &str, name: &str) -> Result<StorePath> {
    let file = canonical_path(file);
    let hash = Hash::digest(HashAlgorithm::Sha256, &ev.world.read_file(&file)?);
    let path = make_fixed_output_path(name, false, &hash, [], false).map_err(path_error)?;
    glue(ev)?.add_copy(path.as_str(), file, BTreeSet::new());
    Ok(path)
}

/// `fetchTarball url` or `{ url, sha256, name }`
fn fetch_tarball<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let request = request(ev, "fetchTarball", args[0])?;
    let path = fixed(ev, "fetchTarball", &request, true, request.name.as_deref().unwrap_or("source"))?;
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

fn tree<'e>(ev: &Evaluator<'e>, function: &str, argument: Value<'e>) -> Result<Value<'e>> {
    let request = request(ev, function, argument)?;
    let path = fixed(ev, function, &request, true, request.name.as_deref().unwrap_or("source"))?;
    let mut builder = AttrsBuilder::with_capacity(5);
    builder.push(sym::OUT_PATH, ev.string_with_context(path.as_str(), path.as_str()));
    if let Some(hash) = request.hash {
        builder.push(ev.symbols.intern("narHash"), ev.string(hash.to_sri()));
    }
    if let Some(rev) = &request.rev {
        builder.push(ev.symbols.intern("rev"), ev.string(rev));
        builder.push(ev.symbols.intern("shortRev"), ev.string(rev.get(..7).unwrap_or(rev)));
    }
    if let Some(time) = request.last_modified {
        builder.push(ev.symbols.intern("lastModified"), Value::Int(time));
    }
    Ok(Value::Attrs(builder.finish(ev.arena)))
}

/// `fetchGit { url, rev, narHash }`
fn fetch_git<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    tree(ev, "fetchGit", args[0])
}

/// `fetchTree { type, …, narHash }`
fn fetch_tree<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    tree(ev, "fetchTree", args[0])
}

/// `fetchMercurial { url, rev }`
fn fetch_mercurial<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    tree(ev, "fetchMercurial", args[0])
}

/// `fetchClosure { fromStore, fromPath, toPath ? …, inputAddressed ? false }`: a path of a binary cache, which is only
/// known when the argument says it.
fn fetch_closure<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let given = expect_attrs(ev, args[0])?;
    let fail = |message: String| Err(Error::new(ErrorKind::Other, message));
    let (mut from, mut to, mut is_input_addressed, mut has_store) = (None, None, false, false);
    for (key, attr) in ev.sorted_entries(given) {
        let value = share(&attr.value);
        match key {
            "fromPath" => from = Some(store_path(ev, value)?),
            // An empty string asks Nix to say what the path is.
            "toPath" => match ev.force(value)? {
                Value::String(text) if text.bytes().is_empty() => {}
                value => to = Some(store_path(ev, value)?),
            },
            "fromStore" => has_store = ev.force_plain(value).map(|_| true)?,
            "inputAddressed" => match ev.force(value)? {
                Value::Bool(flag) => is_input_addressed = flag,
                other => return Err(ev.expected("a Boolean", other)),
            },
            _ => return fail(format!("attribute '{key}' isn't supported in call to 'fetchClosure'")),
        }
    }
    let missing = |name: &str| fail(format!("attribute '{name}' is missing in call to 'fetchClosure'"));
    let Some(from) = from else { return missing("fromPath") };
    if is_input_addressed && to.is_some() {
        let message = "attribute 'inputAddressed' is set to true, but 'toPath' is also set. Please remove one of them";
        return fail(message.to_string());
    }
    if !has_store {
        return missing("fromStore");
    }
    let path = to.unwrap_or(from);
    glue(ev)?.add_unavailable(
        path.as_str(),
        format!("'{path}' is not available here"),
        "bt-lint downloads nothing while it evaluates; fetch it with nix first",
    );
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

fn store_path<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<StorePath> {
    StorePath::parse_absolute(&ev.file_argument(value)?).map_err(path_error)
}
