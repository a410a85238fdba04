//! From a commit to a directory: what Nix takes of it. Files are as they are in the repository, whatever attributes say of
//! the ends of their lines; submodules are empty directories, or filled by whoever asked for them.

use super::of_git;
use crate::archive::Limits;
use crate::error::{FetchError, FetchErrorKind};
use bt_git::{Commits, ObjectId, TreeEntry, TreeEntryKind};
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// How much is left of the limits.
pub(crate) struct Budget<'a> {
    pub limits: &'a Limits,
    pub bytes: u64,
    pub entries: u64,
    /// Repositories so far, beside the first.
    pub repositories: usize,
}

/// A submodule that a tree has: the path of its directory below the root, and its commit.
pub(crate) type Gitlink = (Vec<u8>, ObjectId);

/// Decides what is left out: the path of a directory, and what is in it.
pub(crate) trait Filter {
    /// The directory is entered; its entries are known.
    fn enter(&mut self, commits: &Commits, path: &[u8], entries: &[TreeEntry]) -> Result<(), FetchError>;
    /// Whether an entry is left out.
    fn leaves_out(&self, path: &[u8], is_directory: bool) -> bool;
    /// The directory is left.
    fn leave(&mut self);
}

struct Checkout<'a, 'b> {
    commits: &'a Commits,
    budget: &'a mut Budget<'b>,
    filter: Option<&'a mut (dyn Filter + 'a)>,
    gitlinks: Vec<Gitlink>,
}

fn limit(message: String) -> FetchError {
    FetchError::new(FetchErrorKind::Limit, message)
}

fn on_disk(name: &[u8]) -> impl Fn(io::Error) -> FetchError {
    let name = String::from_utf8_lossy(name).into_owned();
    move |error| FetchError::cache(format!("cannot write '{name}' of the git repository to disk: {error}"))
}

#[cfg(unix)]
fn os(bytes: &[u8]) -> Result<&OsStr, FetchError> {
    Ok(std::os::unix::ffi::OsStrExt::from_bytes(bytes))
}

#[cfg(not(unix))]
fn os(bytes: &[u8]) -> Result<&OsStr, FetchError> {
    let text = std::str::from_utf8(bytes);
    text.map(OsStr::new).map_err(|_| FetchError::archive("a name in the git repository is not UTF-8"))
}

#[cfg(unix)]
fn link(target: &[u8], path: &Path) -> Result<(), FetchError> {
    std::os::unix::fs::symlink(os(target)?, path).map_err(on_disk(target))
}

#[cfg(not(unix))]
fn link(_: &[u8], path: &Path) -> Result<(), FetchError> {
    Err(FetchError::archive(format!("'{}' is a link, which this system has not", path.display())))
}

/// Writes a tree to an empty directory; the submodules that it names.
///
/// # Errors
/// A tree that is not all there, or has what no source has; a full disk. The directory is then worthless.
pub(crate) fn check_out<'a>(
    commits: &'a Commits,
    tree: &ObjectId,
    directory: &Path,
    budget: &'a mut Budget<'_>,
    filter: Option<&'a mut (dyn Filter + 'a)>,
) -> Result<Vec<Gitlink>, FetchError> {
    let mut checkout = Checkout { commits, budget, filter, gitlinks: Vec::new() };
    checkout.directory(tree, directory, &mut Vec::new(), 0)?;
    Ok(checkout.gitlinks)
}

impl Checkout<'_, '_> {
    fn directory(&mut self, tree: &ObjectId, to: &Path, path: &mut Vec<u8>, depth: usize) -> Result<(), FetchError> {
        let limits = self.budget.limits;
        if depth >= limits.depth {
            return Err(limit(format!("the git tree has more than {} directories inside each other", limits.depth)));
        }
        let entries = self.commits.tree(tree).map_err(of_git)?;
        if let Some(filter) = &mut self.filter {
            filter.enter(self.commits, path, &entries)?;
        }
        let length = path.len();
        for entry in &entries {
            path.truncate(length);
            if length > 0 {
                path.push(b'/');
            }
            path.extend_from_slice(&entry.name);
            if path.len() > limits.path_length {
                return Err(limit(format!("the git tree has a path of more than {} bytes", limits.path_length)));
            }
            let is_directory = matches!(entry.kind, TreeEntryKind::Directory | TreeEntryKind::Submodule);
            if self.filter.as_ref().is_some_and(|filter| filter.leaves_out(path, is_directory)) {
                continue;
            }
            self.budget.entries += 1;
            if self.budget.entries > limits.entries {
                return Err(limit(format!("the git tree has more than {} entries", limits.entries)));
            }
            let to = to.join(os(&entry.name)?);
            match entry.kind {
                TreeEntryKind::Directory => {
                    fs::create_dir(&to).map_err(on_disk(path))?;
                    self.directory(&entry.id, &to, path, depth + 1)?;
                }
                TreeEntryKind::Submodule => {
                    fs::create_dir(&to).map_err(on_disk(path))?;
                    self.gitlinks.push((path.clone(), entry.id));
                }
                TreeEntryKind::File { executable } => {
                    let contents = self.contents(&entry.id)?;
                    let mut options = OpenOptions::new();
                    options.write(true).create_new(true);
                    #[cfg(unix)]
                    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o555 } else { 0o444 });
                    #[cfg(not(unix))]
                    let _ = executable;
                    let mut file = options.open(to).map_err(on_disk(path))?;
                    file.write_all(&contents).map_err(on_disk(path))?;
                }
                TreeEntryKind::Link => {
                    let target = self.contents(&entry.id)?;
                    if target.is_empty() || target.contains(&0) || target.len() > limits.path_length {
                        let shown = String::from_utf8_lossy(path).into_owned();
                        let message = format!("the link '{shown}' has no target that a link can have");
                        return Err(FetchError::new(FetchErrorKind::Repository, message));
                    }
                    link(&target, &to)?;
                }
            }
        }
        path.truncate(length);
        if let Some(filter) = &mut self.filter {
            filter.leave();
        }
        Ok(())
    }

    fn contents(&mut self, id: &ObjectId) -> Result<Vec<u8>, FetchError> {
        let contents = self.commits.blob(id).map_err(of_git)?;
        self.budget.bytes += contents.len() as u64;
        match self.budget.bytes > self.budget.limits.unpacked_size {
            true => Err(limit(format!("the git tree has more than {} bytes", self.budget.limits.unpacked_size))),
            false => Ok(contents),
        }
    }
}
