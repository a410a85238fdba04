//! `fetchTree` and `fetchGit`: sets about a source, of which nothing is fetched before a program looks at what only the
//! source can tell (Nix manual, "Built-ins").

use crate::date::date;
use crate::derivation::glue;
use crate::files::path_error;
use crate::flake_reference::invalid;
use crate::glue::Glue;
use crate::remote::Awaited;
use crate::trees::SourceTree;
use bt_eval::attrs::{AttrsBuilder, slot};
use bt_eval::builtins::Builtin;
use bt_eval::{Error, ErrorKind, Evaluator, FileKind, Result, Value, World as _, canonical_path, sym};
use bt_flakeref::{Attribute, Attributes, FlakeRef, Reading};
use bt_git::ObjectId;
use bt_store::path::make_fixed_output_path;
use bt_store::{Hash, HashAlgorithm, StorePath};

pub(crate) const TABLE: &[Builtin] =
    &[Builtin::new("fetchGit", 1, 1, fetch_git), Builtin::new("fetchTree", 1, 1, fetch_tree)];

static FACT: Builtin = Builtin::new("fetched", 2, 0b11, fact);

/// What is fetched, and for whom.
struct Request {
    reference: FlakeRef,
    /// Of the store path.
    name: String,
    is_git: bool,
}

/// `fetchGit url` or `{ url, rev, ref, … }`
fn fetch_git<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    fetch(ev, &request(ev, args[0], true)?)
}

/// `fetchTree reference` or `{ type, …, narHash }`
fn fetch_tree<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    fetch(ev, &request(ev, args[0], false)?)
}

fn request<'e>(ev: &Evaluator<'e>, argument: Value<'e>, is_git: bool) -> Result<Request> {
    let function = if is_git { "fetchGit" } else { "fetchTree" };
    let fail = |message: String| Err(Error::new(ErrorKind::Type, message));
    let mut attributes = Attributes::default();
    let mut name = None;
    match ev.force(argument)? {
        Value::Attrs(given) => {
            match given.get(sym::TYPE) {
                Some(_) if is_git => return fail("unexpected argument 'type'".into()),
                None if !is_git => return fail("argument 'type' is missing in call to 'fetchTree'".into()),
                _ => {}
            }
            for (key, attr) in ev.sorted_entries(given) {
                let value = ev.force_slot(&attr.value)?;
                let attribute = match value {
                    Value::Int(number @ i64::MIN..0) => {
                        return fail(format!("negative value given for '{function}' argument '{key}': {number}"));
                    }
                    Value::Int(number) => Attribute::Integer(number.unsigned_abs()),
                    Value::Bool(flag) => Attribute::Bool(flag),
                    Value::Path(path) => Attribute::from(path.text),
                    Value::String(text) => Attribute::from(ev.utf8(text)?),
                    other => {
                        let kind = other.type_with_article();
                        let message = "while a string, Boolean or integer is expected";
                        return fail(format!("argument '{key}' to '{function}' is {kind} {message}"));
                    }
                };
                match (key, &attribute) {
                    ("name", _) if !is_git => {
                        return fail("argument 'name' isn’t supported in call to 'fetchTree'".into());
                    }
                    ("name", Attribute::String(text)) => name = Some(text.clone()),
                    ("url", Attribute::String(url)) if is_git => attributes.insert(key, git_url(url).as_str()),
                    _ => attributes.insert(key, attribute),
                }
            }
        }
        Value::Path(path) if is_git => attributes.insert("url", git_url(path.text).as_str()),
        other => {
            let text = ev.force_plain(other)?;
            if !is_git {
                let reference = FlakeRef::parse(text, Reading::STRICT).map_err(invalid)?;
                return Ok(Request { reference, name: "source".into(), is_git });
            }
            attributes.insert("url", git_url(text).as_str());
        }
    }
    if is_git {
        attributes.insert("type", "git");
        let has_submodules = matches!(attributes.get("submodules"), Some(Attribute::Bool(true)));
        if attributes.get("exportIgnore").is_none() && !has_submodules {
            attributes.insert("exportIgnore", Attribute::Bool(true));
        }
    } else if matches!(attributes.get("type"), Some(Attribute::String(kind)) if kind == "git")
        && attributes.get("shallow").is_none()
    {
        attributes.insert("shallow", Attribute::Bool(true));
    }
    let reference = FlakeRef::from_attributes(attributes).map_err(invalid)?;
    Ok(Request { reference, name: name.unwrap_or_else(|| "source".into()), is_git })
}

