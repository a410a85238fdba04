//! Which inputs a flake has, from flake.nix and the lock file (Nix manual, "nix flake", "Flake inputs"). What an input is
//! is said by, in this order: the command line, the flakes that use the flake, its own flake.nix. The lock file counts
//! where it was made for what is said.

use crate::declared::{Declared, declared_inputs};
use crate::graph::{Edge, Graph, Lock, Source, info, read_flake};
use crate::load::Override;
use crate::lock::{LockFile, LockInput};
use bt_diag::Span;
use bt_eval::{Error, ErrorKind, FileKind, Result, canonical_path};
use bt_flakeref::FlakeRef;
use bt_glue::SourceTree;

/// A node of a lock file: which lock, and the key.
type Key = (usize, String);

/// What flakes say about the inputs of an input, the outermost first: the flake that says it, where paths and `follows`
/// start, and its declarations.
type Sayings = Vec<(usize, Vec<Declared>)>;

/// Inputs of inputs of …: more than this is a mistake.
const MAX_DEPTH: usize = 100;

/// An input that is being resolved.
struct Place {
    /// The inputs on the way to it from the root.
    path: Vec<String>,
    /// What a lock file has for it, or for what it was before.
    key: Option<Key>,
    /// What is said about its own inputs.
    sayings: Sayings,
    /// Whether the lock file alone says that it is an input.
    is_from_lock: bool,
    /// Whether Nix would look at it, too.
    counts: bool,
}

/// What is said about the inputs of an input.
fn sayings_below(sayings: &Sayings, name: &str) -> Sayings {
    let below = |(from, all): &(usize, Vec<Declared>)| {
        let declared = all.iter().find(|d| d.name == name)?;
        Some((*from, declared.inputs.clone())).filter(|(_, inputs)| !inputs.is_empty())
    };
    sayings.iter().filter_map(below).collect()
}

/// The outermost word about an input, and whose it is.
fn said<'s>(sayings: &'s Sayings, name: &str) -> Option<(usize, &'s Declared)> {
    let says = |d: &&Declared| d.name == name && (d.follows.is_some() || d.reference.is_some());
    sayings.iter().find_map(|(from, all)| Some((*from, all.iter().find(says)?)))
}

impl Graph<'_, '_> {
    /// The inputs of the root, and all below them.
    pub(crate) fn resolve_all(&mut self, root: usize, directory: &str, declared: &[Declared]) -> Result<()> {
        let key = self.locks.first().map(|lock| (0, lock.file.root.clone()));
        let place = Place { path: Vec::new(), key, sayings: Vec::new(), is_from_lock: false, counts: true };
        self.directories.push(directory.to_string());
        self.flake_inputs(root, declared, &place, true)
    }

    /// The inputs of a flake whose flake.nix is at hand, without those that are known.
    fn flake_inputs(&mut self, index: usize, own: &[Declared], place: &Place, counts: bool) -> Result<()> {
        self.nodes[index].knows_inputs = true;
        for declared in own {
            if self.nodes[index].edges.contains_key(&declared.name) {
                continue;
            }
            let mut sayings = sayings_below(&place.sayings, &declared.name);
            if !declared.inputs.is_empty() {
                sayings.push((index, declared.inputs.clone()));
            }
            let (from, mut word) = match said(&place.sayings, &declared.name) {
                Some((from, word)) => (from, word.clone()),
                None => (index, declared.clone()),
            };
            // Whether it is a flake is not for others to say.
            word.is_flake = declared.is_flake;
            word.span = declared.span;
            let key = place.key.as_ref().and_then(|(lock, key)| match self.lock_input(*lock, key, &declared.name) {
                Some(LockInput::Key(target)) => Some((*lock, target)),
                _ => None,
            });
            let mut path = place.path.clone();
            path.push(declared.name.clone());
            let edge = self.edge(&word, from, Place { path, key, sayings, is_from_lock: false, counts })?;
            self.nodes[index].edges.insert(declared.name.clone(), edge);
        }
        Ok(())
    }

