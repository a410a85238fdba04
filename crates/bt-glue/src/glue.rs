//! The state of a run beside the evaluator's: trees, memos, derivations.

mod world;

use crate::cache::TreeHashes;
use crate::copies::Copy;
use crate::filesystem::{Directory, FileSystem};
use crate::realise::Realiser;
use crate::remote::{Awaited, Fetch, Unlocked};
use crate::trees::{SourceTree, copy_number, rest_below};
use bt_eval::{Error, ErrorKind, FileKind, World as _};
use bt_store::{Derivation, HashModulo, StorePath};
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

/// Looks up an environment variable.
pub type VariableLookup = dyn Fn(&str) -> Option<String>;

/// Environment, clock and log of a run.
pub struct Environment {
    /// Whether evaluation is pure.
    pub pure: bool,
    /// The system of this machine.
    pub system: String,
    /// Environment variables.
    pub variable: Box<VariableLookup>,
    /// Seconds since 1970.
    pub time: i64,
    /// `-I` and `NIX_PATH`, as (prefix, path).
    pub search_path: Vec<(String, String)>,
    /// Where relative paths of the search path start; absolute.
    pub current_directory: String,
    /// Where traces and warnings go.
    pub log: Box<dyn Fn(&str)>,
    /// Hashes of trees of former runs. What changed less than two seconds before `now` is not remembered.
    pub tree_hashes: Option<TreeHashes>,
    /// Seconds since 1970, for nothing else.
    pub now: i64,
}

impl Environment {
    /// A pure environment that logs nothing.
    pub fn pure(system: impl Into<String>) -> Self {
        Environment {
            pure: true,
            system: system.into(),
            variable: Box::new(|_| None),
            time: 0,
            search_path: Vec::new(),
            current_directory: "/".into(),
            log: Box::new(|_| {}),
            tree_hashes: None,
            now: 0,
        }
    }
}

/// A derivation that was made in this run.
pub struct KnownDerivation {
    /// Its name without `.drv`.
    pub name: String,
    /// The derivation with its output paths.
    pub derivation: Derivation,
    /// What takes its build out of the sandbox.
    pub escape: Option<SandboxEscape>,
    pub(crate) hash: HashModulo,
}

/// An attribute that takes the build of a derivation out of the sandbox (Nix manual, "Advanced Attributes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxEscape {
    /// `__noChroot` or `__impure`.
    pub attribute: &'static str,
    /// Where its name stands; 0 when it was defined nowhere.
    pub position: u32,
}

pub(crate) type DirectoryListing = Rc<Vec<(String, FileKind)>>;

/// The evaluator's world; see the crate's documentation.
pub struct Glue {
    pub(crate) disk: Rc<dyn FileSystem>,
    pub(crate) environment: Environment,
    pub(crate) trees: RefCell<Vec<Rc<SourceTree>>>,
    pub(crate) derivations: RefCell<BTreeMap<StorePath, Rc<KnownDerivation>>>,
    /// Texts that `toFile` made, by store path.
    pub(crate) texts: RefCell<FxHashMap<String, Rc<[u8]>>>,
    /// What those of them that refer to other store paths refer to.
    pub(crate) text_references: RefCell<FxHashMap<StorePath, Vec<StorePath>>>,
    /// Store paths of sources by where they are.
    pub(crate) store_paths: RefCell<FxHashMap<String, String>>,
    /// Copies of sources whose hashes may not be known yet, by number.
    pub(crate) copies: RefCell<Vec<Rc<SourceTree>>>,
    /// Their numbers, by where the sources are.
    pub(crate) copy_numbers: RefCell<FxHashMap<String, usize>>,
    /// Where the sources of store paths are that this run would copy to the store.
    pub(crate) sources: RefCell<FxHashMap<String, Copy>>,
    /// Where the entries of the search path are, by what was given; `None` for what is not there.
    search_path_entries: RefCell<FxHashMap<String, Option<String>>>,
    /// Whether a tree is a git work tree.
    pub(crate) has_git: Cell<bool>,
    /// Paths below work trees that are there, that git does not track, and that evaluation asked for: where, and the path
    /// in the work tree.
    pub(crate) untracked: RefCell<BTreeMap<String, String>>,
    listings: RefCell<FxHashMap<String, DirectoryListing>>,
    pub(crate) kinds: RefCell<FxHashMap<String, Option<FileKind>>>,
    /// Why inputs that are not there cannot be had, by the root under which programs see them.
    unavailable: RefCell<Vec<(String, String, String)>>,
    /// Directories on the way to which there is no symbolic link.
    pub(crate) plain_directories: RefCell<FxHashSet<String>>,
    pub(crate) realiser: RefCell<Option<Box<dyn Realiser>>>,
    pub(crate) fetcher: RefCell<Option<Box<dyn Fetch>>>,
    /// What stands in for sources that could not be had, and why if it was tried.
    pub(crate) stand_ins: RefCell<BTreeMap<String, Option<String>>>,
    /// What is fetched when someone reads it, by store path.
    pub(crate) awaited: RefCell<FxHashMap<String, Awaited>>,
    /// What was fetched without a hash, by the attributes of its reference as JSON.
    pub(crate) unlocked: RefCell<FxHashMap<String, Unlocked>>,
}

