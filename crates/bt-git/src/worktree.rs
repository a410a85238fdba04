//! A work tree as Nix sees it: what exists, and what it is called.

use crate::config::Config;
use crate::files::{Files, StatKind};
use crate::history::{self, Commit};
use crate::index::{EntryKind, Index, has_checksum};
use crate::objects::Objects;
use crate::repository::Repository;
use crate::status::Checkout;
use crate::{GitError, ObjectId, refs};
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::io;
use std::rc::Rc;

/// Which commit is checked out, and whether the files are those of the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The commit; `None` before the first one.
    pub head: Option<ObjectId>,
    /// Whether a tracked file differs from it, in the index or in the work tree.
    pub is_dirty: bool,
}

/// What is tracked at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracked {
    /// Nothing.
    Nothing,
    /// A file or a link.
    File,
    /// A directory in which a tracked file is.
    Directory,
}

/// Submodules in submodules, at most.
const MAX_NESTED: usize = 16;

/// A git work tree. Everything is read when someone asks for it, and once.
pub struct WorkTree {
    files: Rc<dyn Files>,
    root: String,
    /// How many submodules may be in one another below this one; 0 when submodules do not exist.
    nested: usize,
    opened: OnceCell<Result<Opened, GitError>>,
    state: OnceCell<Result<State, GitError>>,
    submodules: OnceCell<Result<Vec<(String, WorkTree)>, GitError>>,
    directories: RefCell<FxHashMap<String, bool>>,
}

struct Opened {
    repository: Repository,
    index: Index,
    /// Of the index.
    bytes: usize,
    written: (i64, u32),
    objects: Objects,
}

impl WorkTree {
    /// The work tree in a directory (absolute, without a slash at its end) that has a `.git`; with or without the files
    /// of its submodules.
    pub fn new(files: Rc<dyn Files>, root: impl Into<String>, with_submodules: bool) -> Self {
        Self::nested(files, root.into(), if with_submodules { MAX_NESTED } else { 0 })
    }

    fn nested(files: Rc<dyn Files>, root: String, nested: usize) -> Self {
        WorkTree {
            files,
            root,
            nested,
            opened: OnceCell::new(),
            state: OnceCell::new(),
            submodules: OnceCell::new(),
            directories: RefCell::default(),
        }
    }

    /// Whether submodules are part of it.
    pub fn has_submodules(&self) -> bool {
        self.nested > 0
    }