    /// The inputs of a flake that only the lock file knows.
    fn locked_inputs(&mut self, index: usize, place: &Place) -> Result<()> {
        self.nodes[index].knows_inputs = true;
        let Some((lock, key)) = place.key.clone() else { return Ok(()) };
        let inputs = self.locks[lock].file.nodes.get(&key).map(|node| node.inputs.clone()).unwrap_or_default();
        for (name, input) in inputs {
            let mut path = place.path.clone();
            path.push(name.clone());
            let sayings = sayings_below(&place.sayings, &name);
            let target = match &input {
                LockInput::Key(target) => Some((lock, target.clone())),
                LockInput::Follows(_) => None,
            };
            let below = Place { path, key: target, sayings, is_from_lock: true, counts: place.counts };
            let edge = match (said(&place.sayings, &name), input) {
                (Some((from, word)), _) => self.edge(&word.clone(), from, below)?,
                (None, LockInput::Follows(path)) => {
                    let span = self.locks[lock].file.span_of_input(&key, &name);
                    Edge::Follows { from: self.locks[lock].root, path, span, of: below.path, counts: true }
                }
                (None, LockInput::Key(target)) => {
                    let node = self.locks[lock].file.nodes.get(&target);
                    let original = node.and_then(|node| node.original.clone());
                    let is_flake = node.is_none_or(|node| node.is_flake);
                    let word = Declared { reference: original, is_flake, ..Declared::named(&name) };
                    self.edge(&word, index, below)?
                }
            };
            self.nodes[index].edges.insert(name, edge);
        }
        Ok(())
    }

    fn lock_input(&self, lock: usize, key: &str, name: &str) -> Option<LockInput> {
        self.locks.get(lock)?.file.nodes.get(key)?.inputs.get(name).cloned()
    }

