//! `builtins.getFlake`: flakes of this machine, and locked ones from elsewhere; their inputs may be stand-ins.

use super::registries;
use super::session::Embedded;
use bt_eval::builtins::Builtin;
use bt_eval::{Error, ErrorKind, Evaluator, FileKind, Result, Value, World, canonical_path};
use bt_flake::{NixpkgsMode, Request, load};
use bt_flakeref::{FlakeRef, FlakeRefError, Reading};
use bt_glue::{Glue, OsFileSystem, SourceTree, tree_store_path};

pub(super) const TABLE: &[Builtin] = &[Builtin::new("getFlake", 1, 1, get_flake)];

/// Where a flake is.
struct Place {
    /// The root of its source.
    root: String,
    is_repository: bool,
    /// What it is locked to.
    locked: Option<FlakeRef>,
}

/// `getFlake reference`, or `getFlake path`: the flake's outputs and what is known of its source.
fn get_flake<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let Some(glue) = ev.world.as_any().downcast_ref::<Glue>() else {
        return Err(Error::new(ErrorKind::Other, "'builtins.getFlake' needs a file system"));
    };
    let (place, dir) = match args[0] {
        Value::Path(path) => (Place { root: path.text.to_string(), is_repository: false, locked: None }, String::new()),
        other => {
            let reference = reference_of(glue, ev.force_plain(other)?)?;
            let dir = reference.get("dir").unwrap_or_default().to_string();
            (place_of(glue, &reference)?, dir)
        }
    };
    let directory = canonical_path(&format!("{}/{dir}", place.root));
    if !place.is_repository && glue.target_kind(&directory)? != Some(FileKind::Directory) {
        return Err(Error::new(ErrorKind::Io, format!("path '{directory}' is not a directory with a flake")));
    }
    // Of what is no repository and not locked, the flake's directory is all of the source.
    let is_whole = !place.is_repository && place.locked.is_none();
    let tree = if is_whole { directory.clone() } else { place.root };
    let Place { is_repository, locked, .. } = place;
    let nixpkgs = NixpkgsMode::default();
    let request = Request { tree, directory, is_repository, locked, nixpkgs, ..Request::default() };
    let loaded = ev.nested(|| load(ev, glue, &request, &Embedded))?;
    Ok(Value::Attrs(loaded.flake))
}

/// What a text means. Registries are asked when evaluation is impure.
fn reference_of(glue: &Glue, text: &str) -> Result<FlakeRef> {
    let invalid = |error: FlakeRefError| Error::new(ErrorKind::Other, error.message());
    let reference = FlakeRef::parse(text, Reading::STRICT).map_err(invalid)?;
    let is_locked = reference.get("rev").is_some() || reference.get("narHash").is_some();
    if glue.is_pure() && !is_locked {
        let message = format!("cannot call 'getFlake' on unlocked flake reference '{text}' (use --impure to override)");
        return Err(Error::new(ErrorKind::Impure, message).help("make it an input of the flake"));
    }
    if glue.is_pure() {
        return Ok(reference);
    }
    let variable = |name: &str| glue.environment(name);
    registries::resolve(reference, &OsFileSystem, &variable, &crate::output::log).map_err(invalid)
}

fn place_of(glue: &Glue, reference: &FlakeRef) -> Result<Place> {
    let hash = reference.nar_hash();
    if let Some(path) = reference.get("path").filter(|_| reference.kind() == "path") {
        if !path.starts_with('/') {
            let message = format!("cannot fetch input '{}' because it uses a relative path", reference.display());
            return Err(Error::new(ErrorKind::Other, message));
        }
        let root = canonical_path(&glue.path_from_string(path));
        let Some(expected) = hash else { return Ok(Place { root, is_repository: false, locked: None }) };
        // What has a hash may be read also when evaluation is pure.
        glue.add_tree(SourceTree::on_disk(root.as_str()));
        let (shown, expected, actual) = (reference.display(), expected.to_sri(), glue.nar_hash_of_tree(&root)?);
        if actual != expected {
            let message = format!("NAR hash mismatch in input '{shown}', expected '{expected}' but got '{actual}'");
            return Err(Error::new(ErrorKind::Other, message));
        }
        return Ok(Place { root, is_repository: false, locked: Some(reference.clone()) });
    }
    if let Some(hash) = hash {
        let root = glue.fetch_tree(&format!("flake '{}'", reference.display()), reference, &hash)?;
        return Ok(Place { root, is_repository: false, locked: Some(reference.clone()) });
    }
    let local = reference.get("url").and_then(|url| url.strip_prefix("file://")).filter(|_| reference.kind() == "git");
    match local {
        Some(path) if reference.get("rev").is_none() && reference.get("ref").is_none() => {
            Ok(Place { root: canonical_path(path), is_repository: true, locked: None })
        }
        _ if reference.kind() == "git" && (local.is_some() || reference.get("rev").is_some()) => {
            let found = glue.fetch_unlocked(reference)?;
            if let Some(path) = tree_store_path(&found.hash) {
                glue.add_tree(SourceTree::with_store_path(found.root.as_str(), path.to_string()));
            }
            let mut attributes = reference.attributes();
            attributes.insert("narHash", found.hash.to_sri().as_str());
            for (name, number) in [
                ("lastModified", found.last_modified.and_then(|time| u64::try_from(time).ok())),
                ("revCount", found.revision_count),
            ] {
                if let Some(number) = number {
                    attributes.insert(name, bt_flakeref::Attribute::Integer(number));
                }
            }
            if let Some(rev) = &found.rev {
                attributes.insert("rev", rev.as_str());
            }
            let invalid = |error: FlakeRefError| Error::new(ErrorKind::Other, error.message());
            let locked = Some(FlakeRef::from_attributes(attributes).map_err(invalid)?);
            Ok(Place { root: found.root, is_repository: false, locked })
        }
        _ => {
            let message = format!("the flake '{}' is not available here", reference.display());
            Err(Error::new(ErrorKind::Unavailable, message)
                .help("nothing is downloaded that has no hash: add '?narHash=…', or make it an input of the flake"))
        }
    }
}
