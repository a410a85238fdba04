//! Locked sources that are not in the store: the hook through which they are found in a cache, or fetched.

use crate::glue::Glue;
use crate::trees::SourceTree;
use bt_eval::{Error, ErrorKind};
use bt_flakeref::FlakeRef;
use bt_store::path::make_fixed_output_path;
use bt_store::{Hash, StorePath};

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
}
