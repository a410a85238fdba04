//! `builtins.getFlake`, for flakes that are on this machine; their inputs may be stand-ins.

use super::registries;
use super::session::Embedded;
use bt_eval::builtins::Builtin;
use bt_eval::{Error, ErrorKind, Evaluator, FileKind, Result, Value, World, canonical_path};
use bt_flake::{NixpkgsMode, Request, load};
use bt_flakeref::{FlakeRef, FlakeRefError, Reading};
use bt_glue::{Glue, OsFileSystem};

pub(super) const TABLE: &[Builtin] = &[Builtin::new("getFlake", 1, 1, get_flake)];

/// `getFlake reference`, or `getFlake path`: the flake's outputs and what is known of its source.
fn get_flake<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let Some(glue) = ev.world.as_any().downcast_ref::<Glue>() else {
        return Err(Error::new(ErrorKind::Other, "'builtins.getFlake' needs a file system"));
    };
    let directory = match args[0] {
        Value::Path(path) => path.text.to_string(),
        other => directory_of(glue, ev.force_plain(other)?)?,
    };
    if glue.target_kind(&directory)? != Some(FileKind::Directory) {
        return Err(Error::new(ErrorKind::Io, format!("path '{directory}' is not a directory with a flake")));
    }
    let request = Request { tree: directory.clone(), directory, nixpkgs: NixpkgsMode::default(), ..Request::default() };
    let loaded = ev.nested(|| load(ev, glue, &request, &Embedded))?;
    Ok(Value::Attrs(loaded.flake))
}

/// Where the flake of a reference is.
fn directory_of(glue: &Glue, text: &str) -> Result<String> {
    let invalid = |error: FlakeRefError| Error::new(ErrorKind::Other, error.message());
    let mut reference = FlakeRef::parse(text, Reading::STRICT).map_err(invalid)?;
    let is_locked = reference.get("rev").is_some() || reference.get("narHash").is_some();
    if glue.is_pure() && !is_locked {
        let message = format!("cannot call 'getFlake' on unlocked flake reference '{text}' (use --impure to override)");
        return Err(Error::new(ErrorKind::Impure, message).help("make it an input of the flake"));
    }
    if !glue.is_pure() {
        let variable = |name: &str| glue.environment(name);
        reference = registries::resolve(reference, &OsFileSystem, &variable, &crate::output::log).map_err(invalid)?;
    }
    if let Some(path) = reference.get("path").filter(|_| reference.kind() == "path") {
        if !path.starts_with('/') {
            let message = format!("cannot fetch input '{}' because it uses a relative path", reference.display());
            return Err(Error::new(ErrorKind::Other, message));
        }
        let path = format!("{path}/{}", reference.get("dir").unwrap_or_default());
        return Ok(canonical_path(&glue.path_from_string(&path)));
    }
    Err(Error::new(ErrorKind::Unavailable, format!("the flake '{text}' is not available here"))
        .help("bt-lint downloads nothing while it evaluates; make it an input of the flake"))
}
