//! What rules need to know of a flake's inputs and lock file.

use crate::config::Setting;
use crate::declared::Declared;
use crate::lock::{LockFile, LockInput, LockNode};
use bt_diag::Span;
use bt_flakeref::FlakeRef;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Inputs and lock of a flake.
#[derive(Debug, Default)]
pub struct LockFacts {
    /// Inputs of flake.nix, in the order they are written.
    pub inputs: Vec<InputFact>,
    /// Where `inputs` are declared in flake.nix: the first declaration.
    pub inputs_span: Option<Span>,
    /// Whether there is a flake.lock.
    pub has_lock: bool,
    /// Nodes of the lock that do not say exactly what they are.
    pub unlocked: Vec<UnlockedNode>,
    /// Inputs of flake.nix for which the lock has something else, or that are no inputs any more: `nix flake lock` would
    /// change the lock, and `--no-update-lock-file` fails.
    pub stale: Vec<StaleInput>,
    /// Keys of nodes that no input leads to, with their places, sorted.
    pub unused: Vec<(String, Option<Span>)>,
    /// Nodes of the lock that inputs lead to, without the root; those with shorter ways come first.
    pub nodes: Vec<NodeFact>,
    /// `nixConfig` of flake.nix.
    pub config: Vec<Setting>,
}

/// A node of the lock.
#[derive(Debug, Default)]
pub struct NodeFact {
    /// Names of the inputs on the shortest way to it, such as `["flake-utils", "systems"]`; of very long ways the end.
    pub path: Vec<String>,
    /// What flake.nix asks for.
    pub original: FlakeRef,
    /// What it is.
    pub locked: FlakeRef,
    /// Whether it is a flake.
    pub is_flake: bool,
    /// Its own inputs, without those that follow others: names, and indices in [`LockFacts::nodes`].
    pub inputs: Vec<(String, usize)>,
    /// Where it stands in flake.lock.
    pub span: Option<Span>,
}

/// An input for which the lock has something else than flake.nix says.
#[derive(Debug)]
pub struct StaleInput {
    /// Its name.
    pub name: String,
    /// What flake.nix says, such as `github:NixOS/nixpkgs` or `follows 'a/b'`; `None` when it declares no such input.
    pub declared: Option<String>,
    /// What the lock has.
    pub locked: String,
    /// Where flake.nix declares it, or where it stands in flake.lock when flake.nix does not.
    pub span: Option<Span>,
}

/// An input that flake.nix declares.
#[derive(Debug, Default)]
pub struct InputFact {
    /// Its name.
    pub name: String,
    /// Where flake.nix declares it.
    pub span: Option<Span>,
    /// Whether the lock has it (always true for relative `path:` inputs, whose contents are the flake's own).
    pub locked: bool,
    /// What it refers to, where that is said; without a word about it, its name in the registries is meant.
    pub reference: Option<FlakeRef>,
    /// The inputs that it follows; none of them means the flake itself.
    pub follows: Option<Vec<String>>,
    /// The text of its `url`, and the position of that attribute.
    pub url: Option<(String, u32)>,
    /// What is said about its own inputs; `locked` and `node` are not set there.
    pub inputs: Vec<InputFact>,
    /// What the lock has for it, also when it follows another: an index in [`LockFacts::nodes`].
    pub node: Option<usize>,
}

impl InputFact {
    fn of(declared: &Declared) -> InputFact {
        InputFact {
            name: declared.name.clone(),
            span: declared.span,
            reference: declared.reference.clone(),
            follows: declared.follows.clone(),
            url: declared.url.clone(),
            inputs: declared.inputs.iter().map(InputFact::of).collect(),
            ..InputFact::default()
        }
    }

    /// What it refers to when it follows nothing.
    pub fn target(&self) -> FlakeRef {
        self.reference.clone().unwrap_or_else(|| FlakeRef::indirect(&self.name))
    }
}

/// A node of the lock that is not locked.
#[derive(Debug)]
pub struct UnlockedNode {
    /// Names of the inputs on the way to the node, such as `["flake-utils", "systems"]`.
    pub path: Vec<String>,
    /// The attributes that are missing: `rev`, `narHash`, `lastModified`.
    pub missing: Vec<&'static str>,
    /// Where the node stands in flake.lock.
    pub span: Option<Span>,
}