/// Paths and what ssh takes are URLs too.
fn git_url(text: &str) -> String {
    if text.starts_with('/') {
        return format!("file://{text}");
    }
    match text.split_once(':') {
        Some((host, path)) if !text.contains("://") && !host.contains('/') && !path.is_empty() => {
            format!("ssh://{host}/{}", path.trim_start_matches('/'))
        }
        _ => text.to_string(),
    }
}

fn store_path(name: &str, hash: &Hash) -> Result<StorePath> {
    make_fixed_output_path(name, true, hash, [], false).map_err(path_error)
}

/// Where a reference leads on this machine, whatever is there.
fn local_path(reference: &FlakeRef) -> Option<String> {
    match reference.kind() {
        "path" => reference.get("path").filter(|path| path.starts_with('/')).map(str::to_string),
        _ => {
            let path = reference.get("url")?.strip_prefix("file://")?;
            path.starts_with('/').then(|| path.trim_end_matches('/').to_string())
        }
    }
}

fn fetch<'e>(ev: &Evaluator<'e>, request: &Request) -> Result<Value<'e>> {
    let Request { reference, name, is_git } = request;
    let glue = glue(ev)?;
    let hash = reference.nar_hash();
    if glue.is_pure() && hash.is_none() && reference.get("rev").is_none() {
        let function = if *is_git { "fetchGit" } else { "fetchTree" };
        let shown = reference.display();
        let message = format!("in pure evaluation mode, '{function}' will not fetch unlocked input '{shown}'");
        return Err(Error::new(ErrorKind::Impure, message));
    }
    let local = local_path(reference);
    match (reference.kind(), &local, hash) {
        ("path", Some(path), _) => directory(ev, request, path, hash),
        ("git", Some(path), None)
            if reference.get("rev").is_none()
                && reference.get("ref").is_none()
                && glue.disk.kind(&format!("{path}/.git")).is_ok() =>
        {
            work_tree(ev, request, path)
        }
        (_, _, Some(hash)) => {
            let path = store_path(name, &hash)?;
            glue.add_awaited(path.as_str(), Awaited::Tree(reference.clone(), hash));
            if local.is_some() {
                // Costs no network, and a wrong hash is said where it stands.
                glue.await_source(path.as_str())?;
            }
            known(ev, request, Some((path, hash)))
        }
        ("git", _, None) if reference.get("rev").is_some() || local.is_some() => known(ev, request, None),
        ("tarball" | "file", Some(_), None) => known(ev, request, None),
        _ => {
            let message = format!("'{}' needs the network: it has no hash", reference.display());
            Err(Error::new(ErrorKind::Unavailable, message)
                .help("pin it with 'narHash': nothing is downloaded that has none"))
        }
    }
}

fn later<'e>(ev: &Evaluator<'e>, request: &Request, key: &str) -> Value<'e> {
    let json = request.reference.attributes().to_json().to_string();
    let arguments = [ev.string(json), ev.string(format!("{key}/{}", request.name))];
    Value::Thunk(slot(ev.arena, ev.delayed_call(Value::Builtin(&FACT), &arguments)))
}

fn push_time<'e>(ev: &Evaluator<'e>, set: &mut AttrsBuilder<'e>, time: i64) {
    set.push(ev.symbols.intern("lastModified"), Value::Int(time));
    set.push(ev.symbols.intern("lastModifiedDate"), ev.string(date(time)));
}

fn push_revision<'e>(ev: &Evaluator<'e>, set: &mut AttrsBuilder<'e>, rev: &str) {
    set.push(ev.symbols.intern("rev"), ev.string(rev));
    set.push(ev.symbols.intern("shortRev"), ev.string(rev.get(..7).unwrap_or(rev)));
}

