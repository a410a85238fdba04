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

    /// Whether sources that others could stand in for are fetched as well.
    fn insists(&self) -> bool;

    /// Fetches a source and verifies it; the path of the tree.
    ///
    /// Errors: message and advice.
    fn fetch(&self, reference: &FlakeRef, hash: &Hash) -> Result<String, (String, Option<String>)>;
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
        if let Some(root) = self.locked_tree(hash) {
            return Ok(root);
        }
        let unavailable = |message: String| Error::new(ErrorKind::Unavailable, format!("{what}: {message}"));
        let root = match self.fetcher.borrow().as_ref().map(|fetcher| fetcher.fetch(reference, hash)) {
            None => return Err(unavailable("nothing is fetched here".into())),
            Some(Err((message, None))) => return Err(unavailable(message)),
            Some(Err((message, Some(help)))) => return Err(unavailable(message).help(help)),
            Some(Ok(root)) => root,
        };
        let store_path = tree_store_path(hash).map_or(root.clone(), |path| path.to_string());
        self.add_tree(SourceTree::with_store_path(root.clone(), store_path));
        Ok(root)
    }
}
