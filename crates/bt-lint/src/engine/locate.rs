//! From what people write to directories on disk.

use bt_diag::Diagnostic;
use bt_eval::{FileKind, canonical_path};
use bt_glue::{FileSystem, OsFileSystem};

/// A flake on disk.
pub(super) struct Located {
    /// The flake's directory: absolute, canonical.
    pub directory: String,
    /// The source tree that it is in: the repository's root, or the flake's directory.
    pub tree: String,
    /// Whether the tree is a git work tree, and was not asked for as a mere directory (`path:`).
    pub is_repository: bool,
}

/// An absolute path of what is given relative to the current directory.
pub(super) fn absolute(path: &str, current_directory: &str) -> String {
    let path = path.strip_prefix("path:").unwrap_or(path);
    if path.starts_with('/') { canonical_path(path) } else { canonical_path(&format!("{current_directory}/{path}")) }
}

/// The directory of a flake, given as a directory or as its flake.nix.
pub(super) fn flake(path: &str, current_directory: &str) -> Result<Located, Diagnostic> {
    let given = absolute(path, current_directory);
    let kind = OsFileSystem.target_kind(&given).map_err(|error| not_readable(path, &given, &error))?;
    let directory = match kind {
        FileKind::Directory => given,
        _ => match given.rsplit_once('/') {
            Some((directory, "flake.nix")) => directory.to_string(),
            _ => {
                return Err(Diagnostic::new(format!("'{path}' is not a flake.nix"))
                    .with_help("bt-lint checks flakes: name a directory with a flake.nix, or the flake.nix itself"));
            }
        },
    };
    let directory = if directory.is_empty() { "/".to_string() } else { directory };
    let directory = resolved(&directory).unwrap_or(directory);
    let file = format!("{directory}/flake.nix");
    match OsFileSystem.target_kind(&file) {
        Ok(FileKind::Regular) => {}
        Ok(_) => return Err(Diagnostic::new(format!("the flake.nix in '{path}' is not a file"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let dangling = OsFileSystem.kind(&file).is_ok();
            let message = if dangling {
                format!("the flake.nix in '{path}' is a symbolic link that points to nothing")
            } else {
                format!("there is no flake.nix in '{path}'")
            };
            return Err(
                Diagnostic::new(message).with_help("name a directory with a flake.nix, or the flake.nix itself")
            );
        }
        Err(error) => return Err(not_readable(path, &file, &error)),
    }
    let root = if path.starts_with("path:") { None } else { repository_root(&directory) };
    let is_repository = root.is_some();
    let tree = root.unwrap_or_else(|| directory.clone());
    Ok(Located { directory, tree, is_repository })
}

fn not_readable(shown: &str, path: &str, error: &std::io::Error) -> Diagnostic {
    if error.kind() != std::io::ErrorKind::NotFound {
        return Diagnostic::new(format!("cannot read '{shown}': {error}"));
    }
    let message = if OsFileSystem.kind(path).is_ok() {
        format!("'{shown}' is a symbolic link that points to nothing")
    } else {
        format!("'{shown}' does not exist")
    };
    Diagnostic::new(message).with_help("name a directory with a flake.nix, or the flake.nix itself")
}

/// A directory with all symbolic links resolved: the same flake is the same files.
fn resolved(directory: &str) -> Option<String> {
    std::fs::canonicalize(directory).ok()?.into_os_string().into_string().ok()
}

/// All of standard input.
pub(super) fn standard_input() -> Result<Vec<u8>, Diagnostic> {
    let mut bytes = Vec::new();
    match std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Diagnostic::new(format!("cannot read standard input: {error}"))),
    }
}

/// The nearest directory at or above that is a git work tree.
fn repository_root(directory: &str) -> Option<String> {
    let mut candidate = directory;
    while !candidate.is_empty() {
        if OsFileSystem.kind(&format!("{candidate}/.git")).is_ok() {
            return Some(candidate.to_string());
        }
        candidate = &candidate[..candidate.rfind('/')?];
    }
    None
}
