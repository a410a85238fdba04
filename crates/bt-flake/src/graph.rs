//! Resolution of all inputs, from the lock file where it knows them, else from what flake.nix declares.

use crate::declared::{Declared, declared_inputs};
use crate::load::{NixpkgsMode, Request, StandIns};
use crate::lock::{LockFile, LockInput};
use crate::reference::FlakeRef;
use bt_eval::{Attrs, Error, ErrorKind, Evaluator, FileKind, Result, Value, canonical_path};
use bt_glue::{Glue, SourceTree};
use bt_store::path::make_fixed_output_path;
use bt_store::{Hash, HashAlgorithm};
use std::collections::BTreeMap;

/// A resolved flake or source.
pub(crate) struct Node {
    pub source: Source,
    pub is_flake: bool,
    /// Inputs by name, as indices of nodes.
    pub inputs: BTreeMap<String, usize>,
    /// What is known of the version: `rev`, `narHash`, `lastModified`, ….
    pub info: BTreeMap<String, String>,
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
}

impl<'g, 'e> Graph<'g, 'e> {
    pub fn new(ev: &'g Evaluator<'e>, glue: &'g Glue, request: &'g Request, stand_ins: &'g dyn StandIns, lock: Option<LockFile>) -> Self {
        Graph { ev, glue, request, stand_ins, lock, nodes: Vec::new(), used_stand_ins: Vec::new(), by_key: BTreeMap::new() }
    }

    fn push(&mut self, source: Source, is_flake: bool, info: BTreeMap<String, String>) -> usize {
        self.nodes.push(Node { source, is_flake, inputs: BTreeMap::new(), info });
        self.nodes.len() - 1
    }

    /// Resolves the root flake, whose directory is given, and with it everything else. The root is node 0.
    pub fn resolve_root(&mut self, directory: &str, declared: &[Declared]) -> Result<()> {
        let root = self.push(Source::Directory(directory.to_string()), true, BTreeMap::new());
        let key = self.lock.as_ref().map(|lock| lock.root.clone());
        if let Some(key) = &key {
            self.by_key.insert(key.clone(), root);
        }
        self.resolve_inputs(root, key.as_deref(), directory, declared, &[])
    }

    /// The inputs of a flake whose flake.nix is at hand.
    fn resolve_inputs(&mut self, index: usize, key: Option<&str>, directory: &str, declared: &[Declared], above: &[Declared]) -> Result<()> {
        for input in declared {
            // What the flake that uses this one says about its inputs comes first.
            let input = above.iter().find(|d| d.name == input.name && (d.follows.is_some() || d.reference.is_some())).unwrap_or(input);
            let overridden = if index == 0 { self.request.override_of(&input.name) } else { None };
            let target = match overridden {
                Some(path) => self.override_node(&path, input)?,
                None => match self.locked_input(key, &input.name) {
                    Some(target) => self.node_of_key(&target, &input.name, Some(input))?,
                    None => self.node_of_declaration(input, directory)?,
                },
            };
            self.nodes[index].inputs.insert(input.name.clone(), target);
        }
        Ok(())
    }

    fn locked_input(&self, key: Option<&str>, name: &str) -> Option<String> {
        let lock = self.lock.as_ref()?;
        match lock.nodes.get(key?)?.inputs.get(name)? {
            LockInput::Key(target) => Some(target.clone()),
            LockInput::Follows(path) => lock.follow(path, 0),
        }
    }

    fn node_of_key(&mut self, key: &str, name: &str, declared: Option<&Declared>) -> Result<usize> {
        if let Some(index) = self.by_key.get(key) {
            return Ok(*index);
        }
        let (reference, is_flake, parent, input_names) = {
            let Some(node) = self.lock.as_ref().and_then(|lock| lock.nodes.get(key)) else {
                return Ok(self.unavailable(name, "", &format!("flake.lock has no node '{key}'")));
            };
            let reference = node.locked_ref().or_else(|| node.original.clone()).unwrap_or_default();
            (reference, node.is_flake, node.parent.clone(), node.inputs.keys().cloned().collect::<Vec<_>>())
        };
        if let Some(path) = self.request.override_of_key(self.lock.as_ref(), key) {
            let declared = declared.cloned().unwrap_or_else(|| Declared {
                name: name.to_string(), span: None, reference: None, follows: None, is_flake, inputs: Vec::new(),
            });
            let index = self.override_node(&path, &declared)?;
            self.by_key.insert(key.to_string(), index);
            return Ok(index);
        }
        if let Some(relative) = reference.relative_path() {
            let base = match parent {
                Some(path) => {
                    let parent = self.lock.as_ref().and_then(|lock| lock.follow(&path, 0));
                    match parent {
                        Some(parent) => self.node_of_key(&parent, name, None)?,
                        None => 0,
                    }
                }
                None => 0,
            };
            let Source::Directory(base) = &self.nodes[base].source else {
                let index = self.unavailable(name, &reference.display(), "the flake that it belongs to is not available");
                return Ok(index);
            };
            let directory = canonical_path(&format!("{base}/{relative}"));
            return self.directory_node(&directory, name, &reference, is_flake, Some(key), declared);
        }
        let source = self.locate(name, &reference);
        let index = self.push(source, is_flake, info(&reference));
        self.by_key.insert(key.to_string(), index);
        for input in input_names {
            if let Some(target) = self.locked_input(Some(key), &input) {
                let target = self.node_of_key(&target, &input, None)?;
                self.nodes[index].inputs.insert(input, target);
            }
        }
        Ok(index)
    }