pub(crate) fn lock_facts(declared: &[Declared], lock: Option<&LockFile>) -> LockFacts {
    let mut facts = LockFacts { has_lock: lock.is_some(), ..LockFacts::default() };
    let root = lock.and_then(|lock| lock.nodes.get(&lock.root));
    for input in declared {
        let is_local = input.follows.is_some() || input.reference.as_ref().is_some_and(|r| r.relative_path().is_some());
        let locked = is_local || root.is_some_and(|root| root.inputs.contains_key(&input.name));
        facts.inputs.push(InputFact { locked, ..InputFact::of(input) });
    }
    if let Some(lock) = lock {
        let keys;
        (facts.nodes, keys) = nodes(lock);
        let ends = lock.root_inputs();
        for input in &mut facts.inputs {
            input.node = ends.get(input.name.as_str()).and_then(|key| keys.get(key)).copied();
        }
        facts.unlocked = unlocked_nodes(lock);
        facts.stale = stale_inputs(declared, lock);
        facts.unused = lock.unused.iter().map(|key| (key.clone(), lock.span_of(key))).collect();
    }
    facts
}

/// The nodes by the length of the shortest way, without the root, and where each key is among them.
fn nodes(lock: &LockFile) -> (Vec<NodeFact>, BTreeMap<&str, usize>) {
    let (mut nodes, mut keys) = (Vec::new(), BTreeMap::new());
    let mut open: VecDeque<(&str, Vec<String>)> = VecDeque::from([(lock.root.as_str(), Vec::new())]);
    while let Some((key, path)) = open.pop_front() {
        let Some(node) = lock.nodes.get(key).filter(|_| !keys.contains_key(key)) else { continue };
        for (name, input) in &node.inputs {
            if let LockInput::Key(target) = input
                && !keys.contains_key(target.as_str())
            {
                open.push_back((target, longer(&path, name)));
            }
        }
        if key != lock.root {
            keys.insert(key, nodes.len());
            let reference = |of: &Option<FlakeRef>| of.clone().unwrap_or_default();
            nodes.push(NodeFact {
                path,
                original: reference(&node.original),
                locked: reference(&node.locked),
                is_flake: node.is_flake,
                inputs: Vec::new(),
                span: lock.span_of(key),
            });
        }
    }
    for (key, index) in &keys {
        let inputs = lock.nodes.get(*key).into_iter().flat_map(|node| &node.inputs);
        nodes[*index].inputs = inputs
            .filter_map(|(name, input)| match input {
                LockInput::Key(target) => Some((name.clone(), *keys.get(target.as_str())?)),
                LockInput::Follows(_) => None,
            })
            .collect();
    }
    (nodes, keys)
}

/// A way with one more input. Where it is so long that nobody would read it, its end is enough.
fn longer(path: &[String], name: &str) -> Vec<String> {
    let from = path.len().saturating_sub(MAX_WAY);
    path[from..].iter().cloned().chain([name.to_string()]).collect()
}

/// The nodes that inputs of nodes lead to, from the root on; each once, by the way that is found first.
fn unlocked_nodes(lock: &LockFile) -> Vec<UnlockedNode> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<(&str, Vec<String>)> = vec![(&lock.root, Vec::new())];
    while let Some((key, path)) = open.pop() {
        let Some(node) = lock.nodes.get(key).filter(|_| seen.insert(key)) else { continue };
        for (name, input) in node.inputs.iter().rev() {
            if let LockInput::Key(target) = input {
                open.push((target, longer(&path, name)));
            }
        }
        let missing = node.missing_pins();
        if !missing.is_empty() {
            found.push(UnlockedNode { path, missing, span: lock.span_of(key) });
        }
    }
    found
}

/// How many inputs of a way are remembered.
const MAX_WAY: usize = 30;

fn stale_inputs(declared: &[Declared], lock: &LockFile) -> Vec<StaleInput> {
    let Some(root) = lock.nodes.get(&lock.root) else { return Vec::new() };
    let mut stale = Vec::new();
    let shown = |input: &LockInput| match input {
        LockInput::Follows(path) => format!("follows '{}'", path.join("/")),
        LockInput::Key(key) => {
            let original = lock.nodes.get(key).and_then(|node| node.original.as_ref());
            original.map_or_else(String::new, |original| original.display())
        }
    };
    // Inputs of inputs, too, where something is said of them.
    let mut open: Vec<(String, &Declared, &LockNode, bool)> =
        declared.iter().rev().map(|input| (input.name.clone(), input, root, true)).collect();
    while let Some((name, input, node, is_direct)) = open.pop() {
        let Some(locked) = node.inputs.get(&input.name) else { continue };
        let target = if is_direct { Some(input.target()) } else { input.reference.clone() };
        let is_same = match (locked, &input.follows, &target) {
            (LockInput::Follows(locked), Some(follows), _) => locked == follows,
            (LockInput::Key(key), None, Some(target)) => lock.nodes.get(key).is_some_and(|node| node.is_for(target)),
            // Nothing is said of it itself.
            (_, None, None) => true,
            _ => false,
        };
        if let LockInput::Key(key) = locked
            && let Some(node) = lock.nodes.get(key).filter(|_| is_same)
        {
            let nested =
                input.inputs.iter().rev().map(|nested| (format!("{name}/{}", nested.name), nested, node, false));
            open.extend(nested);
        }
        if !is_same {
            let says = match (&input.follows, target) {
                (Some(path), _) => format!("follows '{}'", path.join("/")),
                (None, target) => target.map_or_else(String::new, |target| target.display()),
            };
            stale.push(StaleInput { name, declared: Some(says), locked: shown(locked), span: input.span });
        }
    }
    for (name, input) in &root.inputs {
        if !declared.iter().any(|d| d.name == *name) {
            let span = lock.span_of_input(&lock.root, name);
            stale.push(StaleInput { name: name.clone(), declared: None, locked: shown(input), span });
        }
    }
    stale
}