impl Glue {
    /// A world over a disk.
    pub fn new(disk: Box<dyn FileSystem>, environment: Environment) -> Self {
        Glue {
            disk: disk.into(),
            environment,
            trees: RefCell::default(),
            derivations: RefCell::default(),
            texts: RefCell::default(),
            text_references: RefCell::default(),
            store_paths: RefCell::default(),
            copies: RefCell::default(),
            copy_numbers: RefCell::default(),
            sources: RefCell::default(),
            search_path_entries: RefCell::default(),
            has_git: Cell::new(false),
            untracked: RefCell::default(),
            listings: RefCell::default(),
            kinds: RefCell::default(),
            unavailable: RefCell::default(),
            plain_directories: RefCell::default(),
            realiser: RefCell::default(),
            fetcher: RefCell::default(),
            stand_ins: RefCell::default(),
            awaited: RefCell::default(),
            unlocked: RefCell::default(),
        }
    }

    /// Remembers the hashes of trees for the next run.
    pub fn save_tree_hashes(&self) {
        if let Some(hashes) = &self.environment.tree_hashes {
            hashes.save();
        }
    }

    /// Lets evaluation read a tree.
    pub fn add_tree(&self, tree: SourceTree) -> Rc<SourceTree> {
        let tree = Rc::new(tree);
        let mut trees = self.trees.borrow_mut();
        if let Some(existing) = trees.iter().find(|t| t.root == tree.root) {
            return Rc::clone(existing);
        }
        trees.push(Rc::clone(&tree));
        // Of nested trees the inner one counts.
        trees.sort_by_key(|t| std::cmp::Reverse(t.root.len()));
        tree
    }

    /// Says why the files below a store path cannot be had: message and advice.
    pub fn add_unavailable(&self, root: impl Into<String>, message: impl Into<String>, help: impl Into<String>) {
        self.unavailable.borrow_mut().push((root.into(), message.into(), help.into()));
    }

    /// The derivation of a store path, if this run made it.
    pub fn derivation(&self, path: &str) -> Option<Rc<KnownDerivation>> {
        self.derivations.borrow().get(path).cloned()
    }

    /// The derivations of this run whose builds leave the sandbox, as absolute store paths, sorted.
    pub fn sandbox_escapes(&self) -> Vec<String> {
        let derivations = self.derivations.borrow();
        let escapes = derivations.iter().filter(|(_, known)| known.escape.is_some());
        escapes.map(|(path, _)| path.to_string()).collect()
    }

