//! What commits hold, without a work tree: the trees and files of any commit of a repository.

use crate::config::Config;
use crate::files::Files;
use crate::history::{self, Commit};
use crate::objects::Objects;
use crate::refs;
use crate::repository::Repository;
use crate::{GitError, ObjectId};
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// The commits of a repository, with what they hold.
pub struct Commits {
    files: Rc<dyn Files>,
    common_dir: String,
    git_dir: String,
    is_shallow: bool,
    objects: Objects,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeEntryKind {
    /// A file.
    File {
        /// Whether it may be executed.
        executable: bool,
    },
    /// A symbolic link; its contents are the target.
    Link,
    /// A tree.
    Directory,
    /// A commit of another repository.
    Submodule,
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// A plain name: not empty, without a slash, and none of `.`, `..` and `.git`.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: TreeEntryKind,
    /// The name of its object.
    pub id: ObjectId,
}

impl Commits {
    /// The repository in a directory (absolute, without a slash at its end): one with a work tree and `.git`, or one
    /// without.
    ///
    /// Errors: there is none, or it has a format that is not supported.
    pub fn open(files: Rc<dyn Files>, directory: &str) -> Result<Commits, GitError> {
        let has_work_tree = files.stat(&format!("{directory}/.git")).is_ok_and(|stat| stat.is_some());
        let repository = match has_work_tree {
            true => Repository::open(files.as_ref(), directory)?,
            false => Repository::bare(files.as_ref(), directory)?,
        };
        let objects = Objects::open(&files, &repository.common_dir);
        let is_shallow = repository.is_shallow(files.as_ref());
        let Repository { common_dir, git_dir, .. } = repository;
        Ok(Commits { files, common_dir, git_dir, is_shallow, objects })
    }

    /// The commit that a reference (`HEAD`, `refs/heads/main`) points to; `None` when there is no such reference.
    ///
    /// Errors: references are broken.
    pub fn find(&self, reference: &str) -> Result<Option<ObjectId>, GitError> {
        let Some(mut id) = refs::find(self.files.as_ref(), &self.git_dir, &self.common_dir, reference)? else {
            return Ok(None);
        };
        // A tag may be an object of its own, which names another one.
        for _ in 0..8 {
            let (kind, contents) = self.objects.read(&id)?;
            let target = contents.strip_prefix(b"object ").and_then(|rest| ObjectId::parse(rest.get(..40)?));
            match target.filter(|_| kind == "tag") {
                Some(target) => id = target,
                None => return Ok(Some(id)),
            }
        }
        Ok(Some(id))
    }

    /// Whether an object is there.
    pub fn has(&self, id: &ObjectId) -> bool {
        self.objects.has(id)
    }

    /// The tree of a commit, and when it was made, in seconds since 1970.
    ///
    /// Errors: it is not there, or no commit.
    pub fn commit(&self, id: &ObjectId) -> Result<(ObjectId, i64), GitError> {
        Commit::read(&self.objects, id).map(|commit| (commit.tree, commit.time))
    }

    /// How many commits lead to a commit, itself included.
    ///
    /// Errors: the history was cut off, or cannot be read.
    pub fn revision_count(&self, id: &ObjectId) -> Result<u64, GitError> {
        history::count(&self.objects, *id)
    }

    /// Whether the history was cut off.
    pub fn is_shallow(&self) -> bool {
        self.is_shallow
    }

    /// The entries of a tree, in its order.
    ///
    /// Errors: it is not there or broken, or has names that no file of a source can have.
    pub fn tree(&self, id: &ObjectId) -> Result<Vec<TreeEntry>, GitError> {
        let (kind, contents) = self.objects.read(id)?;
        if kind != "tree" {
            return Err(GitError::new(format!("the git object {id} is not a tree")).help("'git fsck' says more"));
        }
        let mut entries = Vec::new();
        let mut names = FxHashSet::default();
        let mut rest = contents.as_slice();
        while !rest.is_empty() {
            let (entry, length) = entry(rest).ok_or_else(|| refused(id, "is broken"))?;
            let name = entry.name.as_slice();
            if name.is_empty() || matches!(name, b"." | b"..") || name.contains(&b'/') {
                return Err(refused(id, "has a name that leads out of it"));
            }
            if name.eq_ignore_ascii_case(b".git") {
                return Err(refused(id, "has an entry '.git'"));
            }
            if !names.insert(entry.name.clone()) {
                return Err(refused(id, "has two entries of one name"));
            }
            entries.push(entry);
            rest = &rest[length..];
        }
        Ok(entries)
    }

    /// The submodules that a tree names in `.gitmodules`: paths and URLs. Whether they are there, its entries tell.
    ///
    /// Errors: as of [`Commits::tree`].
    pub fn submodules(&self, tree: &ObjectId) -> Result<Vec<(String, String)>, GitError> {
        let entries = self.tree(tree)?;
        let file = entries.iter().find(|e| e.name == b".gitmodules" && matches!(e.kind, TreeEntryKind::File { .. }));
        let Some(file) = file else { return Ok(Vec::new()) };
        let config = Config::parse(&self.blob(&file.id)?);
        let pairs = config.pairs("submodule", "path", "url").into_iter();
        Ok(pairs.map(|(path, url)| (path.to_string(), url.to_string())).collect())
    }

    /// The contents of a file, or the target of a link.
    ///
    /// Errors: it is not there, broken, no file, or too large.
    pub fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, GitError> {
        match self.objects.read(id)? {
            (kind, contents) if kind == "blob" => Ok(contents),
            _ => Err(GitError::new(format!("the git object {id} is not a file")).help("'git fsck' says more")),
        }
    }
}

fn refused(id: &ObjectId, what: &str) -> GitError {
    GitError::new(format!("the git tree {id} {what}")).help("'git fsck' says more")
}

/// The first entry, and how many bytes it has: mode, name, object.
fn entry(bytes: &[u8]) -> Option<(TreeEntry, usize)> {
    let space = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    let mode = u32::from_str_radix(std::str::from_utf8(&bytes[..space]).ok()?, 8).ok()?;
    let end = space + 1 + bytes[space + 1..].iter().position(|byte| *byte == 0)?;
    let id = ObjectId::from_slice(bytes.get(end + 1..end + 21)?)?;
    let kind = match mode & 0o170_000 {
        0o040_000 => TreeEntryKind::Directory,
        0o100_000 => TreeEntryKind::File { executable: mode & 0o100 != 0 },
        0o120_000 => TreeEntryKind::Link,
        0o160_000 => TreeEntryKind::Submodule,
        _ => return None,
    };
    Some((TreeEntry { name: bytes[space + 1..end].to_vec(), kind, id }, end + 21))
}
