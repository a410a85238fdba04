//! Store paths of sources, by the hash of their NAR.

use crate::copies::Copy;
use crate::filesystem::FileSystem;
use crate::glue::{Glue, Located};
use crate::trees::SourceTree;
use bt_eval::{Error, ErrorKind, FileKind, World};
use bt_store::nar::{NarError, NarFile, NarKind, NarSource, hash_nar, write_nar};
use bt_store::path::{make_fixed_output_path, validate_name};
use bt_store::{Hash, HashAlgorithm, Hasher};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::rc::Rc;

/// What trees are called in the store.
const TREE_NAME: &str = "source";

/// More copies than this are hashed at once: their numbers have eight digits.
const MAX_COPIES: usize = 99_999_999;

/// What a tree looks like from outside.
struct Look {
    hash: Hash,
    /// When something in it was changed last, in seconds since 1970.
    changed: i64,
}

/// What of a tree goes into the store: a path below it and what it is.
pub(crate) type SourceFilter<'f> = dyn FnMut(&Path, FileKind) -> Result<bool, Error> + 'f;

impl Glue {
    /// As [`Glue::with_files`], for paths of which the end is perhaps no text.
    fn with_bytes<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&dyn FileSystem, &Path) -> io::Result<T>,
    ) -> Result<T, Error> {
        match path.to_str() {
            Some(text) => self.with_files(text, |files, path| work(files, Path::new(path))),
            // Only the disk has such names.
            None => work(self.disk.as_ref(), path).map_err(|error| self.io_error(&path.to_string_lossy(), &error)),
        }
    }
}

impl NarSource for Glue {
    type Error = Error;

    fn kind(&self, path: &Path) -> Result<NarKind, Error> {
        let path = path.to_string_lossy();
        match self.file_kind(&path)? {
            Some(kind) => Ok(nar_kind(kind)),
            None => Err(self.not_there(&path)),
        }
    }

    fn read_file(&self, path: &Path, file: &mut dyn NarFile) -> Result<(), Error> {
        if let Some(text) = path.to_str().and_then(|path| self.text(path)) {
            file.begin(false, text.len() as u64);
            file.piece(&text);
            return Ok(());
        }
        self.with_bytes(path, |files, path| files.archive_bytes(path, file))
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<(OsString, NarKind)>, Error> {
        if let Some(Ok(listing)) = path.to_str().map(|path| self.listing(path)) {
            return Ok(listing.iter().map(|(name, kind)| (name.into(), nar_kind(*kind))).collect());
        }
        let listing = self.with_bytes(path, |files, path| files.list_bytes(path))?;
        Ok(listing.into_iter().map(|(name, kind)| (name, nar_kind(kind))).collect())
    }

    fn read_link(&self, path: &Path) -> Result<OsString, Error> {
        self.with_bytes(path, |files, path| files.read_link_bytes(path))
    }
}

fn nar_kind(kind: FileKind) -> NarKind {
    match kind {
        FileKind::Regular => NarKind::Regular,
        FileKind::Symlink => NarKind::Symlink,
        FileKind::Directory => NarKind::Directory,
        FileKind::Unknown => NarKind::Unknown,
    }
}

fn file_kind(kind: NarKind) -> FileKind {
    match kind {
        NarKind::Regular => FileKind::Regular,
        NarKind::Symlink => FileKind::Symlink,
        NarKind::Directory => FileKind::Directory,
        NarKind::Unknown => FileKind::Unknown,
    }
}

impl Glue {
    /// The hash of the NAR of a path; a filter sees what is below it.
    pub(crate) fn nar_hash(&self, path: &str, filter: &mut SourceFilter<'_>) -> Result<Hash, Error> {
        let mut ask = |path: &Path, kind: &NarKind| filter(path, file_kind(*kind));
        hash_nar(self, Path::new(path), &mut ask, HashAlgorithm::Sha256).map_err(|error| self.nar_error(error))
    }

    /// Passes the NAR of a path on; a filter sees what is below it.
    pub(crate) fn write_nar(
        &self,
        path: &str,
        filter: &mut SourceFilter<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        let mut ask = |path: &Path, kind: &NarKind| filter(path, file_kind(*kind));
        write_nar(self, Path::new(path), &mut ask, sink).map_err(|error| self.nar_error(error))
    }

    fn nar_error(&self, error: NarError<Error>) -> Error {
        match error {
            NarError::Source(error) => error,
            NarError::Unsupported { path } => {
                let shown = self.shown(&path.to_string_lossy());
                let message = format!("file '{shown}' has an unsupported type (socket, pipe or device)");
                Error::new(ErrorKind::Io, message)
            }
            NarError::SizeChanged { path, expected, actual } => {
                let shown = self.shown(&path.to_string_lossy());
                let more = if actual > expected { "at least " } else { "" };
                let message = format!("'{shown}' changed from {expected} to {more}{actual} bytes while it was read");
                Error::new(ErrorKind::Io, message)
            }
            other => Error::new(ErrorKind::Io, other.to_string()),
        }
    }

