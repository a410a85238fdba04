//! Resolution of all inputs, from the lock file where it knows them, else from what flake.nix declares.

use crate::declared::{Declared, declared_inputs};
use crate::load::{NixpkgsMode, Request, StandIns};
use crate::lock::{LockFile, LockInput};
use bt_eval::{Attrs, Error, ErrorKind, Evaluator, FileKind, Result, Value, canonical_path};
use bt_flakeref::FlakeRef;
use bt_glue::{Glue, SourceTree};
use bt_store::path::make_fixed_output_path;
use std::collections::BTreeMap;

/// A resolved flake or source.
pub(crate) struct Node {
    pub source: Source,
    pub is_flake: bool,
    /// Inputs by name, as indices of nodes.
    pub inputs: BTreeMap<String, usize>,
    /// What is known of the version: `rev`, `narHash`, `lastModified`, ….
    pub info: BTreeMap<String, String>,
    declarations: Declarations,
}

/// What decides about the inputs of a flake whose flake.nix is at hand.
#[derive(Default)]
struct Declarations {
    /// Its key in the lock file.
    key: Option<String>,
    /// The inputs on the way from the root, for overrides from the command line.
    path: Vec<String>,
    /// What its own flake.nix says.
    own: Vec<Declared>,
    /// What the flake that uses it says (`inputs.x.inputs`), and which flake that is: paths and `follows` start there.
    above: Option<(usize, Vec<Declared>)>,
}

/// Where a node's files are.
pub(crate) enum Source {
    /// A directory (or, for inputs that are no flakes, also a file): the flake's own directory.
    Directory(String),
    /// Nowhere: message and advice.
    Unavailable(String, String),
}

/// The inputs of a flake, resolved.
pub(crate) struct Graph<'g, 'e> {
    pub ev: &'g Evaluator<'e>,
    pub glue: &'g Glue,
    pub request: &'g Request,
    pub stand_ins: &'g dyn StandIns,
    pub lock: Option<LockFile>,
    pub nodes: Vec<Node>,
    /// Names of the stand-ins that were resolved, with the roots of their trees.
    pub used_stand_ins: Vec<(String, String)>,
    by_key: BTreeMap<String, usize>,
    /// Inputs that are being resolved, as flake and name.
    resolving: Vec<(usize, String)>,
    /// Directories of the flakes whose inputs are being resolved.
    directories: Vec<String>,
    /// Overrides that named an input.
    used_overrides: Vec<String>,
}

impl<'g, 'e> Graph<'g, 'e> {
    pub fn new(
        ev: &'g Evaluator<'e>,
        glue: &'g Glue,
        request: &'g Request,
        stand_ins: &'g dyn StandIns,
        lock: Option<LockFile>,
    ) -> Self {
        Graph {
            ev,
            glue,
            request,
            stand_ins,
            lock,
            nodes: Vec::new(),
            used_stand_ins: Vec::new(),
            by_key: BTreeMap::new(),
            resolving: Vec::new(),
            directories: Vec::new(),
            used_overrides: Vec::new(),
        }
    }

    fn push(&mut self, source: Source, is_flake: bool, info: BTreeMap<String, String>) -> usize {
        self.nodes.push(Node {
            source,
            is_flake,
            inputs: BTreeMap::new(),
            info,
            declarations: Declarations::default(),
        });
        self.nodes.len() - 1
    }

    /// Resolves the root flake, whose directory is given, and with it everything else. The root is node 0.
    pub fn resolve_root(&mut self, directory: &str, declared: &[Declared]) -> Result<()> {
        let root = self.push(Source::Directory(directory.to_string()), true, BTreeMap::new());
        let key = self.lock.as_ref().map(|lock| lock.root.clone());
        if let Some(key) = &key {
            self.by_key.insert(key.clone(), root);
        }
        self.nodes[root].declarations = Declarations { key, own: declared.to_vec(), ..Declarations::default() };
        self.directories.push(directory.to_string());
        self.resolve_inputs(root)?;
        self.directories.pop();
        self.check_overrides()
    }

    fn resolve_inputs(&mut self, index: usize) -> Result<()> {
        let names: Vec<String> = self.nodes[index].declarations.own.iter().map(|d| d.name.clone()).collect();
        for name in names {
            self.input(index, &name)?;
        }
        Ok(())
    }