/// What is known from the arguments, and the rest for later.
fn known<'e>(ev: &Evaluator<'e>, request: &Request, locked: Option<(StorePath, Hash)>) -> Result<Value<'e>> {
    let reference = &request.reference;
    let name = |text: &str| ev.symbols.intern(text);
    let mut set = AttrsBuilder::with_capacity(8);
    match &locked {
        Some((path, hash)) => {
            set.push(sym::OUT_PATH, ev.string_with_context(path.as_str(), path.as_str()));
            set.push(name("narHash"), ev.string(hash.to_sri()));
        }
        None => {
            set.push(sym::OUT_PATH, later(ev, request, "outPath"));
            set.push(name("narHash"), later(ev, request, "narHash"));
        }
    }
    let kind = reference.kind();
    if kind == "git" {
        set.push(name("submodules"), Value::Bool(reference.flag("submodules")));
    }
    match reference.get("rev") {
        Some(rev) => push_revision(ev, &mut set, rev),
        None if kind == "git" => {
            set.push(name("rev"), later(ev, request, "rev"));
            set.push(name("shortRev"), later(ev, request, "shortRev"));
        }
        None => {}
    }
    match reference.integer("revCount").and_then(|count| i64::try_from(count).ok()) {
        Some(count) => set.push(name("revCount"), Value::Int(count)),
        // Without its history nobody knows how long it is.
        None if kind == "git" && reference.flag("shallow") && request.is_git => {
            set.push(name("revCount"), Value::Int(0));
        }
        None if kind == "git" && !reference.flag("shallow") => {
            set.push(name("revCount"), later(ev, request, "revCount"));
        }
        None => {}
    }
    match reference.integer("lastModified").and_then(|time| i64::try_from(time).ok()) {
        Some(time) => push_time(ev, &mut set, time),
        None if kind != "file" => {
            set.push(name("lastModified"), later(ev, request, "lastModified"));
            set.push(name("lastModifiedDate"), later(ev, request, "lastModifiedDate"));
        }
        None => {}
    }
    Ok(Value::Attrs(set.finish(ev.arena)))
}

/// `fetched reference key/name`: something that only the source tells, with the name for its store path.
fn fact<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let attributes = serde_json::from_str(ev.force_plain(args[0])?).ok();
    let reference = attributes.and_then(|json| FlakeRef::from_attributes(Attributes::from_json(&json).ok()?).ok());
    let Some(reference) = reference else { return Err(Error::new(ErrorKind::Other, "the reference is none")) };
    let (key, name) = ev.force_plain(args[1])?.split_once('/').unwrap_or_default();
    let glue = glue(ev)?;
    let found = glue.fetch_unlocked(&reference)?;
    let unknown = || {
        let message = format!("'{key}' of '{}' is not known here", reference.display());
        Error::new(ErrorKind::Unavailable, message).help(format!("give '{key}' with the other arguments"))
    };
    let rev = || found.rev.as_deref().ok_or_else(unknown);
    let time = || found.last_modified.ok_or_else(unknown);
    Ok(match key {
        "outPath" => {
            let path = store_path(name, &found.hash)?;
            glue.add_fetched(path.as_str(), &found.root);
            ev.string_with_context(path.as_str(), path.as_str())
        }
        "narHash" => ev.string(found.hash.to_sri()),
        "rev" => ev.string(rev()?),
        "shortRev" => ev.string(rev()?.get(..7).unwrap_or_default()),
        "revCount" => Value::Int(found.revision_count.and_then(|n| i64::try_from(n).ok()).ok_or_else(unknown)?),
        "lastModified" => Value::Int(time()?),
        _ => ev.string(date(time()?)),
    })
}

