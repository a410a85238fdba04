//! Files: which may be changed, and how all of them are, or none.

use super::Changed;
use crate::engine;
use bt_diag::Diagnostic;
use bt_glue::{FileSystem, OsFileSystem};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The path of a file without links, or why it is not changed: it has to be in one of the source trees.
pub(super) fn real_path(place: &str, trees: &[String]) -> Result<String, String> {
    let refuse = |why: &str| Err(format!("{place} is not changed: {why}"));
    let Some(real) = fs::canonicalize(place).ok().and_then(|path| path.into_os_string().into_string().ok()) else {
        return refuse("it cannot be found");
    };
    let is_in = |tree: &str| Path::new(&real).starts_with(tree);
    if is_in("/nix/store") {
        return refuse("it is in the Nix store");
    }
    let cache = engine::cache_directory().and_then(|cache| fs::canonicalize(cache).ok());
    if cache.is_some_and(|cache| Path::new(&real).starts_with(cache)) {
        return refuse("it is in the cache of bt-lint");
    }
    let tree = trees.iter().find(|tree| is_in(tree));
    let Some(tree) = tree else {
        return refuse(&format!("it leads to {real}, which is outside of the flake's source tree"));
    };
    if Path::new(&real).strip_prefix(tree).is_ok_and(|rest| rest.starts_with(".git")) {
        return refuse("it belongs to git");
    }
    Ok(real)
}

/// Writes all files. First new files are made beside all of them, then these take their names; when that fails for one,
/// those that have been replaced get back what they had.
///
/// Errors: a file cannot be written, or is not what it was when it was read.
pub(super) fn write_all(files: &BTreeMap<String, Changed>) -> Result<(), Diagnostic> {
    let mut prepared = Vec::new();
    for (path, file) in files {
        unchanged(path, file)?;
        let new = prepare(Path::new(path), &file.after).map_err(|error| failed(&file.place, &error))?;
        prepared.push((path, file, new));
    }
    // Making the others took time.
    for (path, file, _) in &prepared {
        unchanged(path, file)?;
    }
    let mut done: Vec<(&String, &Changed)> = Vec::new();
    for (path, file, new) in prepared {
        if let Err(error) = new.take_name(Path::new(path)) {
            let mut diagnostic = failed(&file.place, &error);
            for (path, file) in done {
                let back = prepare(Path::new(path), &file.before).and_then(|old| old.take_name(Path::new(path)));
                if let Err(error) = back {
                    diagnostic.message.push_str(&format!("; {} stays changed: {error}", file.place));
                }
            }
            return Err(diagnostic);
        }
        done.push((path, file));
    }
    Ok(())
}

fn failed(place: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(format!("cannot write {place}: {error}")).with_help("no file was changed")
}

fn unchanged(path: &str, file: &Changed) -> Result<(), Diagnostic> {
    let now = OsFileSystem.read(path).map_err(|error| failed(&file.place, &error))?;
    if now == file.before.as_bytes() {
        return Ok(());
    }
    Err(Diagnostic::new(format!("{} was changed while it was checked", file.place))
        .with_help("no file was changed; run bt-lint again"))
}

/// A new file beside another, removed unless it takes that one's name.
struct Prepared(PathBuf);

impl Prepared {
    fn take_name(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.0, path)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove.
        let _ = fs::remove_file(&self.0);
    }
}

/// Writes a text to a new file beside `path`, with the permissions of that one.
fn prepare(path: &Path, text: &str) -> io::Result<Prepared> {
    let metadata = fs::metadata(path)?;
    // A directory would let us replace a file that its owner protects.
    if metadata.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    OpenOptions::new().write(true).open(path)?;
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.bt-lint", std::process::id()));
    let new = path.with_file_name(hidden);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&new)?;
    let prepared = Prepared(new);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Whoever may not give files away owns them already, or loses nothing but the name.
        let _ = fchown(&file, Some(metadata.uid()), Some(metadata.gid()));
    }
    file.set_permissions(metadata.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(prepared)
}