    /// An override that names no input would silently do nothing.
    fn check_overrides(&self) -> Result<()> {
        let unknown = self.request.overrides.iter().find(|(name, _)| !self.used_overrides.contains(name));
        let Some((name, _)) = unknown else { return Ok(()) };
        let error = Error::new(
            ErrorKind::Other,
            format!("the flake has no input '{name}' that '--override-input' could replace"),
        );
        Err(match bt_diag::suggest::nearest(name, self.nodes[0].inputs.keys().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean '{near}'?")),
            None => error,
        })
    }

    /// The node of an input that a flake declares, resolved when it is first asked for.
    fn input(&mut self, index: usize, name: &str) -> Result<usize> {
        if let Some(target) = self.nodes[index].inputs.get(name) {
            return Ok(*target);
        }
        let declarations = &self.nodes[index].declarations;
        let mut path = declarations.path.clone();
        path.push(name.to_string());
        let key = declarations.key.clone();
        // What the flake that uses this one says about its inputs comes first.
        let says = |d: &&Declared| d.name == name && (d.follows.is_some() || d.reference.is_some());
        let above = declarations.above.as_ref().and_then(|(from, all)| Some((*from, all.iter().find(says)?.clone())));
        let own = declarations.own.iter().find(|d| d.name == name).cloned().map(|d| (index, d));
        let Some((from, declared)) = above.or(own) else {
            return Ok(self.unavailable(name, "", "no flake.nix declares it"));
        };
        if self.resolving.contains(&(index, name.to_string())) {
            return Ok(self.unavailable(name, "", "it follows itself"));
        }
        self.resolving.push((index, name.to_string()));
        let target = match self.request.override_of(&path.join("/")) {
            Some(directory) => {
                self.used_overrides.push(path.join("/"));
                self.override_node(&directory, &declared, index, path)
            }
            None => match self.locked_input(key.as_deref(), name, Some((index, &declared)), &path) {
                Ok(Some(target)) => Ok(target),
                Ok(None) => self.node_of_declaration(&declared, from, path),
                Err(error) => Err(error),
            },
        };
        self.resolving.pop();
        let target = target?;
        self.nodes[index].inputs.insert(name.to_string(), target);
        Ok(target)
    }

    /// The node of an input that the lock knows.
    fn locked_input(
        &mut self,
        key: Option<&str>,
        name: &str,
        declared: Option<(usize, &Declared)>,
        path: &[String],
    ) -> Result<Option<usize>> {
        let input = self.lock.as_ref().zip(key).and_then(|(lock, key)| lock.nodes.get(key)?.inputs.get(name).cloned());
        let target = match input {
            None => return Ok(None),
            Some(LockInput::Key(target)) => Some(target),
            Some(LockInput::Follows(followed)) => {
                // By way of the nodes, so that an input that is overridden is followed to what replaces it.
                if let Some(index) = self.follow(0, &followed)? {
                    return Ok(Some(index));
                }
                self.lock.as_ref().and_then(|lock| lock.follow(&followed))
            }
        };
        match target {
            Some(target) => self.node_of_key(&target, name, declared, path.to_vec()).map(Some),
            None => Ok(None),
        }
    }

    /// The node at the end of a path of inputs from a flake; `None` when there is no such input.
    fn follow(&mut self, from: usize, path: &[String]) -> Result<Option<usize>> {
        let mut index = from;
        for name in path {
            let node = &self.nodes[index];
            index = match node.inputs.get(name) {
                Some(next) => *next,
                None if node.declarations.own.iter().any(|d| d.name == *name) => self.input(index, name)?,
                None => return Ok(None),
            };
        }
        Ok(Some(index))
    }

    fn node_of_key(
        &mut self,
        key: &str,
        name: &str,
        declared: Option<(usize, &Declared)>,
        path: Vec<String>,
    ) -> Result<usize> {
        if let Some(index) = self.by_key.get(key) {
            return Ok(*index);
        }
        let (reference, is_flake, parent, input_names) = {
            let Some(node) = self.lock.as_ref().and_then(|lock| lock.nodes.get(key)) else {
                return Ok(self.unavailable(name, "", &format!("flake.lock has no node '{key}'")));
            };
            let reference = node.locked.clone().unwrap_or_default();
            (reference, node.is_flake, node.parent.clone(), node.inputs.keys().cloned().collect::<Vec<_>>())
        };
        if let Some(relative) = reference.relative_path() {
            let base = match parent.and_then(|path| self.lock.as_ref()?.follow(&path)) {
                Some(parent) => self.node_of_key(&parent, name, None, Vec::new())?,
                None => 0,
            };
            let Source::Directory(base) = &self.nodes[base].source else {
                let reason = "the flake that it belongs to is not available";
                return Ok(self.unavailable(name, &reference.display(), reason));
            };
            let directory = canonical_path(&format!("{base}/{relative}"));
            return self.directory_node(&directory, name, &reference, is_flake, Some(key), declared, path);
        }
        let source = self.locate(name, &reference);
        let index = self.push(source, is_flake, info(&reference));
        self.by_key.insert(key.to_string(), index);
        for input in input_names {
            let mut path = path.clone();
            path.push(input.clone());
            let target = match self.request.override_of(&path.join("/")) {
                Some(directory) => {
                    self.used_overrides.push(path.join("/"));
                    Some(self.override_node(&directory, &Declared::named(&input), index, path)?)
                }
                None => self.locked_input(Some(key), &input, None, &path)?,
            };
            let Some(target) = target else { continue };
            self.nodes[index].inputs.insert(input, target);
        }
        Ok(index)
    }

