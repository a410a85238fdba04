//! flake.lock (Nix manual, "nix flake", "Lock files"), versions 5 to 7.

mod places;

use crate::follows::{End, Follows, Inputs, Target};
use bt_diag::{SourceFile, Span};
use bt_eval::{Error, ErrorKind};
use bt_flakeref::{Attributes, FlakeRef, FlakeRefError};
use places::Places;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// A lock file whose inputs all lead to nodes.
#[derive(Debug, Default)]
pub struct LockFile {
    /// Key of the root node.
    pub root: String,
    /// The nodes by key, without those that no input leads to.
    pub nodes: BTreeMap<String, LockNode>,
    /// Keys of nodes that no input leads to; Nix does not look at them.
    pub unused: Vec<String>,
    places: Places,
}

/// A node of a lock file.
#[derive(Debug, Default)]
pub struct LockNode {
    /// Where its inputs are.
    pub inputs: BTreeMap<String, LockInput>,
    /// What it is, exactly; the root has none.
    pub locked: Option<FlakeRef>,
    /// What flake.nix says; the root has none.
    pub original: Option<FlakeRef>,
    /// Whether it is a flake.
    pub is_flake: bool,
    /// For relative paths: the inputs on the way to the flake that the path starts from.
    pub parent: Option<Vec<String>>,
}

/// Where an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockInput {
    /// A node.
    Key(String),
    /// The input found by following these inputs from the root; the root itself when there are none.
    Follows(Vec<String>),
}

fn invalid(message: impl Into<String>, span: Span) -> Error {
    Error::new(ErrorKind::Syntax, message)
        .at(span)
        .help("the lock file is written by 'nix flake lock'; restore it from version control or write it anew")
}

type Result<T> = std::result::Result<T, Error>;

impl LockFile {
    /// Reads a lock file.
    ///
    /// Errors: not JSON, an unknown version, nodes and inputs that are not there or lead in circles, references that are
    /// none; with the place in the file.
    pub fn parse(file: &SourceFile) -> Result<LockFile> {
        let json: Json = serde_json::from_str(&file.text).map_err(|error| {
            let line_start =
                file.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
            let mut at = (line_start + error.column().saturating_sub(1)).min(file.text.len());
            while !file.text.is_char_boundary(at) {
                at -= 1;
            }
            let end = file.text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
            invalid(format!("flake.lock is not valid JSON: {error}"), file.span(at..end))
        })?;
        let mut lock = LockFile { places: Places::of(file), ..LockFile::default() };
        let version = json.get("version").and_then(Json::as_i64);
        if !matches!(version, Some(5..=7)) {
            return Err(match json.get("version") {
                Some(other) => lock.error(format!("flake.lock has the unsupported version {other}"), &["version"]),
                None => invalid("flake.lock has the unsupported version none", file.span(0..file.text.len().min(1))),
            });
        }
        let Some(Json::Object(nodes)) = json.get("nodes") else {
            return Err(lock.error("flake.lock has no 'nodes'", &["nodes"]));
        };
        let Some(Json::String(root)) = json.get("root") else {
            return Err(lock.error("flake.lock has no 'root'", &["root"]));
        };
        lock.root.clone_from(root);
        lock.read_nodes(nodes)?;
        lock.check_cycles()?;
        lock.check_follows()?;
        Ok(lock)
    }

    fn error(&self, message: impl Into<String>, place: &[&str]) -> Error {
        invalid(message, self.places.get(place).unwrap_or(Span::NONE))
    }

    fn input_error(&self, key: &str, name: &str, what: &str) -> Error {
        let message = format!("flake.lock: input '{name}' of node '{key}' {what}");
        self.error(message, &["nodes", key, "inputs", name])
    }

