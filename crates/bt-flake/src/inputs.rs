//! What the inputs of a flake are and where they come from, for people: resolved as for an evaluation, and nothing else.

use crate::graph::{Edge, Graph, Source};
use bt_flakeref::FlakeRef;
use bt_glue::Glue;

/// Where the files of an input are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a directory that was given instead (`--override-input`), or below one.
    Override,
    /// In the local store.
    Store,
    /// In the user's cache.
    Cache,
    /// In the network, and fetched when an output needs them; the name of what stands in for them out of reach.
    Network(Option<String>),
    /// In an archive or a file of this machine, and unpacked when an output needs them.
    LocalFile,
    /// In the program: the name of the stand-in.
    StandIn(String),
    /// In the source of the flake that is looked at.
    Flake,
    /// In another directory of this machine.
    Directory,
    /// Nowhere: why not.
    Unavailable(String),
}

/// An input with a source of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedInput {
    /// What flake.nix says.
    pub original: FlakeRef,
    /// What the lock has for it, when it was made for that.
    pub locked: Option<FlakeRef>,
    /// Whether it is a flake.
    pub is_flake: bool,
    /// Where its files are.
    pub origin: Origin,
    /// The directory of its flake.nix, where its files are at hand.
    pub directory: Option<String>,
}

/// What stands behind the name of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputEntry {
    /// A source.
    Source(Box<ResolvedInput>),
    /// The input found by following these from the root; the root itself when there are none.
    Follows(Vec<String>),
    /// The very node of the lock that the input found by following these from the root has; its inputs are there.
    Same(Vec<String>),
}

/// One input of the tree of inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRow {
    /// Names of the inputs on the way to it from the root, its own last; never empty.
    pub path: Vec<String>,
    /// What it is.
    pub entry: InputEntry,
}

/// The inputs of a resolved graph: each flake's by name, each followed by its own.
pub(crate) fn rows(graph: &Graph<'_, '_>) -> Vec<InputRow> {
    let mut rows = Vec::new();
    // Where a node was listed first.
    let mut listed: Vec<Option<Vec<String>>> = vec![None; graph.nodes.len()];
    let mut open: Vec<(usize, Vec<String>, bool)> = vec![(0, Vec::new(), false)];
    while let Some((index, path, is_overridden)) = open.pop() {
        if index != 0 {
            let entry = match &listed[index] {
                Some(first) => InputEntry::Same(first.clone()),
                None => InputEntry::Source(Box::new(source(graph, index, is_overridden))),
            };
            let is_new = matches!(entry, InputEntry::Source(_));
            rows.push(InputRow { path: path.clone(), entry });
            if !is_new {
                continue;
            }
            listed[index] = Some(path.clone());
        }
        // The last one in is the first one out.
        let mut follows = Vec::new();
        for (name, edge) in graph.nodes[index].edges.iter().rev() {
            let below: Vec<String> = path.iter().chain([name]).cloned().collect();
            match edge {
                Edge::Node(target) => {
                    let is_overridden = graph.used_overrides.contains(&below.join("/"))
                        || (is_overridden && is_below(graph, *target, index));
                    open.push((*target, below, is_overridden));
                }
                Edge::Follows { from, path, .. } => {
                    let target = graph.nodes[*from].path.iter().chain(path).cloned().collect();
                    follows.push(InputRow { path: below, entry: InputEntry::Follows(target) });
                }
            }
        }
        rows.extend(follows);
    }
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    rows
}

fn directory<'g>(graph: &'g Graph<'_, '_>, index: usize) -> Option<&'g str> {
    match &graph.nodes[index].source {
        Source::Directory(directory) => Some(directory),
        _ => None,
    }
}

/// Whether the files of a node are among those of another.
fn is_below(graph: &Graph<'_, '_>, index: usize, other: usize) -> bool {
    match (directory(graph, index), directory(graph, other)) {
        (Some(inner), Some(outer)) => is_in(inner, outer),
        _ => false,
    }
}

fn is_in(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn source(graph: &Graph<'_, '_>, index: usize, is_overridden: bool) -> ResolvedInput {
    let node = &graph.nodes[index];
    let (original, locked) = graph.references.get(&index).cloned().unwrap_or_default();
    ResolvedInput {
        origin: origin(graph, index, locked.as_ref(), is_overridden),
        is_flake: node.is_flake,
        directory: directory(graph, index).map(str::to_string),
        // What was locked does not count for what took its place.
        locked: locked.filter(|_| !is_overridden),
        original,
    }
}

fn origin(graph: &Graph<'_, '_>, index: usize, locked: Option<&FlakeRef>, is_overridden: bool) -> Origin {
    let directory = match &graph.nodes[index].source {
        Source::Unavailable(message, _) => return Origin::Unavailable(message.clone()),
        Source::Remote(_, reference, _) if reference.get("url").is_some_and(|url| url.starts_with("file://")) => {
            return Origin::LocalFile;
        }
        Source::Remote(_, _, stand_in) => return Origin::Network(stand_in.as_ref().map(|(name, _)| name.clone())),
        Source::Directory(directory) => directory,
    };
    let stand_in = locked.or(graph.references.get(&index).map(|(original, _)| original));
    if let Some(stand_in) = stand_in.and_then(|reference| graph.stand_ins.find(reference))
        && is_in(directory, &stand_in.tree.root)
    {
        return Origin::StandIn(stand_in.name);
    }
    if is_overridden {
        return Origin::Override;
    }
    if is_in(directory, &graph.request.tree) {
        return Origin::Flake;
    }
    if is_in(directory, bt_store::STORE_DIR) {
        return Origin::Store;
    }
    match locked.and_then(|locked| cached(graph.glue, locked)) {
        Some(root) if is_in(directory, &root) => Origin::Cache,
        _ => Origin::Directory,
    }
}

fn cached(glue: &Glue, locked: &FlakeRef) -> Option<String> {
    glue.locked_tree(&locked.nar_hash()?)
}