    /// An input that the lock does not know; paths and `follows` start from the flake `from`.
    fn node_of_declaration(&mut self, declared: &Declared, from: usize, path: Vec<String>) -> Result<usize> {
        if let Some(followed) = &declared.follows {
            return match self.follow(from, followed)? {
                Some(index) => Ok(index),
                None => {
                    let reason = format!("it follows '{}', which is not an input", followed.join("/"));
                    Ok(self.unavailable(&declared.name, "", &reason))
                }
            };
        }
        // An input that is only named in the arguments of `outputs` is looked up in the registry.
        let reference = declared.target();
        if let Some(directory) = reference.get("path").filter(|_| reference.kind() == "path") {
            let directory = match (&self.nodes[from].source, directory.starts_with('/')) {
                (_, true) | (Source::Unavailable(..), _) => directory.to_string(),
                (Source::Directory(base), false) => format!("{base}/{directory}"),
            };
            let directory = canonical_path(&directory);
            return self.directory_node(
                &directory,
                &declared.name,
                &reference,
                declared.is_flake,
                None,
                Some((from, declared)),
                path,
            );
        }
        let source = match self.locate(&declared.name, &reference) {
            Source::Unavailable(_, _) => {
                let (name, shown) = (&declared.name, reference.display());
                Source::Unavailable(
                    format!("input '{name}' ({shown}) is not in flake.lock"),
                    format!("run 'nix flake lock', or give a directory with '--override-input {name} PATH'"),
                )
            }
            found => found,
        };
        Ok(self.push(source, declared.is_flake, BTreeMap::new()))
    }

    /// A flake in a directory of the flake itself, or given on the command line: its flake.nix says what it needs.
    #[allow(clippy::too_many_arguments, reason = "what is known of an input comes from several places")]
    fn directory_node(
        &mut self,
        directory: &str,
        name: &str,
        reference: &FlakeRef,
        is_flake: bool,
        key: Option<&str>,
        declared: Option<(usize, &Declared)>,
        path: Vec<String>,
    ) -> Result<usize> {
        let flake_file = format!("{directory}/flake.nix");
        let missing = self.glue.disk_kind(directory).is_none();
        if missing || self.directories.iter().any(|d| d == directory) {
            let reason = if missing { "there is no such directory" } else { "the flakes use each other" };
            let index = self.unavailable(name, &reference.display(), reason);
            if let Some(key) = key {
                self.by_key.insert(key.to_string(), index);
            }
            return Ok(index);
        }
        if !self.glue.has_tree(directory) {
            self.glue.add_tree(SourceTree::on_disk(directory));
        }
        let index = self.push(Source::Directory(directory.to_string()), is_flake, info(reference));
        if let Some(key) = key {
            self.by_key.insert(key.to_string(), index);
        }
        if !is_flake {
            return Ok(index);
        }
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
        let above = declared.map(|(from, declared)| (from, declared.inputs.clone()));
        self.nodes[index].declarations = Declarations { key: key.map(str::to_string), path, own, above };
        self.directories.push(directory.to_string());
        let result = self.resolve_inputs(index);
        self.directories.pop();
        result.map(|()| index)
    }

    /// An input that is replaced from the command line: a directory with, perhaps, a lock file of its own.
    fn override_node(&mut self, directory: &str, declared: &Declared, from: usize, path: Vec<String>) -> Result<usize> {
        if self.glue.disk_kind(directory).is_none() {
            let message = format!(
                "'--override-input {}': there is no directory '{}'",
                path.join("/"),
                self.glue.shown_from_outside(directory)
            );
            return Err(Error::new(ErrorKind::Io, message));
        }
        let reference = FlakeRef::path(directory);
        self.directory_node(
            directory,
            &declared.name,
            &reference,
            declared.is_flake,
            None,
            Some((from, declared)),
            path,
        )
    }