    /// The root, and all that inputs lead to.
    fn read_nodes(&mut self, nodes: &Map<String, Json>) -> Result<()> {
        let Some(root) = nodes.get(&self.root) else {
            let message = format!("flake.lock names the root node '{}', which is missing", self.root);
            return Err(self.error(message, &["root"]));
        };
        let mut open = vec![(self.root.clone(), root)];
        while let Some((key, json)) = open.pop() {
            if self.nodes.contains_key(&key) {
                continue;
            }
            let node = self.read_node(&key, json)?;
            for (name, input) in &node.inputs {
                let LockInput::Key(target) = input else { continue };
                match nodes.get(target) {
                    _ if *target == self.root => {
                        return Err(self.input_error(&key, name, "is the root node; an empty list would mean it"));
                    }
                    Some(json) => open.push((target.clone(), json)),
                    None => {
                        let what = format!("names the node '{target}', which is missing");
                        return Err(self.input_error(&key, name, &what));
                    }
                }
            }
            self.nodes.insert(key, node);
        }
        self.unused = nodes.keys().filter(|key| !self.nodes.contains_key(*key)).cloned().collect();
        self.unused.sort();
        Ok(())
    }

    fn read_node(&self, key: &str, json: &Json) -> Result<LockNode> {
        let fail = |what: &str| Err(self.error(format!("flake.lock: node '{key}' {what}"), &["nodes", key]));
        let Json::Object(node) = json else { return fail("is not an object") };
        let mut read = LockNode { is_flake: true, ..LockNode::default() };
        match node.get("inputs") {
            None => {}
            Some(Json::Object(inputs)) => {
                for (name, target) in inputs {
                    let input = match (target, names(target)) {
                        (Json::String(target), _) => LockInput::Key(target.clone()),
                        (_, Some(path)) => LockInput::Follows(path),
                        _ => return Err(self.input_error(key, name, "is neither a string nor a list of strings")),
                    };
                    read.inputs.insert(name.clone(), input);
                }
            }
            Some(_) => return fail("has 'inputs' that are not an object"),
        }
        if key == self.root {
            return Ok(read);
        }
        match node.get("flake") {
            None => {}
            Some(Json::Bool(is_flake)) => read.is_flake = *is_flake,
            Some(_) => return fail("has a 'flake' that is not a Boolean"),
        }
        match node.get("parent").map(names) {
            None => {}
            Some(Some(path)) => read.parent = Some(path),
            Some(None) => return fail("has a 'parent' that is not a list of strings"),
        }
        let Some(Json::Object(original)) = node.get("original") else { return fail("has no 'original'") };
        let Some(Json::Object(locked)) = node.get("locked") else { return fail("has no 'locked'") };
        let mut locked = locked.clone();
        // What was found was beside what was asked for in version 5.
        if let Some(Json::Object(info)) = node.get("info") {
            locked.extend(info.clone());
        }
        let reference = |attributes: &Map<String, Json>, name: &str| {
            let reference = Attributes::from_json(attributes).and_then(FlakeRef::from_attributes);
            let wrong = |error: FlakeRefError| {
                self.error(format!("flake.lock: '{name}' of node '{key}': {error}"), &["nodes", key])
            };
            reference.map_err(wrong).map(Some)
        };
        read.locked = reference(&locked, "locked")?;
        read.original = reference(original, "original")?;
        Ok(read)
    }

    /// Only what follows may lead back.
    fn check_cycles(&self) -> Result<()> {
        let targets = |key: &str| {
            let node = self.nodes.get(key);
            let inputs = node.into_iter().flat_map(|node| &node.inputs);
            inputs.filter_map(|(name, input)| match input {
                LockInput::Key(target) => Some((name.as_str(), target.as_str())),
                LockInput::Follows(_) => None,
            })
        };
        // Whether a node is on the way, or done.
        let mut seen: BTreeMap<&str, bool> = BTreeMap::from([(self.root.as_str(), true)]);
        let mut open = vec![(self.root.as_str(), targets(&self.root))];
        while let Some((key, inputs)) = open.last_mut() {
            let key = *key;
            let Some((name, target)) = inputs.next() else {
                seen.insert(key, false);
                open.pop();
                continue;
            };
            match seen.get(target) {
                Some(true) => {
                    let what = format!("names the node '{target}', which needs it in turn");
                    return Err(self.input_error(key, name, &what));
                }
                Some(false) => {}
                None => {
                    seen.insert(target, true);
                    open.push((target, targets(target)));
                }
            }
        }
        Ok(())
    }