    /// What is tracked at a path below the root, such as `src/main.rs`; whether it is there is another question, but in a
    /// directory something is.
    ///
    /// Errors: the repository cannot be read.
    pub fn tracked(&self, path: &str) -> Result<Tracked, GitError> {
        if path.is_empty() {
            return self.opened().map(|_| Tracked::Directory);
        }
        for (submodule, tree) in self.submodules()? {
            if let Some(rest) = path.strip_prefix(submodule.as_str())
                && (rest.is_empty() || rest.starts_with('/'))
            {
                return tree.tracked(rest.trim_start_matches('/'));
            }
            if submodule.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')) {
                return Ok(Tracked::Directory);
            }
        }
        let index = &self.opened()?.index;
        if let Some((directory, _)) = path.rsplit_once('/')
            && !self.has_directory(directory)?
        {
            return Ok(Tracked::Nothing);
        }
        if index.find(path.as_bytes()).iter().any(|entry| entry.kind != EntryKind::Commit) {
            return Ok(Tracked::File);
        }
        Ok(if self.has_directory(path)? { Tracked::Directory } else { Tracked::Nothing })
    }

    /// Whether a tracked file of a directory is there.
    fn has_directory(&self, directory: &str) -> Result<bool, GitError> {
        if let Some(known) = self.directories.borrow().get(directory) {
            return Ok(*known);
        }
        let index = &self.opened()?.index;
        let files = index.below(directory.as_bytes()).iter().filter(|entry| entry.kind != EntryKind::Commit);
        let is_there = files.clone().next().is_some()
            && self.is_directory(directory)
            && files.filter_map(|entry| std::str::from_utf8(index.name(entry)).ok()).any(|name| {
                let above = name.match_indices('/').map(|(at, _)| &name[..at]);
                let mut above = above.filter(|above| above.len() > directory.len());
                above.all(|above| self.is_directory(above))
                    && self.stat(name).is_some_and(|kind| kind != StatKind::Directory)
            });
        self.directories.borrow_mut().insert(directory.to_string(), is_there);
        Ok(is_there)
    }

    fn stat(&self, path: &str) -> Option<StatKind> {
        self.files.stat(&format!("{}/{path}", self.root)).ok().flatten().map(|stat| stat.kind)
    }

    fn is_directory(&self, path: &str) -> bool {
        self.stat(path) == Some(StatKind::Directory)
    }

    /// Which commit it is; every tracked file is looked at.
    ///
    /// Errors: the repository or a file cannot be read.
    pub fn state(&self) -> Result<State, GitError> {
        self.state.get_or_init(|| self.compare()).clone()
    }

    fn compare(&self) -> Result<State, GitError> {
        let opened = self.opened()?;
        let head = self.head()?;
        let checkout = Checkout {
            files: self.files.as_ref(),
            root: &self.root,
            repository: &opened.repository,
            objects: &opened.objects,
            index: &opened.index,
            written: opened.written,
        };
        let mut is_dirty = checkout.is_dirty(head)?;
        for (_, submodule) in self.submodules()? {
            is_dirty |= submodule.state()?.is_dirty;
        }
        Ok(State { head, is_dirty })
    }

    fn head(&self) -> Result<Option<ObjectId>, GitError> {
        let repository = &self.opened()?.repository;
        refs::head(self.files.as_ref(), &repository.git_dir, &repository.common_dir)
    }

    /// When the commit that is checked out was made, in seconds since 1970; 0 before the first one.
    ///
    /// Errors: the repository cannot be read.
    pub fn last_modified(&self) -> Result<i64, GitError> {
        match self.head()? {
            Some(head) => Commit::read(&self.opened()?.objects, &head).map(|commit| commit.time),
            None => Ok(0),
        }
    }

    /// How many commits lead to the one that is checked out, itself included; 0 before the first one.
    ///
    /// Errors: the repository cannot be read, or the history was cut off.
    pub fn revision_count(&self) -> Result<u64, GitError> {
        let opened = self.opened()?;
        if opened.repository.is_shallow(self.files.as_ref()) {
            return Err(GitError::new("the git repository is shallow, so 'revCount' is not available")
                .help("'git fetch --unshallow' gets the rest of the history"));
        }
        self.head()?.map_or(Ok(0), |head| history::count(&opened.objects, head))
    }

    /// Whether the work tree is one of a shallow clone, which Nix then takes as such: without `revCount`.
    pub fn is_shallow_clone(&self) -> bool {
        self.files.stat(&format!("{}/.git/shallow", self.root)).is_ok_and(|stat| stat.is_some())
    }

    /// How many bytes the index has.
    pub fn index_size(&self) -> Result<usize, GitError> {
        Ok(self.opened()?.bytes)
    }

    fn opened(&self) -> Result<&Opened, GitError> {
        self.opened.get_or_init(|| self.open()).as_ref().map_err(Clone::clone)
    }

    fn open(&self) -> Result<Opened, GitError> {
        let repository = Repository::open(self.files.as_ref(), &self.root)?;
        let path = format!("{}/index", repository.git_dir);
        let failure = |error: io::Error| GitError::new(format!("cannot read the git index: {error}"));
        let written = self.files.stat(&path).map_err(failure)?;
        let (index, bytes) = match written {
            // Before the first 'git add' there is none.
            None => (Index::default(), 0),
            Some(_) => {
                let bytes = self.files.read(&path).map_err(failure)?;
                let index = Index::parse(&bytes)?;
                if bytes.len() <= CHECKED && !has_checksum(&bytes) {
                    return Err(GitError::new("the git index is broken: its checksum is wrong")
                        .help("'git status' says more; 'git reset' makes a new index"));
                }
                (index, bytes.len())
            }
        };
        let objects = Objects::open(&self.files, &repository.common_dir);
        Ok(Opened { repository, index, bytes, written: written.map_or((0, 0), |stat| stat.modified), objects })
    }

    /// The submodules that `.gitmodules` names, by path.
    fn submodules(&self) -> Result<&[(String, WorkTree)], GitError> {
        if self.nested == 0 {
            return Ok(&[]);
        }
        self.submodules.get_or_init(|| self.list_submodules()).as_deref().map_err(Clone::clone)
    }

    fn list_submodules(&self) -> Result<Vec<(String, WorkTree)>, GitError> {
        let text = crate::files::read_if_there(self.files.as_ref(), &format!("{}/.gitmodules", self.root));
        let text = text.map_err(|error| GitError::new(format!("cannot read '.gitmodules': {error}")))?;
        let config = Config::parse(&text.unwrap_or_default());
        let mut submodules = Vec::new();
        for path in config.in_subsections("submodule", "path") {
            let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
            if parts.is_empty() || parts.contains(&"..") {
                return Err(GitError::new(format!("'.gitmodules' names a path outside of the repository: '{path}'")));
            }
            let path = parts.join("/");
            let root = format!("{}/{path}", self.root);
            if self.stat(&format!("{path}/.git")).is_none() {
                return Err(GitError::new(format!("the submodule '{path}' is not checked out"))
                    .help("'git submodule update --init --recursive' checks it out"));
            }
            if self.nested == 1 {
                return Err(GitError::new(format!("too many submodules in one another, the last one is '{path}'")));
            }
            submodules.push((path, WorkTree::nested(Rc::clone(&self.files), root, self.nested - 1)));
        }
        submodules.sort_by(|a, b| a.0.cmp(&b.0));
        submodules.dedup_by(|a, b| a.0 == b.0);
        Ok(submodules)
    }
}

/// A larger index is not checked against its checksum: its structure tells most of what can be wrong, sooner.
const CHECKED: usize = 1 << 20;