/// A directory of this machine as it is.
fn directory<'e>(ev: &Evaluator<'e>, request: &Request, path: &str, hash: Option<Hash>) -> Result<Value<'e>> {
    let glue = glue(ev)?;
    let root = canonical_path(&glue.path_from_string(path));
    if hash.is_some() {
        // What has a hash may be read also when evaluation is pure.
        glue.add_tree(SourceTree::on_disk(root.as_str()));
    }
    let (actual, path) = hashed(glue, &root, &request.name)?;
    if let Some(expected) = hash.filter(|expected| *expected != actual) {
        let (shown, expected, actual) = (request.reference.display(), expected.to_sri(), actual.to_sri());
        let message = format!("NAR hash mismatch in input '{shown}', expected '{expected}' but got '{actual}'");
        return Err(Error::new(ErrorKind::Other, message));
    }
    let mut set = AttrsBuilder::with_capacity(4);
    set.push(sym::OUT_PATH, ev.string_with_context(path.as_str(), path.as_str()));
    set.push(ev.symbols.intern("narHash"), ev.string(actual.to_sri()));
    let time = request.reference.integer("lastModified").and_then(|time| i64::try_from(time).ok());
    push_time(ev, &mut set, time.map_or_else(|| glue.last_change(&root), Ok)?);
    Ok(Value::Attrs(set.finish(ev.arena)))
}

/// The hash of a directory, and its store path, below which it can be read.
fn hashed(glue: &Glue, root: &str, name: &str) -> Result<(Hash, StorePath)> {
    let invalid = || Error::new(ErrorKind::Other, "the hash of a source is none");
    let hash = glue.nar_hash_of_tree(root)?;
    let hash = Hash::parse_any(&hash, Some(HashAlgorithm::Sha256)).map_err(|_| invalid())?;
    let path = store_path(name, &hash)?;
    glue.add_copy(path.as_str(), root.to_string(), Default::default());
    Ok((hash, path))
}

/// A git work tree as it is.
fn work_tree<'e>(ev: &Evaluator<'e>, request: &Request, path: &str) -> Result<Value<'e>> {
    let glue = glue(ev)?;
    let root = canonical_path(path);
    glue.add_repository(&root, request.reference.flag("submodules"))?;
    let Some((_, git)) = glue.repository(&root) else {
        return Err(Error::new(ErrorKind::Other, format!("'{root}' is part of a source that is no git repository")));
    };
    let attributes = format!("{root}/.gitattributes");
    if request.reference.flag("exportIgnore")
        && glue.file_kind(&attributes)? == Some(FileKind::Regular)
        && glue.read_file(&attributes)?.windows(13).any(|word| word == b"export-ignore")
    {
        let message = format!("'{root}' leaves out files by 'export-ignore', which is not supported");
        return Err(Error::new(ErrorKind::Unavailable, message).help("'exportIgnore = false' takes all files"));
    }
    let state = glue.git_state(&git)?;
    let name = |text: &str| ev.symbols.intern(text);
    let (hash, store_path) = hashed(glue, &root, &request.name)?;
    let mut set = AttrsBuilder::with_capacity(10);
    set.push(sym::OUT_PATH, ev.string_with_context(store_path.as_str(), store_path.as_str()));
    set.push(name("narHash"), ev.string(hash.to_sri()));
    set.push(name("submodules"), Value::Bool(git.has_submodules()));
    match state.head.filter(|_| !state.is_dirty) {
        Some(head) => {
            push_revision(ev, &mut set, &head.to_string());
            if !git.is_shallow_clone() {
                set.push(name("revCount"), Value::Int(glue.git_number(&git, "revCount")?));
            } else if request.is_git {
                set.push(name("revCount"), Value::Int(0));
            }
        }
        None => {
            glue.log(&format!("warning: Git tree '{root}' is dirty"));
            if request.is_git {
                push_revision(ev, &mut set, &ObjectId::NULL.to_string());
                set.push(name("revCount"), Value::Int(0));
            }
            if let Some(head) = state.head {
                set.push(name("dirtyRev"), ev.string(format!("{head}-dirty")));
                set.push(name("dirtyShortRev"), ev.string(format!("{}-dirty", head.short())));
            }
        }
    }
    push_time(ev, &mut set, glue.git_number(&git, "lastModified")?);
    Ok(Value::Attrs(set.finish(ev.arena)))
}
