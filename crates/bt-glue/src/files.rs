//! Store paths of sources, by the hash of their NAR.

use crate::glue::Glue;
use crate::trees::SourceTree;
use bt_eval::{Error, ErrorKind, FileKind, World};
use bt_store::nar::{NarError, NarKind, NarSource, hash_nar};
use bt_store::path::{make_fixed_output_path, validate_name};
use bt_store::{Hash, HashAlgorithm};
use std::ffi::OsString;
use std::path::Path;
use std::rc::Rc;

/// What trees are called in the store.
const TREE_NAME: &str = "source";

/// More copies than this are hashed at once: their numbers have eight digits.
const MAX_COPIES: usize = 99_999_999;

/// What of a tree goes into the store: a path below it and what it is.
pub(crate) type SourceFilter<'f> = dyn FnMut(&str, FileKind) -> Result<bool, Error> + 'f;

fn text(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::new(ErrorKind::Io, "a path is not valid UTF-8"))
}

impl NarSource for Glue {
    type Error = Error;

    fn kind(&self, path: &Path) -> Result<NarKind, Error> {
        let path = text(path)?;
        match self.file_kind(path)? {
            Some(FileKind::Directory) => Ok(NarKind::Directory),
            Some(FileKind::Symlink) => Ok(NarKind::Symlink),
            Some(FileKind::Regular) => {
                if let Some(text) = self.text(path) {
                    return Ok(NarKind::Regular { executable: false, size: text.len() as u64 });
                }
                let (size, executable) = self.with_files(path, |files, path| files.size_and_executable(path))?;
                Ok(NarKind::Regular { executable, size })
            }
            Some(FileKind::Unknown) => Err(Error::new(
                ErrorKind::Io,
                format!("file '{}' has an unsupported type (socket, pipe or device)", self.shown(path)),
            )),
            None => Err(Error::new(ErrorKind::Io, format!("path '{}' does not exist", self.shown(path)))),
        }
    }

    fn read_file(&self, path: &Path, out: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        out(&World::read_file(self, text(path)?)?);
        Ok(())
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<OsString>, Error> {
        Ok(World::read_dir(self, text(path)?)?.into_iter().map(|(name, _)| name.into()).collect())
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        self.with_files(text(path)?, |files, path| files.read_link(path)).map(Into::into)
    }
}

impl Glue {
    /// The hash of the NAR of a path; a filter sees what is below it.
    pub(crate) fn nar_hash(&self, path: &str, filter: Option<&mut SourceFilter<'_>>) -> Result<Hash, Error> {
        let mut filter = filter;
        let mut ask = |path: &Path, kind: &NarKind| match &mut filter {
            None => Ok(true),
            Some(filter) => {
                let kind = match kind {
                    NarKind::Regular { .. } => FileKind::Regular,
                    NarKind::Symlink => FileKind::Symlink,
                    NarKind::Directory => FileKind::Directory,
                };
                filter(text(path)?, kind)
            }
        };
        hash_nar(self, Path::new(path), &mut ask, HashAlgorithm::Sha256).map_err(|error| match error {
            NarError::Source(error) => error,
            other => Error::new(ErrorKind::Io, other.to_string()),
        })
    }

    /// The store path of a tree.
    pub(crate) fn tree_store_path(&self, tree: &SourceTree) -> Result<String, Error> {
        if let Some(path) = tree.store_path.get() {
            return Ok(path.clone());
        }
        if let Some(source) = &tree.source {
            let path = match self.tree_of(source) {
                Some(whole) if tree.is_other_path => self.tree_store_path(&whole)?,
                _ => self.store_path_of_copy(source)?,
            };
            return Ok(tree.store_path.get_or_init(|| path).clone());
        }
        // The repository's own data is no part of the source.
        let git = format!("{}/.git", tree.root);
        let hash = self.nar_hash(&tree.root, Some(&mut |path, _| Ok(path != git)))?;
        let path = make_fixed_output_path(TREE_NAME, true, &hash, [], false).map_err(path_error)?.to_string();
        Ok(tree.store_path.get_or_init(|| path).clone())
    }

    /// The path of a copy of a source whose hash nobody needs yet; see [`World::copy_for_later`].
    pub(crate) fn copy_without_hash(&self, path: &str) -> Result<Option<String>, Error> {
        if let Some(number) = self.copy_numbers.borrow().get(path) {
            return Ok(self.copies.borrow().get(*number).map(|copy| copy.root.clone()));
        }
        // What is known already need not wait; what is not there, or is a link, has to be looked at.
        let is_known = self.store_paths.borrow().contains_key(path);
        let can_wait = |kind| matches!(kind, Some(FileKind::Regular | FileKind::Directory));
        if is_known || self.text(path).is_some() || !can_wait(self.file_kind(path)?) {
            return Ok(None);
        }
        let shown = match self.tree_of(path).filter(|tree| tree.rest(path) == Some("")) {
            // The name of a copy of a whole tree is the name of its store path, with its hash.
            Some(tree) => match tree.store_path.get() {
                Some(store_path) => store_path.clone(),
                None => return Ok(None),
            },
            None => path.to_string(),
        };
        let name = shown.rsplit('/').next().unwrap_or(&shown);
        let mut copies = self.copies.borrow_mut();
        if validate_name(name).is_err() || copies.len() >= MAX_COPIES {
            return Ok(None);
        }
        let copy = SourceTree::copy(copies.len(), name, path);
        self.copy_numbers.borrow_mut().insert(path.to_string(), copies.len());
        let root = copy.root.clone();
        copies.push(Rc::new(copy));
        Ok(Some(root))
    }

    /// The store path of a directory in a source tree, when nobody knows it yet, as a path that stands for the tree's and
    /// what follows; see [`World::copy_for_later`].
    pub fn tree_for_later<'p>(&self, path: &'p str) -> Option<(String, &'p str)> {
        let tree = self.tree_of(path).filter(|tree| tree.source.is_none() && tree.store_path.get().is_none())?;
        let rest = path.strip_prefix(tree.root.as_str())?;
        let number = *tree.later.get_or_init(|| {
            let mut copies = self.copies.borrow_mut();
            let copy = SourceTree { is_other_path: true, ..SourceTree::copy(copies.len(), TREE_NAME, &tree.root) };
            copies.push(Rc::new(copy));
            copies.len() - 1
        });
        Some((self.copies.borrow().get(number)?.root.clone(), rest))
    }

    /// The store path that a source gets when it is copied to the store under its own name.
    pub(crate) fn store_path_of_copy(&self, path: &str) -> Result<String, Error> {
        if let Some(copy) = self.store_paths.borrow().get(path) {
            return Ok(copy.clone());
        }
        let shown = match self.tree_of(path) {
            Some(tree) if tree.rest(path) == Some("") => self.tree_store_path(&tree)?,
            _ => path.to_string(),
        };
        let name = shown.rsplit('/').next().unwrap_or(&shown);
        let hash = self.nar_hash(path, None)?;
        let copy = make_fixed_output_path(name, true, &hash, [], false).map_err(path_error)?.to_string();
        self.store_paths.borrow_mut().insert(path.to_string(), copy.clone());
        self.sources.borrow_mut().insert(copy.clone(), path.to_string());
        Ok(copy)
    }
}

pub(crate) fn path_error(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Other, error.to_string())
}
