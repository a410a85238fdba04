//! Lock files that people and programs broke.

use super::{LockFile, LockInput};
use bt_diag::SourceMap;
use serde_json::{Value as Json, json};

/// Message and place (`line:column`) of the error, or nothing.
fn error(text: &str) -> Option<(String, String)> {
    let sources = SourceMap::default();
    let file = sources.add("flake.lock", text.to_string()).unwrap();
    let error = LockFile::parse(&file).err()?;
    let at = error.span().map_or(0, |span| (span.start - file.span(0..0).start) as usize);
    let before = &text[..at];
    let column = before.len() - before.rfind('\n').map_or(0, |n| n + 1) + 1;
    Some((error.message().to_string(), format!("{}:{column}", before.matches('\n').count() + 1)))
}

fn reference() -> Json {
    json!({ "type": "github", "owner": "o", "repo": "r" })
}

/// A lock with nodes of these inputs.
fn lock(nodes: Json) -> Json {
    let mut nodes = nodes;
    for (key, node) in nodes.as_object_mut().unwrap() {
        if key != "root" {
            node["locked"] = reference();
            node["original"] = reference();
        }
    }
    json!({ "version": 7, "root": "root", "nodes": nodes })
}

fn message(nodes: Json) -> String {
    error(&serde_json::to_string_pretty(&lock(nodes)).unwrap()).map_or("fine".into(), |(message, _)| message)
}

#[test]
fn graphs_that_are_fine() {
    assert_eq!(message(json!({ "root": {} })), "fine");
    assert_eq!(message(json!({ "root": { "inputs": { "a": "a", "b": [] } }, "a": {} })), "fine");
    let chain = json!({ "root": { "inputs": { "a": "a", "x": ["y"], "y": ["a", "b"] } },
        "a": { "inputs": { "b": "b" } }, "b": { "inputs": { "up": ["a"] } } });
    assert_eq!(message(chain), "fine");
    // Nix does not look at nodes that no input leads to.
    assert_eq!(message(json!({ "root": {}, "alone": { "inputs": { "a": "nowhere" } } })), "fine");
}

#[test]
fn graphs_that_are_broken() {
    let root = |inputs: Json| json!({ "root": { "inputs": inputs }, "a": { "inputs": { "b": "b" } }, "b": {} });
    assert_eq!(
        message(root(json!({ "x": "c" }))),
        "flake.lock: input 'x' of node 'root' names the node 'c', which is missing"
    );
    let nowhere = "flake.lock: input 'x' of node 'root' follows a non-existent input 'a/c'";
    assert_eq!(message(root(json!({ "a": "a", "x": ["a", "c"] }))), nowhere);
    let circle = "flake.lock: input 'x' of node 'root' follows itself; follow cycle detected: [y -> x -> y]";
    assert_eq!(message(root(json!({ "x": ["y"], "y": ["x"] }))), circle);
    let root_node = "flake.lock: input 'x' of node 'root' is the root node; an empty list would mean it";
    assert_eq!(message(root(json!({ "x": "root" }))), root_node);
    let circle =
        json!({ "root": { "inputs": { "a": "a" } }, "a": { "inputs": { "b": "b" } }, "b": { "inputs": { "a": "a" } } });
    assert_eq!(message(circle), "flake.lock: input 'a' of node 'b' names the node 'a', which needs it in turn");
    assert_eq!(
        message(root(json!({ "x": 1 }))),
        "flake.lock: input 'x' of node 'root' is neither a string nor a list of strings"
    );
    assert_eq!(
        message(json!({ "root": { "inputs": [] } })),
        "flake.lock: node 'root' has 'inputs' that are not an object"
    );
}

#[test]
fn places_of_mistakes() {
    let at = |text: &str| error(text).map(|(_, place)| place).unwrap();
    assert_eq!(at("{\n  \"version\": 8\n}"), "2:14");
    assert_eq!(at("{\n  \"version\": 7, }"), "2:17");
    assert_eq!(at("{\"nodes\": {},\n \"root\": \"r\", \"version\": 7}"), "2:10");
    // `a` stands in the file before, but not as a node.
    let text = "{\"a\": {\"a\": 1}, \"version\": 7, \"root\": \"root\", \"nodes\": {\n\"root\": {\"inputs\": {\"a\": \"a\"}},\n\"a\": 1}}";
    assert_eq!(at(text), "3:1");
    let text = "{\"version\": 7, \"root\": \"root\", \"nodes\": {\"root\": {\"inputs\": {\n\"b\": \"c\"}}}}";
    assert_eq!(at(text), "2:1");
}

