//! The outside, as the evaluator sees it: one trait, so that tests and editors can replace all of it.

use crate::Error;
use std::any::Any;

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A socket, pipe or device.
    Unknown,
}

impl FileKind {
    /// The word that `builtins.readDir` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            FileKind::Regular => "regular",
            FileKind::Directory => "directory",
            FileKind::Symlink => "symlink",
            FileKind::Unknown => "unknown",
        }
    }
}

/// Files, environment, clock and store. Paths are absolute and canonical. Errors carry no span.
pub trait World {
    /// The contents of a file, symbolic links followed.
    fn read_file(&self, path: &str) -> Result<Vec<u8>, Error>;
    /// Passes the contents of a file on in pieces of any length, symbolic links followed.
    fn read_pieces(&self, path: &str, out: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        out(&self.read_file(path)?);
        Ok(())
    }
    /// The names in a directory and what they are, sorted by name.
    fn read_dir(&self, path: &str) -> Result<Vec<(String, FileKind)>, Error>;
    /// What a path is; the last component is not followed when it is a symbolic link. `None` when nothing is there.
    fn file_kind(&self, path: &str) -> Result<Option<FileKind>, Error>;
    /// What a path is, symbolic links followed.
    fn target_kind(&self, path: &str) -> Result<Option<FileKind>, Error>;
    /// Whether evaluation is pure: no environment, no clock, no search path.
    fn is_pure(&self) -> bool;
    /// An environment variable (never asked when pure).
    fn environment(&self, name: &str) -> Option<String>;
    /// Seconds since 1970 (never asked when pure).
    fn current_time(&self) -> i64;
    /// The system of this machine, such as `x86_64-linux`.
    fn current_system(&self) -> String;
    /// The search path as (prefix, path), as given.
    fn search_path(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Where the path of an entry of the search path is; `None` when nothing is there.
    fn search_path_entry(&self, path: &str) -> Result<Option<String>, Error> {
        let path = canonical_path(path);
        Ok(self.target_kind(&path)?.map(|_| path))
    }
    /// A file that the program brings along for `<name>`, such as `<nix/fetchurl.nix>`; also when pure.
    fn find_embedded(&self, _name: &str) -> Option<String> {
        None
    }
    /// The store path that a source gets when it is added to the store; nothing is written.
    fn copy_to_store(&self, path: &str) -> Result<String, Error>;
    /// A path by which the copy of a source can be read before anyone knows its hash: as long as its store path, with
    /// the same name at the end; [`World::path_to_string`] gives the store path. `None` when the copy has to be made at
    /// once.
    ///
    /// Errors: there is no such source, or nobody may read it.
    fn copy_for_later(&self, _path: &str) -> Result<Option<String>, Error> {
        Ok(None)
    }
    /// A path below something that has a store path which nobody knows yet: the path by which that can be read (see
    /// [`World::copy_for_later`]), and what follows in `path`.
    fn path_for_later<'p>(&self, _path: &'p str) -> Option<(String, &'p str)> {
        None
    }
    /// The program that stands for a derivation's `.drv` file when it is imported: its value is the derivation with its
    /// outputs. `None` when the path is none of a derivation.
    fn derivation_as_program(&self, _path: &str) -> Option<String> {
        None
    }
    /// Where a file is, for people, when the path by which the evaluator knows it says something else.
    fn place_of(&self, _path: &str) -> Option<String> {
        None
    }
    /// The text of a path as programs see it: paths of a source tree are shown under its store path.
    fn path_to_string(&self, path: &str) -> Result<String, Error>;
    /// The reverse of [`World::path_to_string`]: where a path that a program made from a string really is.
    fn path_from_string(&self, path: &str) -> String;
    /// The directory that a path is in, as programs see it: that of a source tree is the store.
    fn directory_of(&self, path: &str) -> String {
        parent(path).to_string()
    }
    /// The error about a path at which nothing is.
    fn missing(&self, path: &str) -> Error {
        Error::new(crate::ErrorKind::Io, format!("path '{}' does not exist", self.path_for_message(path)))
    }
    /// A path as messages name it: without places of this machine that say nothing to the reader.
    fn path_for_message(&self, path: &str) -> String {
        path.to_string()
    }
    /// Whether a file belongs to the program itself and may use the private builtins (`__bt`).
    fn is_builtin_source(&self, path: &str) -> bool;
    /// Output of `builtins.trace` and warnings.
    fn log(&self, line: &str);
    /// Makes an output of a derivation, so that it can be read. Whether it is there now; a world that builds nothing says
    /// false.
    ///
    /// Errors: the build failed.
    fn realise(&self, _derivation: &str, _output: &str) -> Result<bool, Error> {
        Ok(false)
    }
    /// For builtins that other layers add.
    fn as_any(&self) -> &dyn Any;
}

/// What comes before the last slash of an absolute canonical path.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(slash) => &path[..slash],
    }
}

/// A path without `.`, `..`, doubled and trailing slashes. `path` must start with a slash.
pub fn canonical_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => out.truncate(out.rfind('/').unwrap_or(0)),
            name => {
                out.push('/');
                out.push_str(name);
            }
        }
    }
    if out.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{canonical_path, parent};

    #[test]
    fn parents() {
        assert_eq!(["/a/b", "/a", "/"].map(parent), ["/a", "/", "/"]);
    }

    #[test]
    fn canonical_paths() {
        assert_eq!(canonical_path("/a//b/./c/../d/"), "/a/b/d");
        assert_eq!(canonical_path("/.."), "/");
        assert_eq!(canonical_path("/"), "/");
    }
}
