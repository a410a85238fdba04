//! Which configuration file counts, and its text.

use bt_diag::{Diagnostic, SourceFile, SourceMap};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The names that a configuration file may have.
pub const NAMES: [&str; 2] = ["bt-lint.toml", ".bt-lint.toml"];

/// A larger file is no configuration.
const MAX_SIZE: u64 = 1 << 20;

/// The nearest configuration file, from a directory up to the root of its git repository; outside of a repository only in
/// the directory itself, so that what lies above by chance does not count.
///
/// Errors: a directory has two.
pub fn find(directory: &Path) -> Result<Option<PathBuf>, Diagnostic> {
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    let depth = directory.ancestors().position(|above| is_there(&above.join(".git")));
    for above in directory.ancestors().take(depth.unwrap_or(0) + 1) {
        let found: Vec<PathBuf> = NAMES.iter().map(|name| above.join(name)).filter(|path| is_there(path)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(Some(one.clone())),
            _ => {
                let message = format!("both {} and {} are in '{}'", NAMES[0], NAMES[1], above.display());
                return Err(Diagnostic::new(message).with_help("remove one of them, or name one with --config"));
            }
        }
    }
    Ok(None)
}

/// Reads a text file; it may be a pipe when someone named it. `shown` is its name for people.
///
/// Errors: it cannot be read, is a directory, too large, or not UTF-8.
pub fn text(path: &Path, shown: &str, limit: u64, is_named: bool) -> Result<String, Diagnostic> {
    let cannot = |reason: String| Diagnostic::new(format!("cannot read '{shown}': {reason}"));
    let metadata = fs::metadata(path).map_err(|error| cannot(error.to_string()))?;
    if metadata.is_dir() {
        return Err(cannot("it is a directory".into()));
    }
    if !metadata.is_file() && !is_named {
        return Err(cannot("it is not a file".into()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| cannot(error.to_string()))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| cannot(error.to_string()))?;
    if bytes.len() as u64 > limit {
        return Err(cannot(format!("it is larger than {} MiB", limit >> 20)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        cannot(format!("line {line} is not UTF-8"))
    })
}

/// Reads a configuration file, so that errors can show it.
pub(super) fn source(
    path: &Path,
    shown: &str,
    is_named: bool,
    sources: &SourceMap,
) -> Result<Rc<SourceFile>, Diagnostic> {
    let text = text(path, shown, MAX_SIZE, is_named)?;
    let file = sources.add(path.to_string_lossy(), text);
    file.ok_or_else(|| Diagnostic::new(format!("cannot read '{shown}': too much text in one run")))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests are about real files")]
mod tests {
    use super::{find, text};
    use std::fs;

    #[test]
    fn the_nearest_counts_up_to_the_root_of_the_repository() {
        let owner = tempfile::tempdir().unwrap();
        let (root, inner) = (owner.path().join("repo"), owner.path().join("repo/a/b"));
        fs::create_dir_all(&inner).unwrap();
        fs::write(owner.path().join("bt-lint.toml"), "").unwrap();
        fs::write(root.join(".bt-lint.toml"), "").unwrap();
        assert_eq!(find(&inner).unwrap(), None);
        fs::create_dir(root.join(".git")).unwrap();
        assert_eq!(find(&inner).unwrap(), Some(root.join(".bt-lint.toml")));
        fs::write(root.join("a/bt-lint.toml"), "").unwrap();
        assert_eq!(find(&inner).unwrap(), Some(root.join("a/bt-lint.toml")));
        fs::write(root.join("bt-lint.toml"), "").unwrap();
        assert!(find(&root).unwrap_err().message.contains("both bt-lint.toml and .bt-lint.toml"));
    }

    #[test]
    fn what_is_no_text_file_is_told() {
        let owner = tempfile::tempdir().unwrap();
        let error = |path: &std::path::Path| text(path, "x", 10, false).unwrap_err().message;
        assert_eq!(error(owner.path()), "cannot read 'x': it is a directory");
        assert!(error(&owner.path().join("none")).starts_with("cannot read 'x': No such file"));
        let file = owner.path().join("file");
        fs::write(&file, b"a\nb\xff").unwrap();
        assert_eq!(error(&file), "cannot read 'x': line 2 is not UTF-8");
        fs::write(&file, "12345678901").unwrap();
        assert_eq!(error(&file), "cannot read 'x': it is larger than 0 MiB");
        fs::write(&file, "1234567890").unwrap();
        assert_eq!(text(&file, "x", 10, false).unwrap(), "1234567890");
        assert!(cfg!(not(unix)) || error(std::path::Path::new("/dev/null")).ends_with("it is not a file"));
    }
}