    /// Where an input leads; paths and `follows` start from the flake `from`.
    fn edge(&mut self, word: &Declared, from: usize, place: Place) -> Result<Edge> {
        if place.path.len() > MAX_DEPTH {
            let message = format!("inputs are nested too deeply: '{}/…'", place.path[..5].join("/"));
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let name = place.path.join("/");
        if let Some(replaced) = self.request.override_of(&name).cloned() {
            self.used_overrides.push(name);
            let index = self.overridden(&replaced, word, place)?;
            self.references.entry(index).or_insert_with(|| (word.target(), None));
            return Ok(Edge::Node(index));
        }
        if let Some(path) = &word.follows {
            return Ok(Edge::Follows {
                from,
                path: path.clone(),
                span: word.span,
                of: place.path,
                counts: place.counts,
            });
        }
        let (ev, target) = (self.ev, word.target());
        let key = place.key.clone().filter(|key| self.fits(key, &target, from));
        let index = ev.nested(|| self.node(word, from, place))?;
        let locked = key.and_then(|(lock, key)| self.locks[lock].file.nodes.get(&key)?.locked.clone());
        let node = &mut self.nodes[index];
        if let Some(path) = locked.as_ref().and_then(FlakeRef::relative_path)
            && !matches!(node.source, Source::Unavailable(..))
            && node.below.is_none()
        {
            let dir = target.get("dir").map(|dir| format!("/{dir}")).unwrap_or_default();
            node.below = Some((from, format!("{path}{dir}")));
        }
        self.references.entry(index).or_insert((target, locked));
        Ok(Edge::Node(index))
    }

    /// Whether only the lock file decides about a node and what is below.
    fn is_plain(&self, place: &Place) -> bool {
        let path = format!("{}/", place.path.join("/"));
        place.sayings.is_empty() && !self.request.overrides.iter().any(|other| other.input.starts_with(&path))
    }

    /// Whether what a lock file has for an input is what is said now; relative paths start from the flake `from`.
    fn fits(&self, (lock, key): &Key, target: &FlakeRef, from: usize) -> bool {
        let lock = &self.locks[*lock];
        let Some(node) = lock.file.nodes.get(key).filter(|node| node.is_for(target)) else { return false };
        // Nix before 2.26 did not write the parent.
        let is_below = |parent: &Vec<String>| [&lock.path[..], parent].concat() == self.nodes[from].path;
        target.relative_path().is_none() || node.parent.as_ref().is_some_and(is_below)
    }

    fn node(&mut self, word: &Declared, from: usize, place: Place) -> Result<usize> {
        let target = word.target();
        let locked = place.key.clone().filter(|key| self.fits(key, &target, from));
        if let Some(index) = locked.as_ref().filter(|_| self.is_plain(&place)).and_then(|key| self.by_key.get(key)) {
            return Ok(*index);
        }
        let mut directory = None;
        if let Some(path) = target.get("path").filter(|_| target.kind() == "path") {
            let path = match (&self.nodes[from].source, path.starts_with('/')) {
                (_, true) => path.to_string(),
                (Source::Directory(base), false) => format!("{base}/{path}"),
                (Source::Remote(_, reference, _), false) => {
                    let reference = reference.clone();
                    return self.below_remote(from, &reference, path, word, place, locked);
                }
                (Source::Unavailable(..), false) => {
                    let reason = "the flake that it belongs to is not available";
                    return Ok(self.unavailable(&word.name, &target.display(), reason));
                }
            };
            let found = canonical_path(&format!("{path}/{}", target.get("dir").unwrap_or_default()));
            if target.relative_path().is_some() || locked.is_none() {
                return self.directory_node(&found, word, &target, place, locked);
            }
            // What is in the store is what was locked.
            directory = Some(found);
        }
        let Some(locked) = locked else {
            return Ok(self.unlocked(word, &target, place.key));
        };
        let node = self.locks[locked.0].file.nodes.get(&locked.1);
        let reference = node.and_then(|node| node.locked.clone()).unwrap_or_default();
        let is_flake = node.is_none_or(|node| node.is_flake);
        let source = self.locate(&word.name, &reference);
        if let (Source::Unavailable(..), Some(directory)) = (&source, directory)
            && self.glue.disk_kind(&directory).is_some()
        {
            return self.directory_node(&directory, word, &target, place, Some(locked));
        }
        let index = self.push(source, is_flake, info(&reference));
        self.nodes[index].path.clone_from(&place.path);
        if self.is_plain(&place) {
            self.by_key.insert(locked, index);
        }
        self.locked_inputs(index, &place).map(|()| index)
    }

    /// A flake in a directory of a source that is fetched when it is used.
    fn below_remote(
        &mut self,
        above: usize,
        reference: &FlakeRef,
        path: &str,
        word: &Declared,
        place: Place,
        locked: Option<Key>,
    ) -> Result<usize> {
        let path = format!("{}/{path}", reference.get("dir").unwrap_or_default());
        let mut names: Vec<&str> = Vec::new();
        for name in path.split('/').filter(|name| !matches!(*name, "" | ".")) {
            if name != ".." {
                names.push(name);
            } else if names.pop().is_none() {
                let reason = "its path leads out of the source that it belongs to";
                return Ok(self.unavailable(&word.name, &word.target().display(), reason));
            }
        }
        let node = locked.as_ref().and_then(|(lock, key)| self.locks[*lock].file.nodes.get(key));
        let is_flake = node.map_or(word.is_flake, |node| node.is_flake);
        let source = Source::Remote(word.name.clone(), reference.clone().with_dir(&names.join("/")), None);
        let info = self.nodes[above].info.clone();
        let index = self.push(source, is_flake, info);
        self.nodes[index].path.clone_from(&place.path);
        if let Some(key) = locked.filter(|_| self.is_plain(&place)) {
            self.by_key.insert(key, index);
        }
        self.locked_inputs(index, &place).map(|()| index)
    }

    /// An input that no lock file knows as it is declared.
    fn unlocked(&mut self, word: &Declared, target: &FlakeRef, stale: Option<Key>) -> usize {
        let source = match self.locate(&word.name, target) {
            Source::Unavailable(_, _) => {
                let (name, shown) = (&word.name, target.display());
                let locked = stale.and_then(|(lock, key)| self.locks[lock].file.nodes.get(&key)?.original.clone());
                let message = match locked {
                    Some(locked) => {
                        format!("flake.lock has '{}' for the input '{name}', not '{shown}'", locked.display())
                    }
                    None => format!("input '{name}' ({shown}) is not in flake.lock"),
                };
                let help = format!("run 'nix flake lock', or give a directory with '--override-input {name} PATH'");
                Source::Unavailable(message, help)
            }
            found => found,
        };
        self.push(source, word.is_flake, std::collections::BTreeMap::new())
    }

    /// A flake in a directory: of the flake itself, or given on the command line. What it needs is said by the lock file
    /// if that is `locked`, and by its flake.nix.
    fn directory_node(
        &mut self,
        directory: &str,
        word: &Declared,
        reference: &FlakeRef,
        mut place: Place,
        locked: Option<Key>,
    ) -> Result<usize> {
        let name = &word.name;
        let node = locked.as_ref().and_then(|(lock, key)| self.locks[*lock].file.nodes.get(key));
        // Nix does not look at flake.nix for that.
        let is_flake = node.map_or(word.is_flake, |node| node.is_flake);
        // What follows something without anyone saying so any more makes Nix read flake.nix again.
        let is_said = |(name, input): (&String, &LockInput)| {
            !matches!(input, LockInput::Follows(_)) || said(&place.sayings, name).is_some()
        };
        let trusts_lock = node.is_some_and(|node| place.is_from_lock || node.inputs.iter().all(is_said));
        let info = node.and_then(|node| node.locked.as_ref()).map(info).unwrap_or_default();
        let is_plain = self.is_plain(&place);
        let missing = self.glue.disk_kind(directory).is_none();
        if missing || (is_flake && is_plain && self.directories.iter().any(|d| d == directory)) {
            let reason = if missing { "there is no such directory" } else { "the flakes use each other" };
            return Ok(self.unavailable(name, &reference.display(), reason));
        }
        if !self.glue.has_tree(directory) {
            self.glue.add_tree(SourceTree::on_disk(directory));
        }
        let index = self.push(Source::Directory(directory.to_string()), is_flake, info);
        self.nodes[index].path.clone_from(&place.path);
        if let Some(key) = locked.filter(|_| is_plain) {
            self.by_key.insert(key, index);
        }
        if !is_flake {
            self.nodes[index].knows_inputs = true;
            return Ok(index);
        }
        let flake_file = format!("{directory}/flake.nix");
        if self.glue.disk_kind(&flake_file) != Some(FileKind::Regular) {
            self.nodes[index].source = Source::Unavailable(
                format!("input '{name}' ({}) has no flake.nix", reference.display()),
                "add one, or say 'flake = false' for the input".into(),
            );
            return Ok(index);
        }
        // Whoever uses a flake.nix that cannot be read will see the error.
        let Ok((own, _)) = read_flake(self.ev, &flake_file).and_then(|flake| declared_inputs(self.ev, flake)) else {
            return Ok(index);
        };
        if place.key.is_none() {
            place.key = self.own_lock(directory, index, &place.path)?;
        }
        if is_plain {
            self.directories.push(directory.to_string());
        }
        let locked = if trusts_lock { self.locked_inputs(index, &place) } else { Ok(()) };
        // What the lock does not have yet is resolved all the same, where Nix would not.
        let counts = place.counts && !trusts_lock;
        let result = locked.and_then(|()| self.flake_inputs(index, &own, &place, counts));
        if is_plain {
            self.directories.pop();
        }
        result.map(|()| index)
    }

    /// The lock file of an input that is not locked itself.
    fn own_lock(&mut self, directory: &str, root: usize, path: &[String]) -> Result<Option<Key>> {
        let Some(text) = crate::load::read_lock(self.ev, self.glue, directory)? else { return Ok(None) };
        let file = LockFile::parse(&text)?;
        let key = file.root.clone();
        self.locks.push(Lock { file, root, path: path.to_vec() });
        Ok(Some((self.locks.len() - 1, key)))
    }

    /// An input that is replaced from the command line: a directory with, perhaps, a lock file of its own.
    fn overridden(&mut self, replaced: &Override, word: &Declared, mut place: Place) -> Result<usize> {
        let directory = replaced.directory.as_str();
        if replaced.is_path {
            self.glue.add_untracked(directory)?;
        }
        if self.glue.disk_kind(directory).is_none() {
            let message = format!(
                "'--override-input {}': there is no directory '{}'",
                place.path.join("/"),
                self.glue.shown_from_outside(directory)
            );
            return Err(Error::new(ErrorKind::Io, message).at(word.span.unwrap_or(Span::NONE)));
        }
        place.key = None;
        self.directory_node(directory, word, &FlakeRef::path(directory), place, None)
    }
}
