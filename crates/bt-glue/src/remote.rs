//! Locked sources that are not in the store: the hook through which they are found in a cache, or fetched.

use crate::copies::Copy;
use crate::glue::Glue;
use crate::trees::SourceTree;
use bt_eval::{Error, ErrorKind};
use bt_flakeref::FlakeRef;
use bt_store::path::make_fixed_output_path;
use bt_store::{Hash, StorePath};

/// What came of a source that has no hash.
#[derive(Debug, Clone)]
pub struct Unlocked {
    /// Where it is.
    pub root: String,
    /// The SHA-256 of its NAR.
    pub hash: Hash,
    /// The commit.
    pub rev: Option<String>,
    /// When that was made, in seconds since 1970.
    pub last_modified: Option<i64>,
    /// How many commits lead to it; `None` when nobody knows.
    pub revision_count: Option<u64>,
}

/// What is fetched when a program reads it.
#[derive(Debug, Clone)]
pub(crate) enum Awaited {
    /// A tree, by the SHA-256 of its NAR.
    Tree(FlakeRef, Hash),
    /// A file at a URL, by the SHA-256 of its contents.
    File(String, Hash),
}

/// Has the trees of locked sources, and gets those that it has not. Trees are known by the SHA-256 of their NAR.
pub trait Fetch {
    /// The path of a tree that is here already, verified when it came.
    fn find(&self, hash: &Hash) -> Option<String>;

    /// Whether a source may and can be fetched.
    fn can_fetch(&self, reference: &FlakeRef) -> bool;

    /// Whether nothing may stand in for what could be fetched.
    fn insists(&self) -> bool;

    /// Fetches a source and verifies it; the path of the tree. When something can stand in for it, nobody waits long for a
    /// server that does not answer.
    ///
    /// Errors: see [`FetchFailure`].
    fn fetch(&self, reference: &FlakeRef, hash: &Hash, has_stand_in: bool) -> Result<String, FetchFailure>;

    /// Fetches a file, whose contents have a SHA-256; its path.
    ///
    /// Errors: see [`FetchFailure`].
    fn fetch_file(&self, url: &str, hash: &Hash) -> Result<String, FetchFailure>;

    /// What has no hash: a commit of a git repository, or what is on this machine.
    ///
    /// Errors: see [`FetchFailure`].
    fn fetch_unlocked(&self, reference: &FlakeRef) -> Result<Unlocked, FetchFailure>;
}

/// Why a source could not be fetched.
#[derive(Debug, Clone)]
pub struct FetchFailure {
    /// What went wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Whether it is only out of reach. What is there and wrong is not: nothing may stand in for it.
    pub is_unreachable: bool,
}

impl FetchFailure {
    /// The same as an error of a program that needs the source. It begins with what the source is.
    pub fn error(self, what: &str) -> Error {
        let error = Error::new(ErrorKind::Unavailable, format!("{what}: {}", self.message));
        match self.help {
            Some(help) => error.help(help),
            None => error,
        }
    }
}

/// The store path of a tree.
pub fn tree_store_path(hash: &Hash) -> Option<StorePath> {
    make_fixed_output_path("source", true, hash, [], false).ok()
}

impl Glue {
    /// From now on locked sources may come from elsewhere than the store.
    pub fn set_fetcher(&self, fetcher: Box<dyn Fetch>) {
        *self.fetcher.borrow_mut() = Some(fetcher);
    }

    /// The root of the tree with a hash: its store path where that is there, else what a cache has.
    pub fn locked_tree(&self, hash: &Hash) -> Option<String> {
        let store_path = tree_store_path(hash)?.to_string();
        let root = match self.disk_kind(&store_path) {
            Some(_) => store_path.clone(),
            None => self.fetcher.borrow().as_ref()?.find(hash)?,
        };
        self.add_tree(SourceTree::with_store_path(root.clone(), store_path));
        Some(root)
    }

    /// Whether a source could be fetched.
    pub fn can_fetch(&self, reference: &FlakeRef) -> bool {
        self.fetcher.borrow().as_ref().is_some_and(|fetcher| fetcher.can_fetch(reference))
    }

    /// Whether a source is fetched even if something could stand in for it.
    pub fn insists_on_fetching(&self) -> bool {
        self.fetcher.borrow().as_ref().is_some_and(|fetcher| fetcher.insists())
    }

    /// The root of the tree of a source, fetched if need be. Errors begin with what it is.
    ///
    /// Errors: it cannot be had, or is not what was locked.
    pub fn fetch_tree(&self, what: &str, reference: &FlakeRef, hash: &Hash) -> Result<String, Error> {
        self.try_fetch(reference, hash, false).map_err(|failure| failure.error(what))
    }

