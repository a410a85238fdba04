//! The inputs of a flake, resolved: nodes, and where their sources are. [`crate::resolve`] says which inputs there are.

use crate::declared::Declared;
use crate::follows::{End, Follows, Inputs, Target};
use crate::load::{NixpkgsMode, Override, Request, StandIns};
use crate::lock::LockFile;
use bt_diag::Span;
use bt_eval::{Attrs, Error, ErrorKind, Evaluator, Result, Value, canonical_path};
use bt_flakeref::FlakeRef;
use bt_glue::Glue;
use std::collections::BTreeMap;

/// A resolved flake or source.
pub(crate) struct Node {
    pub source: Source,
    pub is_flake: bool,
    /// Inputs by name, as indices of nodes.
    pub inputs: BTreeMap<String, usize>,
    /// What is known of the version: `rev`, `narHash`, `lastModified`, ….
    pub info: BTreeMap<String, String>,
    /// Inputs by name, before those that follow others are resolved.
    pub edges: BTreeMap<String, Edge>,
    /// Whether these are all inputs that it has.
    pub knows_inputs: bool,
    /// The inputs on the way to it from the root.
    pub path: Vec<String>,
    /// For a relative path that is locked: the node that it starts from, and the path as it is written.
    pub below: Option<(usize, String)>,
}

/// Where an input leads.
pub(crate) enum Edge {
    /// To a node.
    Node(usize),
    /// To what is found by following inputs from a node.
    Follows {
        /// The node.
        from: usize,
        /// Names of inputs; none of them means the node itself.
        path: Vec<String>,
        /// Where the input is declared.
        span: Option<Span>,
        /// The inputs on the way to it from the root.
        of: Vec<String>,
        /// Whether Nix would look at it too: what a flake.nix says beyond what the lock file has of it does not matter to
        /// Nix until the lock is made anew.
        counts: bool,
    },
}

/// Where a node's files are.
pub(crate) enum Source {
    /// A directory (or, for inputs that are no flakes, also a file): the flake's own directory.
    Directory(String),
    /// Nowhere: message and advice.
    Unavailable(String, String),
    /// Elsewhere, and fetched when it is used: the name of the input and what is locked, and what stands in for it when it
    /// is out of reach: name and directory.
    Remote(String, FlakeRef, Option<(String, String)>),
}

/// A lock file that says what inputs are.
pub(crate) struct Lock {
    pub file: LockFile,
    /// The node of the flake whose lock file it is, and the inputs on the way to it.
    pub root: usize,
    pub path: Vec<String>,
}