    fn check_follows(&self) -> Result<()> {
        let mut follows = Follows::new();
        for (key, node) in &self.nodes {
            for (name, input) in &node.inputs {
                let LockInput::Follows(path) = input else { continue };
                let what = match follows.resolve(&Nodes(self), self.root.as_str(), path) {
                    Ok(End::Node(_)) => continue,
                    Ok(End::Missing(_)) => format!("follows a non-existent input '{}'", path.join("/")),
                    Err(cycle) => format!("follows itself; follow cycle detected: [{}]", cycle.join(" -> ")),
                };
                return Err(self.input_error(key, name, &what));
            }
        }
        Ok(())
    }

    /// The nodes that the inputs of the root lead to, by the inputs' names, whether they follow others or not.
    pub(crate) fn root_inputs(&self) -> BTreeMap<&str, &str> {
        let Some(root) = self.nodes.get(&self.root) else { return BTreeMap::new() };
        let mut follows = Follows::new();
        let ends = root.inputs.iter().filter_map(|(name, input)| {
            let key = match input {
                LockInput::Key(key) => key.as_str(),
                LockInput::Follows(path) => match follows.resolve(&Nodes(self), self.root.as_str(), path) {
                    Ok(End::Node(key)) => key,
                    _ => return None,
                },
            };
            Some((name.as_str(), key))
        });
        ends.collect()
    }

    /// Where a node stands in the file.
    pub fn span_of(&self, key: &str) -> Option<Span> {
        self.places.get(&["nodes", key])
    }

    /// Where an input of a node stands in the file.
    pub fn span_of_input(&self, key: &str, name: &str) -> Option<Span> {
        self.places.get(&["nodes", key, "inputs", name])
    }
}

/// The nodes by key.
struct Nodes<'l>(&'l LockFile);

impl<'l> Inputs<'l> for Nodes<'l> {
    type Node = &'l str;

    fn input(&self, node: &'l str, name: &str) -> Option<(&'l str, Target<'l, &'l str>)> {
        let (name, input) = self.0.nodes.get(node)?.inputs.get_key_value(name)?;
        let target = match input {
            LockInput::Key(key) => Target::Node(key.as_str()),
            LockInput::Follows(path) => Target::Follows(self.0.root.as_str(), path),
        };
        Some((name, target))
    }
}

/// A list of strings.
fn names(json: &Json) -> Option<Vec<String>> {
    json.as_array()?.iter().map(|name| name.as_str().map(str::to_string)).collect()
}

impl LockNode {
    /// Whether this is what flake.nix asks for.
    pub fn is_for(&self, declared: &FlakeRef) -> bool {
        self.original.as_ref().is_some_and(|original| original.canonical() == declared.canonical())
    }

    /// The attributes that are needed to know exactly what the node is, and are missing.
    pub fn missing_pins(&self) -> Vec<&'static str> {
        let Some(locked) = &self.locked else { return Vec::new() };
        // A relative path is a part of the flake that refers to it.
        if locked.relative_path().is_some() {
            return Vec::new();
        }
        let needed: &[&'static str] = match locked.kind() {
            "github" | "gitlab" | "sourcehut" | "git" | "hg" => &["rev", "narHash", "lastModified"],
            "path" => &["narHash", "lastModified"],
            _ => &["narHash"],
        };
        needed.iter().copied().filter(|name| !locked.has(name)).collect()
    }
}

#[cfg(test)]
mod tests;