    /// The root of the tree of a source, fetched if need be, or why that is not possible.
    pub fn try_fetch(&self, reference: &FlakeRef, hash: &Hash, has_stand_in: bool) -> Result<String, FetchFailure> {
        if let Some(root) = self.locked_tree(hash) {
            return Ok(root);
        }
        let root = match self.fetcher.borrow().as_ref() {
            Some(fetcher) => fetcher.fetch(reference, hash, has_stand_in)?,
            None => {
                let message = "nothing is fetched here".into();
                return Err(FetchFailure { message, help: None, is_unreachable: true });
            }
        };
        let store_path = tree_store_path(hash).map_or(root.clone(), |path| path.to_string());
        self.add_tree(SourceTree::with_store_path(root.clone(), store_path));
        Ok(root)
    }

    /// Remembers that something stands in for a source, by its name, and why if it was tried to get the source.
    pub fn note_stand_in(&self, name: &str, reason: Option<String>) {
        self.stand_ins.borrow_mut().entry(name.to_string()).or_insert(reason);
    }

    /// What stands in for sources in this run, by name, and why the source could not be fetched if that was tried.
    pub fn stand_ins(&self) -> Vec<(String, Option<String>)> {
        self.stand_ins.borrow().iter().map(|(name, reason)| (name.clone(), reason.clone())).collect()
    }

    /// Lets evaluation read what is below a store path, from the store or else from what is fetched then.
    pub(crate) fn add_awaited(&self, store_path: &str, awaited: Awaited) {
        if !self.sources.borrow().contains_key(store_path) {
            self.awaited.borrow_mut().insert(store_path.to_string(), awaited);
        }
    }

    /// Fetches what a path is below, if that was not done yet.
    ///
    /// Errors: it cannot be had.
    pub(crate) fn await_source(&self, path: &str) -> Result<(), Error> {
        if self.awaited.borrow().is_empty() {
            return Ok(());
        }
        let Some((store_path, _)) = bt_store::path::split_store_prefix(path) else { return Ok(()) };
        let store_path = store_path.as_str();
        let Some(awaited) = self.awaited.borrow_mut().remove(store_path) else { return Ok(()) };
        if self.disk.kind(store_path).is_ok() {
            return Ok(());
        }
        let place = match (self.fetcher.borrow().as_ref(), &awaited) {
            (None, _) => {
                let help = "nothing can be kept without a cache directory; fetch it with nix first";
                let message = "it is not in the Nix store of this machine".to_string();
                Err(FetchFailure { message, help: Some(help.to_string()), is_unreachable: true })
            }
            (Some(fetcher), Awaited::Tree(reference, hash)) => match fetcher.find(hash) {
                Some(root) => Ok(root),
                None => fetcher.fetch(reference, hash, false),
            },
            (Some(fetcher), Awaited::File(url, hash)) => fetcher.fetch_file(url, hash),
        };
        let place = place.map_err(|failure| {
            // The next one who looks hears the same.
            self.awaited.borrow_mut().insert(store_path.to_string(), awaited);
            failure.error(&format!("cannot read '{store_path}'"))
        })?;
        self.add_fetched(store_path, &place);
        Ok(())
    }

    /// Lets evaluation read a tree or file that was fetched.
    pub(crate) fn add_fetched(&self, store_path: &str, place: &str) {
        self.add_tree(SourceTree::with_store_path(place, store_path));
        self.sources.borrow_mut().insert(store_path.to_string(), Copy::whole(place));
        // What was not there before is there now.
        self.kinds.borrow_mut().retain(|known, _| !known.starts_with(store_path));
    }

    /// What has no hash: a commit of a git repository, or what is on this machine.
    ///
    /// Errors: it cannot be had.
    pub fn fetch_unlocked(&self, reference: &FlakeRef) -> Result<Unlocked, Error> {
        let key = reference.attributes().to_json().to_string();
        if let Some(found) = self.unlocked.borrow().get(&key) {
            return Ok(found.clone());
        }
        let found = match self.fetcher.borrow().as_ref() {
            None => return Err(Error::new(ErrorKind::Unavailable, "nothing is fetched here")),
            Some(fetcher) => fetcher
                .fetch_unlocked(reference)
                .map_err(|failure| failure.error(&format!("'{}'", reference.display())))?,
        };
        self.unlocked.borrow_mut().insert(key, found.clone());
        Ok(found)
    }
}
