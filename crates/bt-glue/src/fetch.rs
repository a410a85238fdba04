//! Fetching builtins: with a hash the store path is known without fetching, which happens when a program reads below it.

use crate::derivation::glue;
use crate::files::path_error;
use crate::flake_reference::invalid;
use crate::glue::Glue;
use crate::paths::sha256;
use crate::remote::Awaited;
use bt_eval::builtins::{Builtin, expect_attrs};
use bt_eval::{Error, ErrorKind, Evaluator, Result, Value, canonical_path, share};
use bt_flakeref::{Attributes, FlakeRef};
use bt_store::path::make_fixed_output_path;
use bt_store::{Hash, HashAlgorithm, StorePath};

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::new("fetchurl", 1, 1, fetch_url),
    Builtin::new("fetchTarball", 1, 1, fetch_tarball),
    Builtin::new("fetchMercurial", 1, 1, fetch_mercurial),
    Builtin::new("fetchClosure", 1, 1, fetch_closure),
];

/// What the argument of `fetchurl` and `fetchTarball` says.
#[derive(Default)]
struct Request {
    url: String,
    name: Option<String>,
    hash: Option<Hash>,
}

fn request<'e>(ev: &Evaluator<'e>, function: &str, argument: Value<'e>) -> Result<Request> {
    let given = match argument {
        Value::Attrs(given) => given,
        other => return Ok(Request { url: ev.force_plain(other)?.to_string(), ..Request::default() }),
    };
    let mut request = Request::default();
    for (key, attr) in ev.sorted_entries(given) {
        let text = || ev.force_plain(share(&attr.value));
        match key {
            "url" => request.url = text()?.to_string(),
            "name" => request.name = Some(text()?.to_string()),
            "sha256" => request.hash = Some(sha256(ev, text()?)?),
            other => {
                let message = format!("unsupported argument '{other}' to '{function}'");
                return Err(Error::new(ErrorKind::Type, message));
            }
        }
    }
    if given.get(ev.symbols.intern("url")).is_none() {
        return Err(Error::new(ErrorKind::Type, "'url' argument required"));
    }
    Ok(request)
}

/// What has no hash cannot be had when evaluation is pure, nor from the network.
fn without_hash(ev: &Evaluator<'_>, function: &str, url: &str) -> Error {
    if ev.world.is_pure() {
        let message = format!("in pure evaluation mode, '{function}' requires a 'sha256' argument");
        return Error::new(ErrorKind::Impure, message);
    }
    let message = format!("'{function}' of '{url}' needs the network: it has no hash");
    Error::new(ErrorKind::Unavailable, message).help("pin it with a hash: nothing is downloaded that has none")
}

/// `fetchurl url` or `{ url, sha256, name }`
fn fetch_url<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let request = request(ev, "fetchurl", args[0])?;
    let url = &request.url;
    let last = || url.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_string();
    let name = request.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(last);
    bt_store::path::validate_name(&name).map_err(|error| {
        let advice = match (args[0], &request.name) {
            (Value::Attrs(_), Some(_)) => "change the value for the 'name' attribute passed to 'fetchurl',",
            (Value::Attrs(_), None) => "add a valid 'name' attribute to the argument for 'fetchurl',",
            _ => "pass an attribute set with 'url' and 'name' attributes to 'fetchurl', ",
        };
        let message = format!(
            "invalid store path name when fetching URL '{url}': {error}. Please {advice} so that it can create a valid \
             store path."
        );
        Error::new(ErrorKind::Other, message)
    })?;
    let file = url.strip_prefix("file://").filter(|file| file.starts_with('/'));
    let glue = glue(ev)?;
    let store_path = |hash: &Hash| make_fixed_output_path(&name, false, hash, [], false).map_err(path_error);
    let path = match (request.hash, file) {
        (Some(hash), None) => {
            let path = store_path(&hash)?;
            glue.add_awaited(path.as_str(), Awaited::File(url.clone(), hash));
            path
        }
        (Some(hash), Some(file)) => {
            let path = store_path(&hash)?;
            if glue.text(path.as_str()).is_none() && glue.disk_kind(path.as_str()).is_none() {
                let contents = local_file(glue, file)?;
                let actual = Hash::digest(HashAlgorithm::Sha256, &contents);
                if actual != hash {
                    let (hash, actual) = (hash.to_nixbase32(), actual.to_nixbase32());
                    let message = format!(
                        "hash mismatch in file downloaded from '{url}':\n  specified: sha256:{hash}\n  got:       \
                         sha256:{actual}"
                    );
                    return Err(Error::new(ErrorKind::Other, message));
                }
                glue.add_contents(path.as_str(), contents);
            }
            path
        }
        (None, Some(file)) if !ev.world.is_pure() => {
            let contents = local_file(glue, file)?;
            let path = store_path(&Hash::digest(HashAlgorithm::Sha256, &contents))?;
            glue.add_contents(path.as_str(), contents);
            path
        }
        (None, _) => return Err(without_hash(ev, "fetchurl", url)),
    };
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

/// The contents of a file of this machine. What is read must have a hash, or evaluation must be impure.
fn local_file(glue: &Glue, file: &str) -> Result<Vec<u8>> {
    let file = canonical_path(file);
    glue.disk.read(&file).map_err(|error| glue.io_error(&file, &error))
}

/// `fetchTarball url` or `{ url, sha256, name }`
fn fetch_tarball<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let request = request(ev, "fetchTarball", args[0])?;
    let name = request.name.as_deref().unwrap_or("source");
    let mut attributes = Attributes::default();
    attributes.insert("type", "tarball");
    attributes.insert("url", request.url.as_str());
    let glue = glue(ev)?;
    let store_path = |hash: &Hash| make_fixed_output_path(name, true, hash, [], false).map_err(path_error);
    let Some(hash) = request.hash else {
        if ev.world.is_pure() || !request.url.starts_with("file://") {
            return Err(without_hash(ev, "fetchTarball", &request.url));
        }
        let found = glue.fetch_unlocked(&FlakeRef::from_attributes(attributes).map_err(invalid)?)?;
        let path = store_path(&found.hash)?;
        glue.add_fetched(path.as_str(), &found.root);
        return Ok(ev.string_with_context(path.as_str(), path.as_str()));
    };
    let path = store_path(&hash)?;
    attributes.insert("narHash", hash.to_sri().as_str());
    let is_local = request.url.starts_with("file://");
    glue.add_awaited(path.as_str(), Awaited::Tree(FlakeRef::from_attributes(attributes).map_err(invalid)?, hash));
    if is_local {
        // Costs no network, and a wrong hash is said where it stands.
        glue.await_source(path.as_str())?;
    }
    Ok(ev.string_with_context(path.as_str(), path.as_str()))
}

/// `fetchMercurial { url, rev }`
fn fetch_mercurial<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let url = match args[0] {
        Value::Attrs(given) => match given.get(ev.symbols.intern("url")) {
            Some(attr) => ev.file_argument(share(&attr.value))?.to_string(),
            None => return Err(Error::new(ErrorKind::Type, "'url' argument required")),
        },
        other => ev.file_argument(other)?.to_string(),
    };
    let message = format!("'fetchMercurial' of '{url}' is not supported");
    Err(Error::new(ErrorKind::Unavailable, message).help("make it an archive, or an input of the flake"))
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
