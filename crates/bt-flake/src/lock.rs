//! flake.lock (Nix manual, "nix flake", "Lock files"), versions 5 to 7.

use crate::reference::FlakeRef;
use bt_diag::{SourceFile, Span};
use bt_eval::{Error, ErrorKind};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// A lock file.
#[derive(Debug)]
pub struct LockFile {
    /// Key of the root node.
    pub root: String,
    /// The nodes by key.
    pub nodes: BTreeMap<String, LockNode>,
}

/// A node of a lock file.
#[derive(Debug, Default)]
pub struct LockNode {
    /// Where its inputs are.
    pub inputs: BTreeMap<String, LockInput>,
    /// What it is, exactly; the root has none.
    pub locked: Option<Map<String, Json>>,
    /// What flake.nix says.
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
    /// The input found by following these inputs from the root.
    Follows(Vec<String>),
}

fn invalid(message: impl Into<String>, span: Span) -> Error {
    Error::new(ErrorKind::Syntax, message)
        .at(span)
        .help("the lock file is written by 'nix flake lock'; restore it from version control or write it anew")
}

/// Where a key or string stands in the text; the second string is looked for after the first.
fn find(file: &SourceFile, needles: &[&str]) -> Span {
    let mut from = 0;
    let mut found = 0..0;
    for needle in needles {
        let quoted = format!("\"{needle}\"");
        match file.text[from..].find(&quoted) {
            Some(at) => {
                found = from + at..from + at + quoted.len();
                from = found.end;
            }
            None => break,
        }
    }
    file.span(found)
}

/// Where a string last stands in the text: the root is named at the end.
fn find_last(file: &SourceFile, needle: &str) -> Span {
    let quoted = format!("\"{needle}\"");
    file.text.rfind(&quoted).map_or(Span::NONE, |at| file.span(at..at + quoted.len()))
}

impl LockFile {
    /// Reads a lock file.
    ///
    /// Errors: not JSON, an unknown version, or nodes that are not there; with the place in the file.
    pub fn parse(file: &SourceFile) -> Result<LockFile, Error> {
        let json: Json = serde_json::from_str(&file.text).map_err(|error| {
            let line_start =
                file.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
            let at = (line_start + error.column().saturating_sub(1)).min(file.text.len());
            invalid(format!("flake.lock is not valid JSON: {error}"), file.span(at..(at + 1).min(file.text.len())))
        })?;
        let version = json.get("version").and_then(Json::as_i64);
        if !matches!(version, Some(5..=7)) {
            let shown = json.get("version").map_or("none".into(), Json::to_string);
            return Err(invalid(format!("flake.lock has the unsupported version {shown}"), find(file, &["version"])));
        }
        let root = json.get("root").and_then(Json::as_str).unwrap_or("root").to_string();
        let Some(Json::Object(nodes)) = json.get("nodes") else {
            return Err(invalid("flake.lock has no 'nodes'", file.span(0..0)));
        };
        let mut parsed = BTreeMap::new();
        for (key, node) in nodes {
            parsed.insert(key.clone(), LockNode::parse(file, key, node)?);
        }
        let lock = LockFile { root, nodes: parsed };
        lock.check(file)?;
        Ok(lock)
    }

    fn check(&self, file: &SourceFile) -> Result<(), Error> {
        if !self.nodes.contains_key(&self.root) {
            let message = format!("flake.lock names the root node '{}', which is missing", self.root);
            return Err(invalid(message, find_last(file, &self.root)));
        }
        for (key, node) in &self.nodes {
            for (name, input) in &node.inputs {
                if let LockInput::Key(target) = input
                    && !self.nodes.contains_key(target)
                {
                    let message = format!(
                        "flake.lock: input '{name}' of node '{key}' names the node '{target}', which is missing"
                    );
                    return Err(invalid(message, find(file, &[key, "inputs", target])));
                }
                if let LockInput::Follows(path) = input
                    && self.follow(path, 0).is_none()
                {
                    let message = format!(
                        "flake.lock: input '{name}' of node '{key}' follows '{}', which leads nowhere",
                        path.join("/")
                    );
                    return Err(invalid(message, find(file, &[key, "inputs", name])));
                }
            }
        }
        Ok(())
    }

    /// The key at the end of a path of inputs from the root; `None` for a missing input or a cycle.
    pub fn follow(&self, path: &[String], depth: usize) -> Option<String> {
        if depth > self.nodes.len() + 1 {
            return None;
        }
        let mut key = self.root.clone();
        for name in path {
            key = match self.nodes.get(&key)?.inputs.get(name)? {
                LockInput::Key(next) => next.clone(),
                LockInput::Follows(path) => self.follow(path, depth + 1)?,
            };
        }
        Some(key)
    }

    /// Where a node stands in the file.
    pub fn span_of(&self, file: &SourceFile, key: &str) -> Option<Span> {
        // A node's key is followed by an object; the same name as an input is followed by a string or list.
        let needle = format!("\"{key}\": {{");
        let at = file.text.find(&needle)?;
        Some(file.span(at..at + key.len() + 2))
    }
}

impl LockNode {
    fn parse(file: &SourceFile, key: &str, json: &Json) -> Result<LockNode, Error> {
        let Json::Object(node) = json else {
            return Err(invalid(format!("flake.lock: node '{key}' is not an object"), find(file, &[key])));
        };
        let mut inputs = BTreeMap::new();
        if let Some(Json::Object(given)) = node.get("inputs") {
            for (name, target) in given {
                let input = match target {
                    Json::String(target) => LockInput::Key(target.clone()),
                    Json::Array(path) => {
                        LockInput::Follows(path.iter().filter_map(Json::as_str).map(str::to_string).collect())
                    }
                    _ => {
                        let message =
                            format!("flake.lock: input '{name}' of node '{key}' is neither a string nor a list");
                        return Err(invalid(message, find(file, &[key, "inputs", name])));
                    }
                };
                inputs.insert(name.clone(), input);
            }
        }
        let object = |name: &str| match node.get(name) {
            Some(Json::Object(object)) => Some(object.clone()),
            _ => None,
        };
        let parent = node.get("parent").and_then(Json::as_array);
        Ok(LockNode {
            inputs,
            original: object("original").map(|o| reference(&o)),
            locked: object("locked").or_else(|| object("info")),
            is_flake: node.get("flake").and_then(Json::as_bool).unwrap_or(true),
            parent: parent.map(|p| p.iter().filter_map(Json::as_str).map(str::to_string).collect()),
        })
    }

    /// What it is, as a reference.
    pub fn locked_ref(&self) -> Option<FlakeRef> {
        self.locked.as_ref().map(reference)
    }

    /// The attributes that are needed to know exactly what the node is, and are missing.
    pub fn missing_pins(&self) -> Vec<&'static str> {
        let Some(locked) = &self.locked else { return Vec::new() };
        let reference = reference(locked);
        // A relative path is a part of the flake that refers to it.
        if reference.relative_path().is_some() {
            return Vec::new();
        }
        let needed: &[&'static str] = match reference.kind() {
            "github" | "gitlab" | "sourcehut" | "git" | "mercurial" => &["rev", "narHash", "lastModified"],
            "path" => &["narHash", "lastModified"],
            _ => &["narHash"],
        };
        needed.iter().copied().filter(|name| !locked.contains_key(*name)).collect()
    }
}

fn reference(attributes: &Map<String, Json>) -> FlakeRef {
    FlakeRef::from_attributes(attributes.iter().filter_map(|(key, value)| {
        let text = match value {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            Json::Bool(b) => b.to_string(),
            _ => return None,
        };
        Some((key.clone(), text))
    }))
}
