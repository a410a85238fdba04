//! Source trees: directories that programs see as store paths.

use crate::filesystem::FileSystem;
use bt_git::WorkTree;
use bt_store::Hash;
use std::cell::OnceCell;
use std::rc::Rc;

/// A directory, real or part of the program, that evaluation may read. Programs see it under its store path, which is
/// computed (by hashing the tree) only when a program looks at it.
pub struct SourceTree {
    /// Where its files are: an absolute canonical path without a trailing slash.
    pub root: String,
    /// The files, with `root` in front of each path, unless the tree is part of the program.
    pub(crate) embedded: Option<Rc<dyn FileSystem>>,
    /// The git work tree that it is: what git does not track does not exist.
    pub(crate) git: Option<Rc<WorkTree>>,
    /// Where the source is that this tree is a copy of: the store path is then that of the copy.
    pub(crate) source: Option<String>,
    /// The other path of a tree whose store path was not known when someone asked for it: the number of its copy.
    pub(crate) later: OnceCell<usize>,
    /// Whether this is nothing but such a path: the files are those of the tree.
    pub(crate) is_other_path: bool,
    /// The hash of its files, once known.
    pub(crate) nar_hash: OnceCell<Hash>,
    /// Whether its store path was given.
    pub(crate) is_locked: bool,
    /// Its store path as text, once known.
    pub(crate) store_path: OnceCell<String>,
}

impl SourceTree {
    /// A directory on disk.
    pub fn on_disk(root: impl Into<String>) -> Self {
        SourceTree {
            root: root.into(),
            embedded: None,
            git: None,
            source: None,
            later: OnceCell::new(),
            is_other_path: false,
            nar_hash: OnceCell::new(),
            is_locked: false,
            store_path: OnceCell::new(),
        }
    }

    /// A directory on disk whose store path is known (its hash is in a lock file, or it is in the store).
    pub fn with_store_path(root: impl Into<String>, store_path: impl Into<String>) -> Self {
        let store_path = OnceCell::from(store_path.into());
        SourceTree { store_path, is_locked: true, ..SourceTree::on_disk(root) }
    }

    /// A tree that is part of the program; its paths in `files` start with a slash. Its store path is `root`.
    pub fn embedded(root: impl Into<String>, files: Rc<dyn FileSystem>) -> Self {
        let root = root.into();
        SourceTree { embedded: Some(files), ..SourceTree::with_store_path(root.clone(), root) }
    }

    /// A git work tree on disk.
    pub(crate) fn of_git(root: impl Into<String>, git: WorkTree) -> Self {
        SourceTree { git: Some(Rc::new(git)), ..SourceTree::on_disk(root) }
    }

    /// The copy that a source will get in the store, before anyone knows its hash.
    pub(crate) fn copy(number: usize, name: &str, source: &str) -> Self {
        SourceTree { source: Some(source.into()), ..SourceTree::on_disk(format!("{COPY_PREFIX}{number:08}-{name}")) }
    }

    /// The rest of a path in this tree: empty, or starting with a slash.
    pub(crate) fn rest<'p>(&self, path: &'p str) -> Option<&'p str> {
        rest_below(&self.root, path)
    }
}

/// What the paths of copies start with: a store path whose hash is none, because it has letters that no hash has, and a
/// number of eight digits.
const COPY_PREFIX: &str = "/nix/store/eeeeeeeeeeeeeeeeeeeeeeee";

/// The number of the copy that a path is in.
pub(crate) fn copy_number(path: &str) -> Option<usize> {
    path.strip_prefix(COPY_PREFIX)?.get(..8)?.parse().ok()
}

/// The rest of `path` below `root`: empty, or starting with a slash.
pub(crate) fn rest_below<'p>(root: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(root)?;
    (rest.is_empty() || rest.starts_with('/') || root.is_empty()).then_some(rest)
}
