//! Git work trees as sources: what git does not track does not exist.

use crate::filesystem::FileSystem;
use crate::glue::{Glue, Located, missing_is_none};
use crate::trees::SourceTree;
use bt_eval::{Error, ErrorKind, FileKind, World as _};
use bt_git::{Files, GitError, Stat, StatKind, State, Tracked, WorkTree};
use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::rc::Rc;

/// The disk as the git crate sees it.
struct GitFiles(Rc<dyn FileSystem>);

impl Files for GitFiles {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.0.read(path)
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.0.read_at(path, offset, length)
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        Ok(self.0.list(path)?.into_iter().map(|(name, _)| name).collect())
    }

    fn stat(&self, path: &str) -> io::Result<Option<Stat>> {
        let stamp = match self.0.stamp(path) {
            Ok(stamp) => stamp,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Some(stamp) = stamp else {
            // Nothing but the kind is known: contents have to be compared.
            let Some(kind) = missing_is_none(self.0.kind(path))? else { return Ok(None) };
            let size = if kind == FileKind::Regular { self.0.read(path)?.len() as u64 } else { 0 };
            let kind = match kind {
                FileKind::Regular => StatKind::File,
                FileKind::Directory => StatKind::Directory,
                FileKind::Symlink => StatKind::Link,
                FileKind::Unknown => StatKind::Other,
            };
            let never = (0, 0);
            return Ok(Some(Stat { kind, executable: false, size, modified: never, changed: never, inode: 0 }));
        };
        let [_, inode, size, modified, modified_ns, changed, changed_ns, mode] = stamp.numbers;
        let time = |seconds: u64, nanoseconds: u64| (seconds.cast_signed(), nanoseconds as u32);
        let kind = match mode & 0o170_000 {
            0o100_000 => StatKind::File,
            0o040_000 => StatKind::Directory,
            0o120_000 => StatKind::Link,
            _ => StatKind::Other,
        };
        Ok(Some(Stat {
            kind,
            executable: mode & 0o100 != 0,
            size,
            modified: time(modified, modified_ns),
            changed: time(changed, changed_ns),
            inode,
        }))
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        self.0.read_link(path)
    }
}

/// A place in a git work tree.
pub(crate) struct GitPlace {
    git: Rc<WorkTree>,
    /// On disk.
    path: String,
    /// Below the root, without a slash before it.
    rest: String,
}

fn error(error: GitError) -> Error {
    let plain = Error::new(ErrorKind::Io, error.message);
    match error.help {
        Some(help) => plain.help(help),
        None => plain,
    }
}

fn joined(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_string() } else { format!("{directory}/{name}") }
}

impl Glue {
    /// Lets evaluation read the tracked files of a git work tree, with or without those of its submodules.
    ///
    /// Errors: the repository cannot be read.
    pub fn add_repository(&self, root: &str, with_submodules: bool) -> Result<Rc<SourceTree>, Error> {
        let files = Rc::new(GitFiles(Rc::clone(&self.disk)));
        let tree = self.add_tree(SourceTree::of_git(root, WorkTree::new(files, root, with_submodules)));
        if let Some(git) = &tree.git {
            self.has_git.set(true);
            git.tracked("").map_err(error)?;
        }
        Ok(tree)
    }

    /// Makes a directory of a git work tree in which nothing is tracked a source of its own, as it is on disk.
    ///
    /// Errors: the repository cannot be read.
    pub fn add_untracked(&self, directory: &str) -> Result<(), Error> {
        if let Some(place) = self.git_place(directory)?
            && !place.rest.is_empty()
            && place.git.tracked(&place.rest).map_err(error)? == Tracked::Nothing
            && self.disk.target_kind(&place.path).is_ok_and(|kind| kind == FileKind::Directory)
        {
            self.add_tree(SourceTree::on_disk(place.path));
        }
        Ok(())
    }

    /// The git work tree that a path is in: its root, and what is known of it.
    pub fn repository(&self, path: &str) -> Option<(String, Rc<WorkTree>)> {
        let tree = self.tree_of(path)?;
        Some((tree.root.clone(), Rc::clone(tree.git.as_ref()?)))
    }

    /// Which commit a work tree is at.
    ///
    /// Errors: the repository cannot be read.
    pub fn git_state(&self, git: &WorkTree) -> Result<State, Error> {
        git.state().map_err(error)
    }

    /// An attribute of the source of a work tree that is no text: `lastModified` or `revCount`.
    ///
    /// Errors: the repository cannot be read.
    pub fn git_number(&self, git: &WorkTree, name: &str) -> Result<i64, Error> {
        match name {
            "revCount" => git.revision_count().map(|count| i64::try_from(count).unwrap_or(i64::MAX)).map_err(error),
            _ => git.last_modified().map_err(error),
        }
    }

    /// Paths in work trees that evaluation asked for, that are there, and that git does not track: on disk, and below the
    /// root of their tree. Sorted.
    pub fn untracked(&self) -> Vec<(String, String)> {
        self.untracked.borrow().iter().map(|(path, rest)| (path.clone(), rest.clone())).collect()
    }