    /// An input that the lock does not know.
    fn node_of_declaration(&mut self, declared: &Declared, directory: &str) -> Result<usize> {
        if let Some(path) = &declared.follows {
            let mut index = 0;
            for name in path {
                match self.nodes[index].inputs.get(name) {
                    Some(next) => index = *next,
                    None => {
                        let reason = format!("it follows '{}', which is not an input", path.join("/"));
                        return Ok(self.unavailable(&declared.name, "", &reason));
                    }
                }
            }
            return Ok(index);
        }
        // An input that is only named in the arguments of `outputs` is looked up in the registry.
        let registry = || FlakeRef::parse(&declared.name);
        let reference = declared.reference.clone().unwrap_or_else(registry);
        if let Some(path) = reference.get("path").filter(|_| reference.kind() == "path") {
            let path = if path.starts_with('/') { path.to_string() } else { format!("{directory}/{path}") };
            return self.directory_node(&canonical_path(&path), &declared.name, &reference, declared.is_flake, None, Some(declared));
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
    fn directory_node(&mut self, directory: &str, name: &str, reference: &FlakeRef, is_flake: bool, key: Option<&str>, declared: Option<&Declared>) -> Result<usize> {
        let flake_file = format!("{directory}/flake.nix");
        if self.glue.disk_kind(directory).is_none() {
            let index = self.unavailable(name, &reference.display(), "there is no such directory");
            if let Some(key) = key {
                self.by_key.insert(key.to_string(), index);
            }
            return Ok(index);
        }
        let inside_a_tree = self.glue.has_tree(directory);
        if !inside_a_tree {
            self.glue.add_tree(SourceTree::on_disk(directory));
        }
        let index = self.push(Source::Directory(directory.to_string()), is_flake, info(reference));
        if let Some(key) = key {
            self.by_key.insert(key.to_string(), index);
        }
        if is_flake {
            if self.glue.disk_kind(&flake_file) != Some(FileKind::Regular) {
                self.nodes[index].source = Source::Unavailable(
                    format!("input '{name}' ({}) has no flake.nix", reference.display()),
                    "add one, or say 'flake = false' for the input".into(),
                );
                return Ok(index);
            }
            match read_flake(self.ev, &flake_file).and_then(|flake| declared_inputs(self.ev, flake)) {
                Ok((inputs, _)) => {
                    let above = declared.map_or(Vec::new(), |d| d.inputs.clone());
                    self.resolve_inputs(index, key, directory, &inputs, &above)?;
                }
                // Whoever uses the input will see the error.
                Err(_) => return Ok(index),
            }
        }
        Ok(index)
    }

    /// An input that is replaced from the command line: a directory with, perhaps, a lock file of its own.
    fn override_node(&mut self, path: &str, declared: &Declared) -> Result<usize> {
        let reference = FlakeRef::from_attributes([("type".into(), "path".into()), ("path".into(), path.into())]);
        self.directory_node(path, &declared.name, &reference, declared.is_flake, None, Some(declared))
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
                format!("input '{name}' ({}) is not available: it is not in the Nix store of this machine", reference.display()),
                format!("fetch it once with 'nix flake archive', or give a directory with '--override-input {name} PATH'"),
            ),
        }
    }

    /// The directory of an input that is in the local store: its path follows from the hash in the lock.
    fn in_store(&self, reference: &FlakeRef) -> Option<String> {
        let hash = Hash::parse_any(reference.get("narHash")?, Some(HashAlgorithm::Sha256)).ok()?;
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
    keys.iter().filter_map(|key| Some((key.to_string(), reference.get(key)?.to_string()))).collect()
}

/// The attributes that a flake.nix may have.
const FLAKE_ATTRIBUTES: &[&str] = &["description", "edition", "inputs", "nixConfig", "outputs"];

/// Evaluates a flake.nix to its set.
///
/// Errors: not a set, or attributes that flakes do not have.
pub(crate) fn read_flake<'e>(ev: &Evaluator<'e>, file: &str) -> Result<&'e Attrs<'e>> {
    let attrs = match ev.import(file)? {
        Value::Attrs(attrs) => attrs,
        other => return Err(Error::new(ErrorKind::Type, format!("flake.nix must be an attribute set, not {}", other.type_with_article()))),
    };
    for (name, attr) in ev.sorted_entries(attrs) {
        if !FLAKE_ATTRIBUTES.contains(&name) {
            let span = bt_diag::Span::new(attr.position, attr.position + name.len() as u32);
            let error = Error::new(ErrorKind::Other, format!("flake has an unsupported attribute '{name}'"));
            return Err(match bt_diag::suggest::nearest(name, FLAKE_ATTRIBUTES.iter().copied()) {
                Some(near) => error.at(span).help(format!("did you mean '{near}'?")),
                None => error.at(span).help("a flake has 'description', 'inputs', 'outputs' and 'nixConfig'"),
            });
        }
    }
    Ok(attrs)
}