    /// The hash of the NAR of a path; remembered from run to run.
    pub(crate) fn whole_nar_hash(&self, path: &str) -> Result<Hash, Error> {
        let mut all = |_: &Path, _| Ok(true);
        let look = match &self.environment.tree_hashes {
            Some(_) => self.look_of(path),
            None => None,
        };
        let (Some(look), Some(hashes)) = (look, &self.environment.tree_hashes) else {
            return self.nar_hash(path, &mut all);
        };
        if let Some(hash) = hashes.find(&look.hash) {
            return Ok(hash);
        }
        let hash = self.nar_hash(path, &mut all)?;
        // What changes in the same moment in which it is looked at may look the same afterwards.
        if look.changed < self.environment.now - 2 {
            hashes.add(&look.hash, &hash);
        }
        Ok(hash)
    }

    /// What a directory looks like. `None` for what is quickly read, and where something cannot be told.
    fn look_of(&self, path: &str) -> Option<Look> {
        let (Located::Disk, place) = self.locate(path).ok()? else { return None };
        let root = self.disk.stamp(&place).ok()??;
        if self.file_kind(path).ok()? != Some(FileKind::Directory) {
            return None;
        }
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        let mut changed = i64::MIN;
        let mut pending = vec![(path.to_string(), FileKind::Directory, root)];
        while let Some((path, kind, stamp)) = pending.pop() {
            hasher.update(&(path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            stamp.numbers.iter().for_each(|number| hasher.update(&number.to_le_bytes()));
            changed = changed.max(stamp.changed);
            if kind == FileKind::Directory {
                for (name, kind) in self.listing(&path).ok()?.iter() {
                    let below = format!("{path}/{name}");
                    let (Located::Disk, place) = self.locate(&below).ok()? else { return None };
                    let stamp = self.disk.stamp(&place).ok()??;
                    pending.push((below, *kind, stamp));
                }
            }
        }
        Some(Look { hash: hasher.finish(), changed })
    }

    /// The hash of the NAR of a tree on disk.
    fn tree_nar_hash(&self, tree: &SourceTree) -> Result<Hash, Error> {
        if let Some(hash) = tree.nar_hash.get() {
            return Ok(*hash);
        }
        let hash = self.whole_nar_hash(&tree.root)?;
        Ok(*tree.nar_hash.get_or_init(|| hash))
    }

    /// The hash of the NAR of the tree that a path is in, as `narHash` has it.
    ///
    /// Errors: something in it cannot be read.
    pub fn nar_hash_of_tree(&self, path: &str) -> Result<String, Error> {
        match self.tree_of(path) {
            Some(tree) => self.tree_nar_hash(&tree).map(|hash| hash.to_sri()),
            None => self.whole_nar_hash(path).map(|hash| hash.to_sri()),
        }
    }

    /// When something in a directory was changed last, in seconds since 1970.
    ///
    /// Errors: something in it cannot be read.
    pub fn last_change(&self, path: &str) -> Result<i64, Error> {
        let (mut last, mut pending) = (0, vec![(path.to_string(), FileKind::Directory)]);
        while let Some((path, kind)) = pending.pop() {
            let stamp = self.with_files(&path, |files, path| files.stamp(path))?;
            last = stamp.map_or(last, |stamp| last.max(stamp.numbers[3].cast_signed()));
            if kind == FileKind::Directory {
                pending.extend(self.listing(&path)?.iter().map(|(name, kind)| (format!("{path}/{name}"), *kind)));
            }
        }
        Ok(last)
    }

    /// How many bytes the files in a directory have, or a file; links and directories have none.
    ///
    /// Errors: something in it cannot be read.
    pub fn size_of(&self, path: &str) -> Result<u64, Error> {
        let missing = || Error::new(ErrorKind::Io, format!("path '{}' does not exist", self.shown(path)));
        let kind = self.file_kind(path)?.ok_or_else(missing)?;
        let (mut size, mut pending) = (0, vec![(path.to_string(), kind)]);
        while let Some((path, kind)) = pending.pop() {
            match kind {
                FileKind::Directory => {
                    let entries = self.listing(&path)?;
                    pending.extend(entries.iter().map(|(name, kind)| (format!("{path}/{name}"), *kind)));
                }
                FileKind::Regular => {
                    size += self.with_files(&path, |files, path| match files.stamp(path)? {
                        Some(stamp) => Ok(stamp.numbers[2]),
                        None => Ok(files.read(path)?.len() as u64),
                    })?;
                }
                FileKind::Symlink | FileKind::Unknown => {}
            }
        }
        Ok(size)
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
        let hash = self.tree_nar_hash(tree)?;
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

    /// See [`World::path_for_later`].
    pub(crate) fn path_without_hash<'p>(&self, path: &'p str) -> Option<(String, &'p str)> {
        let tree = self.tree_of(path).filter(|tree| tree.store_path.get().is_none())?;
        let rest = path.strip_prefix(tree.root.as_str())?;
        if tree.source.is_some() {
            return Some((tree.root.clone(), rest));
        }
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
        let hash = self.whole_nar_hash(path)?;
        let copy = make_fixed_output_path(name, true, &hash, [], false).map_err(path_error)?.to_string();
        self.store_paths.borrow_mut().insert(path.to_string(), copy.clone());
        self.sources.borrow_mut().insert(copy.clone(), Copy::whole(path));
        Ok(copy)
    }
}

pub(crate) fn path_error(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Other, error.to_string())
}