    /// Where a path is in a git work tree, if it is in one.
    pub(crate) fn git_place(&self, path: &str) -> Result<Option<GitPlace>, Error> {
        if !self.has_git.get() {
            return Ok(None);
        }
        let (located, place) = self.locate(path)?;
        let tree = match located {
            Located::Disk => self.tree_of(&place),
            Located::Embedded(_) => None,
        };
        let Some(tree) = tree else { return Ok(None) };
        let (Some(git), Some(rest)) = (&tree.git, tree.rest(&place)) else { return Ok(None) };
        let rest = rest.trim_start_matches('/').to_string();
        Ok(Some(GitPlace { git: Rc::clone(git), path: place.into_owned(), rest }))
    }

    /// What a path of a work tree is; the last component not followed.
    pub(crate) fn tracked_kind(&self, path: &str, place: &GitPlace) -> Result<Option<FileKind>, Error> {
        let kind = missing_is_none(self.disk.kind(&place.path)).map_err(|error| self.io_error(path, &error))?;
        let Some(kind) = kind else { return Ok(None) };
        if is_visible(&place.git, &place.rest, kind)? {
            return Ok(Some(kind));
        }
        if let Some(real) = self.behind_links(path, place)? {
            return self.file_kind(&real);
        }
        self.untracked.borrow_mut().insert(place.path.clone(), place.rest.clone());
        Ok(None)
    }

    /// The path without the links among the directories above it, if there are any.
    fn behind_links(&self, path: &str, place: &GitPlace) -> Result<Option<String>, Error> {
        let root_length = place.path.len() - place.rest.len();
        for (end, _) in place.rest.match_indices('/') {
            let above = &place.rest[..end];
            match place.git.tracked(above).map_err(error)? {
                Tracked::Directory => {}
                Tracked::Nothing => return Ok(None),
                Tracked::File => {
                    let is_link =
                        self.disk.kind(&place.path[..root_length + end]).is_ok_and(|k| k == FileKind::Symlink);
                    let parts = path.rsplit_once('/').filter(|_| is_link);
                    let Some((parent, name)) = parts else { return Ok(None) };
                    let real = format!("{}/{name}", self.without_links(parent)?);
                    return Ok((real != path).then_some(real));
                }
            }
        }
        Ok(None)
    }

    /// What is in a directory of a work tree, sorted by name.
    pub(crate) fn tracked_listing(&self, path: &str, place: &GitPlace) -> Result<Vec<(String, FileKind)>, Error> {
        match self.file_kind(path)? {
            Some(FileKind::Directory) => {}
            Some(FileKind::Symlink) => return self.listing(&self.without_links(path)?).map(|listing| listing.to_vec()),
            Some(_) => return Err(Error::new(ErrorKind::Io, format!("'{}' is not a directory", self.shown(path)))),
            None => return Err(self.not_there(path)),
        }
        if let Some(real) = self.behind_links(path, place)? {
            return self.listing(&real).map(|listing| listing.to_vec());
        }
        let entries = self.disk.list_bytes(Path::new(&place.path)).map_err(|error| self.io_error(path, &error))?;
        let mut listing = Vec::with_capacity(entries.len());
        for (name, kind) in entries {
            // Names that are no text are those of files that nobody asked git to track, as a rule.
            let Ok(name) = name.into_string() else { continue };
            if is_visible(&place.git, &joined(&place.rest, &name), kind)? {
                listing.push((name, kind));
            }
        }
        listing.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(listing)
    }

    /// The path whose contents are those of a path, which in a work tree have to be tracked.
    pub(crate) fn tracked_target<'p>(&self, path: &'p str) -> Result<Cow<'p, str>, Error> {
        if self.git_place(path)?.is_none() {
            return Ok(path.into());
        }
        let real = self.without_links(path)?;
        match self.file_kind(&real)? {
            Some(_) => Ok(real.into()),
            None => Err(self.not_there(&real)),
        }
    }

    pub(crate) fn not_there(&self, path: &str) -> Error {
        let untracked =
            self.git_place(path).ok().flatten().filter(|place| self.untracked.borrow().contains_key(&place.path));
        let Some(place) = untracked else {
            return Error::new(ErrorKind::Io, format!("path '{}' does not exist", self.shown(path)));
        };
        let message = format!("path '{}' exists, but git does not track it, so it does not exist for Nix", place.rest);
        Error::new(ErrorKind::Io, message).help(format!("run 'git add -N {}'", place.rest))
    }
}

/// Whether something in a work tree is tracked as what it is.
fn is_visible(git: &WorkTree, rest: &str, kind: FileKind) -> Result<bool, Error> {
    Ok(match git.tracked(rest).map_err(error)? {
        Tracked::Nothing => false,
        Tracked::File => matches!(kind, FileKind::Regular | FileKind::Symlink),
        Tracked::Directory => kind == FileKind::Directory,
    })
}