/// The inputs of a flake, resolved.
pub(crate) struct Graph<'g, 'e> {
    pub ev: &'g Evaluator<'e>,
    pub glue: &'g Glue,
    pub request: &'g Request,
    pub stand_ins: &'g dyn StandIns,
    pub nodes: Vec<Node>,
    /// That of the flake itself first; then those of inputs that it does not know.
    pub(crate) locks: Vec<Lock>,
    /// Nodes of lock files on whose inputs nobody above has a say, by lock and key.
    pub(crate) by_key: BTreeMap<(usize, String), usize>,
    /// Directories of the flakes whose inputs are being resolved, without those on whose inputs flakes above have a say.
    pub(crate) directories: Vec<String>,
    /// Overrides that named an input.
    pub(crate) used_overrides: Vec<String>,
    /// What flake.nix says of nodes, and what the lock has for it: of the input that led to each first.
    pub(crate) references: BTreeMap<usize, (FlakeRef, Option<FlakeRef>)>,
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
            nodes: Vec::new(),
            locks: lock.into_iter().map(|file| Lock { file, root: 0, path: Vec::new() }).collect(),
            by_key: BTreeMap::new(),
            directories: Vec::new(),
            used_overrides: Vec::new(),
            references: BTreeMap::new(),
        }
    }

    pub(crate) fn push(&mut self, source: Source, is_flake: bool, info: BTreeMap<String, String>) -> usize {
        self.nodes.push(Node {
            source,
            is_flake,
            inputs: BTreeMap::new(),
            info,
            edges: BTreeMap::new(),
            knows_inputs: false,
            path: Vec::new(),
            below: None,
        });
        self.nodes.len() - 1
    }

    /// Resolves the root flake, whose directory is given, and with it everything else. The root is node 0.
    ///
    /// Errors: inputs that follow each other or what does not exist, overrides that name no input, lock files and
    /// flake.nix that cannot be read.
    pub fn resolve_root(&mut self, directory: &str, declared: &[Declared]) -> Result<()> {
        let known = self.request.locked.as_ref().map(info).unwrap_or_default();
        let root = self.push(Source::Directory(directory.to_string()), true, known);
        self.resolve_all(root, directory, declared)?;
        self.resolve_follows()?;
        self.check_overrides()
    }

    /// From edges to inputs.
    fn resolve_follows(&mut self) -> Result<()> {
        let mut follows = Follows::new();
        let mut found: Vec<BTreeMap<String, usize>> = Vec::with_capacity(self.nodes.len());
        let mut missing = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let mut inputs = BTreeMap::new();
            for (name, edge) in &node.edges {
                let (from, path, span, of, counts) = match edge {
                    Edge::Node(target) => {
                        inputs.insert(name.clone(), *target);
                        continue;
                    }
                    Edge::Follows { from, path, span, of, counts } => {
                        (*from, path, span.unwrap_or(Span::NONE), of.join("/"), *counts)
                    }
                };
                match follows.resolve(&Edges(&self.nodes), from, path) {
                    Ok(End::Node(target)) => drop(inputs.insert(name.clone(), target)),
                    Ok(End::Missing(at)) if counts && self.nodes[at].knows_inputs => {
                        let message = format!("input '{of}' follows a non-existent input '{}'", path.join("/"));
                        return Err(Error::new(ErrorKind::Other, message).at(span));
                    }
                    Ok(End::Missing(_)) => missing.push((index, name.clone(), path.join("/"))),
                    Err(cycle) => {
                        let message = format!("follow cycle detected: [{}]", cycle.join(" -> "));
                        return Err(Error::new(ErrorKind::Other, message).at(span));
                    }
                }
            }
            found.push(inputs);
        }
        for (node, inputs) in self.nodes.iter_mut().zip(found) {
            node.inputs = inputs;
        }
        for (index, name, path) in missing {
            let reason = format!("it follows '{path}', which is not known");
            let target = self.unavailable(&name, "", &reason);
            self.nodes[index].inputs.insert(name, target);
        }
        Ok(())
    }

    /// An override that names no input would silently do nothing.
    fn check_overrides(&self) -> Result<()> {
        let unknown = self.request.overrides.iter().find(|other| !self.used_overrides.contains(&other.input));
        let Some(Override { input: name, .. }) = unknown else { return Ok(()) };
        let error = Error::new(
            ErrorKind::Other,
            format!("the flake has no input '{name}' that '--override-input' could replace"),
        );
        Err(match bt_diag::suggest::nearest(name, self.nodes[0].inputs.keys().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean '{near}'?")),
            None => error,
        })
    }

    pub(crate) fn unavailable(&mut self, name: &str, reference: &str, reason: &str) -> usize {
        let shown = if reference.is_empty() { String::new() } else { format!(" ({reference})") };
        let source = Source::Unavailable(
            format!("input '{name}'{shown} is not available: {reason}"),
            format!("mend the input in flake.nix, or give a directory with '--override-input {name} PATH'"),
        );
        self.push(source, true, BTreeMap::new())
    }

    /// The store and the cache, then the stand-in, then the network.
    pub(crate) fn locate(&mut self, name: &str, reference: &FlakeRef) -> Source {
        let stand_in = self.stand_ins.find(reference);
        // Forks and archives too, for which the same stands in.
        let is_nixpkgs = reference.repository() == Some("nixpkgs")
            || stand_in.as_ref().is_some_and(|stand_in| stand_in.name == "nixpkgs");
        let insist = is_nixpkgs && self.request.nixpkgs == NixpkgsMode::Model;
        if !(insist && stand_in.is_some())
            && let Some(directory) = self.in_store(reference)
        {
            return Source::Directory(directory);
        }
        let refused = is_nixpkgs && self.request.nixpkgs == NixpkgsMode::Locked;
        let is_remote = |graph: &Self| reference.nar_hash().is_some() && !insist && graph.glue.can_fetch(reference);
        let stand_in = stand_in.filter(|_| !refused);
        if is_remote(self) {
            let stand_in = stand_in.filter(|_| !self.glue.insists_on_fetching());
            let stand_in = stand_in.map(|stand_in| (stand_in.name, self.glue.add_tree(stand_in.tree).root.clone()));
            return Source::Remote(name.to_string(), reference.clone(), stand_in);
        }
        match stand_in {
            Some(stand_in) => {
                self.glue.note_stand_in(&stand_in.name, None);
                Source::Directory(self.glue.add_tree(stand_in.tree).root.clone())
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

    /// The directory of an input that is in the local store, whose path follows from the hash in the lock, or in the cache.
    fn in_store(&self, reference: &FlakeRef) -> Option<String> {
        let root = self.glue.locked_tree(&reference.nar_hash()?)?;
        Some(directory_in(root, reference))
    }
}

/// The directory of a flake in a tree.
pub(crate) fn directory_in(root: String, reference: &FlakeRef) -> String {
    reference.get("dir").map_or_else(|| root.clone(), |dir| canonical_path(&format!("{root}/{dir}")))
}

/// The nodes while some of their inputs only say what they follow.
struct Edges<'l>(&'l [Node]);

impl<'l> Inputs<'l> for Edges<'l> {
    type Node = usize;

    fn input(&self, node: usize, name: &str) -> Option<(&'l str, Target<'l, usize>)> {
        let (name, edge) = self.0.get(node)?.edges.get_key_value(name)?;
        let target = match edge {
            Edge::Node(target) => Target::Node(*target),
            Edge::Follows { from, path, .. } => Target::Follows(*from, path),
        };
        Some((name, target))
    }
}

/// What is known of the version of a source.
pub(crate) fn info(reference: &FlakeRef) -> BTreeMap<String, String> {
    let keys = ["rev", "narHash", "lastModified", "revCount"];
    let text = |key| reference.get(key).map(str::to_string).or_else(|| Some(reference.integer(key)?.to_string()));
    let mut info: BTreeMap<String, String> =
        keys.iter().filter_map(|key| Some((key.to_string(), text(key)?))).collect();
    if reference.kind() == "git" {
        info.insert("submodules".into(), reference.flag("submodules").to_string());
    }
    info
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