#[cfg(test)]
mod tests {
    use super::stale_inputs;
    use crate::declared::Declared;
    use crate::lock::LockFile;
    use bt_diag::SourceMap;
    use bt_flakeref::{FlakeRef, Reading};

    /// What is stale about a lock that has `a` as github:o/r, and `b` as what `a` is.
    fn stale(inputs: &[(&str, &str)]) -> Vec<String> {
        let text = r#"{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "a": "a", "b": ["a"] } }, "a": {
            "locked": { "type": "github", "owner": "o", "repo": "r" },
            "original": { "type": "github", "owner": "o", "repo": "r" } } } }"#;
        let file = SourceMap::new().add("flake.lock", text.into()).unwrap();
        let lock = LockFile::parse(&file).unwrap();
        let declared = inputs.iter().map(|(name, says)| match says.strip_prefix("follows ") {
            Some(path) => Declared { follows: Some(vec![path.into()]), ..Declared::named(name) },
            None => {
                let reference = FlakeRef::parse(says, Reading::input(true)).unwrap();
                Declared { reference: Some(reference), ..Declared::named(name) }
            }
        });
        let found = stale_inputs(&declared.collect::<Vec<_>>(), &lock);
        let shown = found.into_iter().map(|s| format!("{}: {} {}", s.name, s.declared.unwrap_or_default(), s.locked));
        shown.collect()
    }

    #[test]
    fn stale_locks() {
        assert!(stale(&[("a", "github:o/r"), ("b", "follows a")]).is_empty());
        assert_eq!(stale(&[("a", "github:o/x"), ("b", "follows a")]), ["a: github:o/x github:o/r"]);
        assert_eq!(stale(&[("a", "follows b"), ("b", "follows a")]), ["a: follows 'b' github:o/r"]);
        assert_eq!(stale(&[("a", "github:o/r"), ("b", "follows c")]), ["b: follows 'c' follows 'a'"]);
        assert_eq!(stale(&[("a", "github:o/r")]), ["b:  follows 'a'"]);
    }

    #[test]
    fn what_is_said_of_inputs_of_inputs() {
        let text = r#"{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "a": "a", "n": "m" } },
            "a": { "inputs": { "n": ["n"], "m": "m" }, "locked": { "type": "github", "owner": "o", "repo": "r" },
            "original": { "type": "github", "owner": "o", "repo": "r" } },
            "m": { "locked": { "type": "github", "owner": "o", "repo": "m" },
            "original": { "type": "github", "owner": "o", "repo": "m" } } } }"#;
        let file = SourceMap::new().add("flake.lock", text.into()).unwrap();
        let lock = LockFile::parse(&file).unwrap();
        let reference = |text: &str| Some(FlakeRef::parse(text, Reading::input(true)).unwrap());
        let stale = |nested: Declared| {
            let a = Declared { reference: reference("github:o/r"), inputs: vec![nested], ..Declared::named("a") };
            let n = Declared { reference: reference("github:o/m"), ..Declared::named("n") };
            let found = stale_inputs(&[a, n], &lock).into_iter();
            found.map(|s| format!("{}: {} {}", s.name, s.declared.unwrap_or_default(), s.locked)).collect::<Vec<_>>()
        };
        let follows = |name: &str, path: &str| Declared { follows: Some(vec![path.into()]), ..Declared::named(name) };
        let refers = |name: &str, text: &str| Declared { reference: reference(text), ..Declared::named(name) };
        assert!(stale(follows("n", "n")).is_empty());
        assert!(stale(refers("m", "github:o/m")).is_empty());
        assert!(stale(Declared::named("n")).is_empty() && stale(follows("absent", "n")).is_empty());
        assert_eq!(stale(refers("n", "github:o/n")), ["a/n: github:o/n follows 'n'"]);
        assert_eq!(stale(follows("m", "n")), ["a/m: follows 'n' github:o/m"]);
        assert_eq!(stale(refers("m", "github:o/x")), ["a/m: github:o/x github:o/m"]);
    }
}