#[test]
fn nodes_that_are_broken() {
    let node = |node: Json| {
        let json = json!({ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "a": "a" } }, "a": node } });
        error(&json.to_string()).map_or("fine".into(), |(message, _)| message)
    };
    assert_eq!(node(json!({ "locked": reference(), "original": reference() })), "fine");
    assert_eq!(node(json!({ "locked": reference() })), "flake.lock: node 'a' has no 'original'");
    assert_eq!(node(json!({ "original": reference() })), "flake.lock: node 'a' has no 'locked'");
    let wrong = json!({ "type": "path", "path": "x", "owner": "y" });
    let message = "flake.lock: 'locked' of node 'a': input attribute 'owner' not supported by scheme 'path'";
    assert_eq!(node(json!({ "locked": wrong, "original": reference() })), message);
    let flag = json!({ "locked": reference(), "original": reference(), "flake": "no" });
    assert_eq!(node(flag), "flake.lock: node 'a' has a 'flake' that is not a Boolean");
    let parent = json!({ "locked": reference(), "original": reference(), "parent": "a" });
    assert_eq!(node(parent), "flake.lock: node 'a' has a 'parent' that is not a list of strings");
    // Version 5 had what was found beside what was asked for.
    let old = json!({ "locked": reference(), "original": reference(), "info": { "narHash": "sha256-x" } });
    assert_eq!(node(old), "fine");
}

/// A small generator of numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

fn random_nodes(random: &mut Random) -> Json {
    let count = 1 + random.below(6);
    let names = ["a", "b", "c"];
    let mut nodes = serde_json::Map::new();
    for index in 0..count {
        let mut inputs = serde_json::Map::new();
        for _ in 0..random.below(4) {
            let target = match random.below(3) {
                0 => json!((0..random.below(4)).map(|_| names[random.below(3)]).collect::<Vec<_>>()),
                _ => json!(format!("n{}", random.below(count + 1))),
            };
            inputs.insert(names[random.below(3)].into(), target);
        }
        nodes.insert(if index == 0 { "root".into() } else { format!("n{index}") }, json!({ "inputs": inputs }));
    }
    json!(nodes)
}

#[test]
fn random_graphs_end() {
    let mut random = Random(1);
    let (mut fine, mut broken) = (0, 0);
    for _ in 0..20_000 {
        let text = lock(random_nodes(&mut random)).to_string();
        match error(&text) {
            None => fine += 1,
            Some(_) => broken += 1,
        }
        // A lock that is cut off is an error, not a panic.
        let cut = random.below(text.len());
        assert!(error(&text[..cut]).is_some());
    }
    assert!(fine > 500 && broken > 500, "{fine} fine, {broken} broken");
}

/// Each input follows two that follow two more: as many ways as there are atoms, and one answer.
#[test]
fn ways_are_followed_once() {
    let (mut root, mut node) = (json!({ "n": "n", "a60": "n" }), json!({ "b60": [] }));
    for index in 0..60 {
        let path = json!([format!("a{}", index + 1), format!("b{}", index + 1)]);
        root[format!("a{index}")] = json!([format!("a{}", index + 1)]);
        node[format!("b{index}")] = path.clone();
        root[format!("c{index}")] = path;
    }
    assert_eq!(message(json!({ "root": { "inputs": root }, "n": { "inputs": node } })), "fine");
}

#[test]
fn long_chains_need_no_stack() {
    let (mut inputs, mut nodes) = (json!({ "f0": [] }), json!({}));
    for index in 1..20_000 {
        inputs[format!("f{index}")] = json!([format!("f{}", index - 1)]);
        nodes[format!("n{index}")] = json!({ "inputs": { "next": format!("n{}", index + 1) } });
    }
    inputs["n"] = json!("n1");
    nodes["n20000"] = json!({});
    nodes["root"] = json!({ "inputs": inputs });
    assert_eq!(message(nodes), "fine");
}

#[test]
fn what_is_in_a_lock() {
    let sources = SourceMap::default();
    let nodes = json!({ "root": { "inputs": { "a": "a", "b": ["a"] } }, "a": {}, "z": {}, "y": {} });
    let file = sources.add("flake.lock", lock(nodes).to_string()).unwrap();
    let lock = LockFile::parse(&file).unwrap();
    assert_eq!(lock.unused, ["y", "z"]);
    let root = &lock.nodes["root"].inputs;
    assert_eq!((&root["a"], &root["b"]), (&LockInput::Key("a".into()), &LockInput::Follows(vec!["a".into()])));
    assert_eq!(lock.nodes["a"].missing_pins(), ["rev", "narHash", "lastModified"]);
    assert!(lock.nodes["root"].missing_pins().is_empty());
}