    fn unavailable(&mut self, name: &str, reference: &str, reason: &str) -> usize {
        let shown = if reference.is_empty() { String::new() } else { format!(" ({reference})") };
        let source = Source::Unavailable(
            format!("input '{name}'{shown} is not available: {reason}"),
            format!("mend the input in flake.nix, or give a directory with '--override-input {name} PATH'"),
        );
        self.push(source, true, BTreeMap::new())
    }

    /// The store, then the stand-in.
    fn locate(&mut self, name: &str, reference: &FlakeRef) -> Source {
        let stand_in = self.stand_ins.find(reference);
        let is_nixpkgs = reference.repository() == Some("nixpkgs");
        let insist = is_nixpkgs && self.request.nixpkgs == NixpkgsMode::Model;
        if !(insist && stand_in.is_some())
            && let Some(directory) = self.in_store(reference)
        {
            return Source::Directory(directory);
        }
        let refused = is_nixpkgs && self.request.nixpkgs == NixpkgsMode::Locked;
        match stand_in {
            Some(stand_in) if !refused => {
                self.used_stand_ins.push((stand_in.name, stand_in.tree.root.clone()));
                let tree = self.glue.add_tree(stand_in.tree);
                Source::Directory(tree.root.clone())
            }
            _ => Source::Unavailable(
                format!(
                    "input '{name}' ({}) is not available: it is not in the Nix store of this machine",
                    reference.display()
                ),
                format!(
                    "fetch it once with 'nix flake archive', or give a directory with '--override-input {name} PATH'"
                ),
            ),
        }
    }

    /// The directory of an input that is in the local store: its path follows from the hash in the lock.
    fn in_store(&self, reference: &FlakeRef) -> Option<String> {
        let hash = reference.nar_hash()?;
        let path = make_fixed_output_path("source", true, &hash, [], false).ok()?.to_string();
        self.glue.disk_kind(&path)?;
        self.glue.add_tree(SourceTree::with_store_path(path.clone(), path.clone()));
        match reference.get("dir") {
            Some(dir) => Some(canonical_path(&format!("{path}/{dir}"))),
            None => Some(path),
        }
    }
}

fn info(reference: &FlakeRef) -> BTreeMap<String, String> {
    let keys = ["rev", "narHash", "lastModified", "revCount"];
    let text = |key| reference.get(key).map(str::to_string).or_else(|| Some(reference.integer(key)?.to_string()));
    keys.iter().filter_map(|key| Some((key.to_string(), text(key)?))).collect()
}

/// The attributes that a flake.nix may have.
const FLAKE_ATTRIBUTES: &[&str] = &["description", "edition", "inputs", "nixConfig", "outputs"];

/// Evaluates a flake.nix to its set.
///
/// Errors: not a set, or attributes that flakes do not have.
pub(crate) fn read_flake<'e>(ev: &Evaluator<'e>, file: &str) -> Result<&'e Attrs<'e>> {
    let attrs = match ev.import(file)? {
        Value::Attrs(attrs) => attrs,
        other => {
            let message = format!("flake.nix must be an attribute set, not {}", other.type_with_article());
            return Err(Error::new(ErrorKind::Type, message).at(start_of(ev, file)));
        }
    };
    for (name, attr) in ev.sorted_entries(attrs) {
        if !FLAKE_ATTRIBUTES.contains(&name) {
            let span = bt_diag::Span::new(attr.position(), attr.position() + name.len() as u32);
            let error = Error::new(ErrorKind::Other, format!("flake has an unsupported attribute '{name}'"));
            return Err(match bt_diag::suggest::nearest(name, FLAKE_ATTRIBUTES.iter().copied()) {
                Some(near) => error.at(span).help(format!("did you mean '{near}'?")),
                None => error.at(span).help("a flake has 'description', 'inputs', 'outputs' and 'nixConfig'"),
            });
        }
    }
    Ok(attrs)
}

/// Where a file that was evaluated begins, for errors about all of it.
pub(crate) fn start_of(ev: &Evaluator<'_>, file: &str) -> bt_diag::Span {
    ev.sources.file_by_path(file).map_or(bt_diag::Span::NONE, |file| file.span(0..file.text.len().min(1)))
}
