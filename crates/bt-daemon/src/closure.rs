//! What to register: derivations, texts and sources, each under the path that was computed for it.

use crate::error::DaemonError;
use bt_store::path::{ContentMethod, make_content_path, make_source_path, make_text_path};
use bt_store::{Derivation, Hash, HashAlgorithm, StorePath};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A source tree that can be archived.
pub trait Archive {
    /// Passes the NAR of the tree to `sink`, in pieces of any length (`bt_store::nar::write_nar`). Is called once, or twice
    /// when the tree is large.
    ///
    /// Errors: why it cannot be read, in a line.
    fn write(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), String>;
}

impl<F: Fn(&mut dyn FnMut(&[u8])) -> Result<(), String>> Archive for F {
    fn write(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        self(sink)
    }
}

/// What a store object holds.
pub enum Contents<'a> {
    /// A file that is not executable, by its bytes.
    File(Cow<'a, [u8]>),
    /// Any tree.
    Tree(Box<dyn Archive + 'a>),
}

/// A store object that is to be registered.
pub struct Object<'a> {
    /// How its path follows from its contents.
    pub method: ContentMethod,
    /// The hash of its path.
    pub algorithm: HashAlgorithm,
    /// The paths that it refers to, which derivations, texts and trees with a SHA-256 may have.
    pub references: BTreeSet<StorePath>,
    /// What it holds. [`Contents::File`] for flat files and texts.
    pub contents: Contents<'a>,
}

impl<'a> Object<'a> {
    /// The file of a derivation.
    pub fn derivation(derivation: &Derivation) -> Self {
        let references = derivation.input_derivations.keys().chain(&derivation.input_sources).cloned();
        Self::text(derivation.to_aterm(), references.collect())
    }

    /// A text, as `builtins.toFile` makes it.
    pub fn text(contents: impl Into<Cow<'a, [u8]>>, references: BTreeSet<StorePath>) -> Self {
        let contents = Contents::File(contents.into());
        Self { method: ContentMethod::Text, algorithm: HashAlgorithm::Sha256, references, contents }
    }

    /// A file, as `builtins.path { recursive = false; }` makes it.
    pub fn flat(contents: impl Into<Cow<'a, [u8]>>) -> Self {
        let contents = Contents::File(contents.into());
        let references = BTreeSet::new();
        Self { method: ContentMethod::Flat, algorithm: HashAlgorithm::Sha256, references, contents }
    }

    /// A source tree.
    pub fn tree(archive: impl Archive + 'a) -> Self {
        let contents = Contents::Tree(Box::new(archive));
        let references = BTreeSet::new();
        Self { method: ContentMethod::Nar, algorithm: HashAlgorithm::Sha256, references, contents }
    }

    /// The path of an object like this whose contents have a hash.
    pub(crate) fn path(&self, name: &str, hash: &Hash) -> Result<StorePath, String> {
        let path = match self.method {
            ContentMethod::Text => make_text_path(name, hash, &self.references),
            ContentMethod::Nar if self.algorithm == HashAlgorithm::Sha256 => {
                make_source_path(name, hash, &self.references, false)
            }
            _ if !self.references.is_empty() => return Err("what it is cannot have references".into()),
            method => make_content_path(name, method, hash),
        };
        path.map_err(|error| error.to_string())
    }

    /// What the path follows from, as the store writes it: with the hash, or without it for what it will hash itself.
    pub(crate) fn content_address(&self, hash: Option<&Hash>) -> String {
        let (method, algorithm) = (self.method.prefix(), self.algorithm);
        let before = if self.method == ContentMethod::Text { "" } else { "fixed:" };
        match hash {
            Some(hash) => format!("{before}{method}{algorithm}:{}", hash.to_nixbase32()),
            None => format!("{before}{method}{algorithm}"),
        }
    }
}

/// Store objects by path, with all that they refer to unless the store has that.
#[derive(Default)]
pub struct Closure<'a> {
    objects: BTreeMap<StorePath, Object<'a>>,
}

impl<'a> Closure<'a> {
    /// All that `roots` need: `find` is asked for each path once, and answers with nothing for what the store has.
    pub fn collect(
        roots: impl IntoIterator<Item = StorePath>,
        find: &mut dyn FnMut(&StorePath) -> Option<Object<'a>>,
    ) -> Self {
        let mut open: Vec<StorePath> = roots.into_iter().collect();
        let mut seen: BTreeSet<StorePath> = open.iter().cloned().collect();
        let mut closure = Self::default();
        while let Some(path) = open.pop() {
            let Some(object) = find(&path) else { continue };
            open.extend(object.references.iter().filter(|reference| seen.insert((*reference).clone())).cloned());
            closure.insert(path, object);
        }
        closure
    }

    /// Adds an object.
    pub fn insert(&mut self, path: StorePath, object: Object<'a>) {
        self.objects.insert(path, object);
    }

    /// The object of a path.
    pub fn get(&self, path: &StorePath) -> Option<&Object<'a>> {
        self.objects.get(path)
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The paths of all objects, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &StorePath> {
        self.objects.keys()
    }

    /// The paths that no other object refers to. Who has them has all the others.
    pub(crate) fn tops(&self) -> BTreeSet<StorePath> {
        let referred: BTreeSet<&StorePath> = self.objects.values().flat_map(|object| &object.references).collect();
        self.objects.keys().filter(|path| !referred.contains(path)).cloned().collect()
    }

    /// What objects refer to without being among them, with one of those that do.
    pub(crate) fn foreign(&self) -> BTreeMap<StorePath, StorePath> {
        let pairs = self.objects.iter().flat_map(|(path, object)| object.references.iter().map(move |to| (to, path)));
        let foreign = pairs.filter(|(to, _)| !self.objects.contains_key(*to));
        foreign.map(|(to, path)| (to.clone(), path.clone())).collect()
    }

    /// The paths in an order in which each comes after those that it refers to.
    ///
    /// # Errors
    /// [`DaemonError::Cycle`]
    pub(crate) fn in_order(&self) -> Result<Vec<(&StorePath, &Object<'a>)>, DaemonError> {
        /// How far a path is: its references are being ordered, or all is done.
        #[derive(PartialEq)]
        enum State {
            Open,
            Done,
        }
        let mut states: BTreeMap<&StorePath, State> = BTreeMap::new();
        let mut order = Vec::with_capacity(self.objects.len());
        for (start, object) in &self.objects {
            if states.contains_key(start) {
                continue;
            }
            states.insert(start, State::Open);
            let mut open = vec![(start, object, object.references.iter())];
            while let Some((path, object, references)) = open.last_mut() {
                let Some(reference) = references.next() else {
                    states.insert(path, State::Done);
                    order.push((*path, *object));
                    open.pop();
                    continue;
                };
                let Some((reference, object)) = self.objects.get_key_value(reference) else { continue };
                match states.get(reference) {
                    None => {
                        states.insert(reference, State::Open);
                        open.push((reference, object, object.references.iter()));
                    }
                    Some(State::Open) => return Err(DaemonError::Cycle(reference.clone())),
                    Some(State::Done) => {}
                }
            }
        }
        Ok(order)
    }
}