    /// The derivations of this run that need each derivation directly, as absolute store paths.
    pub fn dependents(&self) -> BTreeMap<String, Vec<String>> {
        let mut dependents: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, known) in self.derivations.borrow().iter() {
            for input in known.derivation.input_derivations.keys() {
                dependents.entry(input.to_string()).or_default().push(path.to_string());
            }
        }
        dependents
    }

    /// How many derivations this run made so far.
    pub fn derivation_count(&self) -> usize {
        self.derivations.borrow().len()
    }

    /// Derivation and output name by output path, of all derivations so far.
    pub fn output_index(&self) -> BTreeMap<String, (String, String)> {
        let derivations = self.derivations.borrow();
        let outputs = derivations.iter().flat_map(|(path, known)| {
            known.derivation.outputs.iter().filter_map(move |(name, output)| {
                Some((output.path.as_ref()?.to_string(), (path.to_string(), name.clone())))
            })
        });
        outputs.collect()
    }

    /// The text that `toFile` made for a store path, or the one of a derivation that this run made.
    pub fn text(&self, path: &str) -> Option<Rc<[u8]>> {
        let text = self.texts.borrow().get(path).cloned();
        // Most files are none: they are not looked for among the derivations.
        let derivation = || if path.ends_with(".drv") { self.derivation(path) } else { None };
        text.or_else(|| Some(derivation()?.derivation.to_aterm().into()))
    }

    /// Remembers what a file of the store holds.
    pub(crate) fn add_contents(&self, path: &str, contents: Vec<u8>) {
        self.texts.borrow_mut().insert(path.to_string(), contents.into());
    }

    fn has_text(&self, path: &str) -> bool {
        self.texts.borrow().contains_key(path) || self.derivations.borrow().contains_key(path)
    }

    /// What stands at a path of the disk, links followed; not limited to source trees. In a git work tree, only what is
    /// tracked.
    pub fn disk_kind(&self, path: &str) -> Option<FileKind> {
        if matches!(self.git_place(path), Ok(Some(_))) {
            return self.target_kind(path).ok().flatten();
        }
        self.disk.target_kind(path).ok()
    }

    /// Whether a path is in a source tree.
    pub fn has_tree(&self, path: &str) -> bool {
        self.tree_of(path).is_some()
    }

    /// The root of the directory on disk that a path is in and that has no hash yet: a flake that is not locked.
    pub fn unlocked_tree(&self, path: &str) -> Option<String> {
        let tree = self.tree_of(path)?;
        let is_unlocked = tree.embedded.is_none() && tree.source.is_none() && !tree.is_locked;
        is_unlocked.then(|| tree.root.clone())
    }

    pub(crate) fn tree_of(&self, path: &str) -> Option<Rc<SourceTree>> {
        if let Some(number) = copy_number(path) {
            return self.copies.borrow().get(number).filter(|copy| copy.rest(path).is_some()).cloned();
        }
        self.trees.borrow().iter().find(|t| t.rest(path).is_some()).cloned()
    }

    /// The file system and the path in it.
    pub(crate) fn locate<'p>(&self, path: &'p str) -> Result<(Located, Cow<'p, str>), Error> {
        self.await_source(path)?;
        if let Some(tree) = self.tree_of(path) {
            return Ok(match (&tree.embedded, tree.rest(path)) {
                (Some(files), Some(rest)) => (Located::Embedded(Rc::clone(files)), rest.into()),
                (None, Some(rest)) if tree.source.is_some() => {
                    let place = tree.source.as_deref().unwrap_or_default().to_string() + rest;
                    return self.locate(&place).map(|(located, path)| (located, path.into_owned().into()));
                }
                _ => (Located::Disk, path.into()),
            });
        }
        if let Some((_, message, help)) =
            self.unavailable.borrow().iter().find(|(root, ..)| rest_below(root, path).is_some())
        {
            return Err(Error::new(ErrorKind::Unavailable, message.clone()).help(help.clone()));
        }
        // A copy is never made: what a program reads below its store path is read from the source.
        match self.source_of_copy(path) {
            Some(Some(source)) => {
                return self.locate(&source).map(|(located, path)| (located, path.into_owned().into()));
            }
            Some(None) => return Ok((Located::Embedded(Rc::new(Directory::default())), path.into())),
            None => {}
        }
        let in_store = rest_below(bt_store::STORE_DIR, path).is_some_and(|rest| !rest.is_empty());
        if self.environment.pure && !in_store {
            let shown = self.shown_from_outside(path);
            let message = format!("access to absolute path '{shown}' is forbidden in pure evaluation mode");
            return Err(Error::new(ErrorKind::Impure, message)
                .help("only files of the flake and of its inputs can be read; '--impure' allows others"));
        }
        Ok((Located::Disk, path.into()))
    }

    /// The names in a directory and what they are, sorted by name; read once.
    pub(crate) fn listing(&self, path: &str) -> Result<DirectoryListing, Error> {
        if let Some(listing) = self.listings.borrow().get(path) {
            return Ok(Rc::clone(listing));
        }
        if let Some(listing) = self.list_copy(path)? {
            let listing = Rc::new(listing);
            self.listings.borrow_mut().insert(path.to_string(), Rc::clone(&listing));
            return Ok(listing);
        }
        if let Some(place) = self.git_place(path)? {
            let listing = Rc::new(self.tracked_listing(path, &place)?);
            self.listings.borrow_mut().insert(path.to_string(), Rc::clone(&listing));
            return Ok(listing);
        }
        let mut listing = match self.with_files(&self.followed_when_pure(path)?, |files, path| files.list(path)) {
            Ok(listing) => listing,
            Err(_) if matches!(self.target_kind(path)?, Some(kind) if kind != FileKind::Directory) => {
                return Err(Error::new(ErrorKind::Io, format!("'{}' is not a directory", self.shown(path))));
            }
            Err(error) => return Err(error),
        };
        listing.sort_by(|a, b| a.0.cmp(&b.0));
        let listing = Rc::new(listing);
        self.listings.borrow_mut().insert(path.to_string(), Rc::clone(&listing));
        Ok(listing)
    }

    /// What a path is by the listing of its directory, if that was read.
    fn listed_kind(&self, path: &str) -> Option<Option<FileKind>> {
        let (directory, name) = path.rsplit_once('/')?;
        let listings = self.listings.borrow();
        let listing = listings.get(directory)?;
        let found = listing.binary_search_by(|(other, _)| other.as_str().cmp(name)).ok();
        Some(found.and_then(|index| listing.get(index)).map(|(_, kind)| *kind))
    }

    pub(crate) fn with_files<T>(
        &self,
        path: &str,
        work: impl FnOnce(&dyn FileSystem, &str) -> io::Result<T>,
    ) -> Result<T, Error> {
        let (located, inner) = self.locate(path)?;
        let result = match &located {
            Located::Disk => work(self.disk.as_ref(), &self.through_links(&inner)?),
            Located::Embedded(files) => work(files.as_ref(), &inner),
        };
        result.map_err(|error| self.io_error(path, &error))
    }

    /// A path for messages: absolute places of this machine do not belong there, a tree's own names do.
    pub(crate) fn shown(&self, path: &str) -> String {
        let rest =
            self.tree_of(path).and_then(|tree| tree.rest(path).map(|rest| rest.trim_start_matches('/').to_string()));
        match rest {
            Some(rest) if rest.is_empty() => ".".into(),
            Some(rest) => rest,
            None => path.to_string(),
        }
    }

    /// A path outside of all trees: seen from the flake when it is near, so that the place of the flake on this machine
    /// stays out of messages.
    pub fn shown_from_outside(&self, path: &str) -> String {
        let trees = self.trees.borrow();
        let roots = trees.iter().filter(|tree| tree.embedded.is_none()).map(|tree| tree.root.as_str());
        for root in roots {
            let shared = root.split('/').zip(path.split('/')).take_while(|(a, b)| a == b).count();
            // The first component is the empty one before the first slash.
            if shared > 1 {
                let up = root.split('/').count() - shared;
                let rest: Vec<&str> = path.split('/').skip(shared).collect();
                return "../".repeat(up) + &rest.join("/");
            }
        }
        path.to_string()
    }

    #[cold]
    pub(crate) fn io_error(&self, path: &str, error: &io::Error) -> Error {
        let shown = self.shown(path);
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                Error::new(ErrorKind::Io, format!("path '{shown}' does not exist"))
            }
            io::ErrorKind::PermissionDenied => {
                Error::new(ErrorKind::Io, format!("cannot read '{shown}': permission denied"))
            }
            io::ErrorKind::IsADirectory => Error::new(ErrorKind::Io, format!("'{shown}' is a directory")),
            _ => Error::new(ErrorKind::Io, format!("cannot read '{shown}': {error}")),
        }
    }
}

/// Where files are.
pub(crate) enum Located {
    Disk,
    Embedded(Rc<dyn FileSystem>),
}

pub(crate) fn missing_is_none(result: io::Result<FileKind>) -> io::Result<Option<FileKind>> {
    match result {
        Ok(kind) => Ok(Some(kind)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e),
    }
}
