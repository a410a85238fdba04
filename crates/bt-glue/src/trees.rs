//! Source trees: directories that programs see as store paths.

use crate::filesystem::FileSystem;
use std::cell::OnceCell;
use std::rc::Rc;

/// A directory, real or part of the program, that evaluation may read. Programs see it under its store path, which is
/// computed (by hashing the tree) only when a program looks at it.
pub struct SourceTree {
    /// Where its files are: an absolute canonical path without a trailing slash.
    pub root: String,
    /// The files, with `root` in front of each path, unless the tree is part of the program.
    pub(crate) embedded: Option<Rc<dyn FileSystem>>,
    /// Its store path as text, once known.
    pub(crate) store_path: OnceCell<String>,
}

impl SourceTree {
    /// A directory on disk.
    pub fn on_disk(root: impl Into<String>) -> Self {
        SourceTree { root: root.into(), embedded: None, store_path: OnceCell::new() }
    }

    /// A directory on disk whose store path is known (its hash is in a lock file, or it is in the store).
    pub fn with_store_path(root: impl Into<String>, store_path: impl Into<String>) -> Self {
        SourceTree { root: root.into(), embedded: None, store_path: OnceCell::from(store_path.into()) }
    }

    /// A tree that is part of the program; its paths in `files` start with a slash. Its store path is `root`.
    pub fn embedded(root: impl Into<String>, files: Rc<dyn FileSystem>) -> Self {
        let root = root.into();
        SourceTree { store_path: OnceCell::from(root.clone()), root, embedded: Some(files) }
    }

    /// The rest of a path in this tree: empty, or starting with a slash.
    pub(crate) fn rest<'p>(&self, path: &'p str) -> Option<&'p str> {
        rest_below(&self.root, path)
    }
}

/// The rest of `path` below `root`: empty, or starting with a slash.
pub(crate) fn rest_below<'p>(root: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(root)?;
    (rest.is_empty() || rest.starts_with('/') || root.is_empty()).then_some(rest)
}
