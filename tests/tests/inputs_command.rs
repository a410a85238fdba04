//! `bt-lint inputs`: where inputs come from, for people and for programs.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::loopback::{Server, ok};
use bt_tests::process::Run;
use bt_tests::project::{NIXPKGS_LOCK, Project, repository};
use bt_tests::{git, program};
use serde_json::{Value as Json, json};

/// The hash of the tree in `flake.tar.gz`, by Nix.
const HASH: &str = "sha256-+t51K3Y0DqeQr6RKOMgB2P3EHXC3EcRfu9zZMj5zfjU=";

/// A flake with an input of every kind: `remote` is at a URL.
fn flake(url: &str) -> Project {
    let flake = format!(
        "{{ description = \"all kinds\"; inputs = {{ remote = {{ url = \"{url}\"; flake = false; }};\n\
           nixpkgs.url = \"github:NixOS/nixpkgs/nixos-26.05\"; own.url = \"path:./own\"; gone.url = \"github:o/gone\";\n\
           again.follows = \"own/below\"; }}; outputs = _: throw \"outputs are not called\"; }}"
    );
    let mut lock: Json = serde_json::from_str(NIXPKGS_LOCK).unwrap();
    lock["nodes"]["root"]["inputs"]["remote"] = json!("remote");
    lock["nodes"]["remote"] = json!({
        "flake": false,
        "locked": { "type": "tarball", "url": url, "narHash": HASH, "lastModified": 1_790_000_000 },
        "original": { "type": "tarball", "url": url },
    });
    Project::flake(flake)
        .with("flake.lock", lock.to_string())
        .with("own/flake.nix", "{ inputs.below.url = \"path:./below\"; inputs.up.follows = \"\"; outputs = _: { }; }")
        .with("own/below/flake.nix", "{ outputs = _: { }; }")
}

fn run(project: &Project, cache: &str, more: &[&str]) -> Run {
    let variables = [("XDG_CACHE_HOME", cache), ("SOURCE_DATE_EPOCH", "1800000000")];
    program!().run_in(project.root(), &[&["inputs"], more].concat(), &variables)
}

/// The entry of an input in the document.
fn entry(run: &Run, path: &[&str]) -> Json {
    let document: Json = serde_json::from_str(&run.stdout).unwrap();
    let entries = document["inputs"].as_array().unwrap();
    entries
        .iter()
        .find(|entry| entry["path"] == json!(path))
        .unwrap_or_else(|| panic!("{path:?}: {document:#}"))
        .clone()
}

#[test]
fn every_kind_of_source() {
    let archive = std::fs::read(repository().join("tests/data/archives/flake.tar.gz")).unwrap();
    let server = Server::start(move |_, _| ok(&archive));
    let url = server.url("/dep.tar.gz");
    let project = flake(&url);
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().to_str().unwrap();
    let found = run(&project, cache, &["--json"]).expect(0);
    assert_eq!(
        entry(&found, &["remote"]),
        json!({
            "path": ["remote"], "entry": "input", "kind": "tarball", "flake": false,
            "original": { "type": "tarball", "url": url },
            "locked": { "type": "tarball", "url": url, "narHash": HASH, "lastModified": 1_790_000_000 },
            "url": url, "narHash": HASH, "lastModified": 1_790_000_000, "age": 10_000_000, "source": "network",
        })
    );
    assert_eq!(entry(&found, &["own"])["source"], "flake");
    assert_eq!(entry(&found, &["own", "below"])["size"], 21);
    assert_eq!(entry(&found, &["own", "up"]), json!({ "path": ["own", "up"], "entry": "follows", "target": ["own"] }));
    assert_eq!(entry(&found, &["again"])["target"], json!(["own", "below"]));
    let nixpkgs = entry(&found, &["nixpkgs"]);
    assert_eq!((&nixpkgs["source"], &nixpkgs["standIn"]), (&json!("network"), &json!("nixpkgs")));
    let offline = entry(&run(&project, cache, &["--json", "--offline"]), &["nixpkgs"]);
    assert_eq!((&offline["source"], &offline["standIn"]), (&json!("stand-in"), &json!("nixpkgs")));
    assert_eq!(nixpkgs["rev"], "5e2305d577ca00acbba631b05cb1094d172b29f3");
    let gone = entry(&found, &["gone"]);
    assert_eq!(gone["source"], "unavailable");
    assert_eq!(gone["message"], "input 'gone' (github:o/gone) is not in flake.lock");
    assert!(gone.get("directory").is_none() && gone.get("locked").is_none());

    // Nobody was asked for anything, and without the network it would be nowhere.
    assert!(server.requests().is_empty());
    assert_eq!(entry(&run(&project, cache, &["--json", "--offline"]), &["remote"])["source"], "unavailable");
    let online = entry(&run(&project, cache, &["--json", "--online"]), &["nixpkgs"]);
    assert_eq!((&online["source"], online.get("standIn")), (&json!("network"), None));
    assert!(server.requests().is_empty());

    // What was fetched is in the cache.
    let text = "{ inputs.remote = { url = \"URL\"; flake = false; }; outputs = { remote, ... }: { text = \"${remote}/text\"; \
                value = builtins.readFile \"${remote}/text\"; }; }";
    let user = Project::flake(text.replace("URL", &url)).with("flake.lock", project.read("flake.lock"));
    let variables = [("XDG_CACHE_HOME", cache)];
    program!().run_in(user.root(), &["eval", ".#value"], &variables).expect(0);
    let cached = entry(&run(&project, cache, &["--json", "--offline"]), &["remote"]);
    assert_eq!(cached["source"], "cache");
    assert!(cached["directory"].as_str().unwrap().starts_with(cache), "{cached}");
    assert!(cached["size"].as_u64().unwrap() > 0);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn overrides_are_shown_as_such() {
    let project = flake("https://example.invalid/x.tar.gz");
    let other = Project::flake("{ inputs.sub.url = \"path:./sub\"; outputs = _: { }; }")
        .with("sub/flake.nix", "{ outputs = _: { }; }");
    let arguments = ["--json", "--override-input", "nixpkgs", other.root_text()];
    let found = run(&project, "/dev/null", &arguments).expect(0);
    let nixpkgs = entry(&found, &["nixpkgs"]);
    assert_eq!((&nixpkgs["source"], &nixpkgs["directory"]), (&json!("override"), &json!(other.root_text())));
    assert!(nixpkgs.get("locked").is_none());
    assert_eq!(entry(&found, &["nixpkgs", "sub"])["source"], "override");
    assert_eq!(entry(&found, &["own"])["source"], "flake");
    run(&project, "/dev/null", &["--override-input", "nixpgks", "."]).expect(2).says("did you mean 'nixpkgs'?");
}

#[test]
fn the_table_names_no_directory_and_is_the_same_each_time() {
    let project = flake("https://example.invalid/x.tar.gz");
    let first = run(&project, "/dev/null", &["--nixpkgs", "model"]).expect(0);
    assert_eq!(first, run(&project, "/dev/null", &["--nixpkgs", "model"]));
    assert!(!first.stdout.contains(project.root_text()), "{}", first.stdout);
    let line = |name: &str| first.stdout.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
    let words = |name: &str| line(name).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        words("nixpkgs").replace(|c: char| c.is_ascii_digit(), "0").split(" stand-in").next().unwrap(),
        "nixpkgs github 0e0000d 0 months"
    );
    assert_eq!(words("again"), "again follows 'own/below'");
    assert_eq!(words("below"), "below path flake 21 B path:./below");
    assert_eq!(words("up"), "up follows 'own'");
    assert!(line("below").starts_with("  below"));
    assert_eq!(
        first.stderr,
        "note: input 'gone' (github:o/gone) is not in flake.lock\n\
        note: input 'remote' (https://example.invalid/x.tar.gz) is not available: it is not in the Nix store of this machine\n"
    );
    assert_eq!(run(&project, "/dev/null", &["--quiet"]).expect(0).stderr, "");
    assert_eq!(
        run(&Project::flake("{ outputs = _: { }; }"), "/dev/null", &[]).expect(0).stdout,
        "the flake has no inputs\n"
    );
}

#[test]
fn nodes_that_several_inputs_share_are_listed_once() {
    // Each layer is used twice by the one above: 2^40 ways lead to the last.
    let mut nodes = json!({ "root": { "inputs": { "a": "n0", "b": "n0" } } });
    for number in 0..40 {
        let below = format!("n{}", number + 1);
        let source = json!({ "type": "github", "owner": "o", "repo": format!("r{number}") });
        let inputs = if number == 39 { json!({}) } else { json!({ "a": below, "b": below }) };
        nodes[format!("n{number}")] = json!({ "inputs": inputs, "locked": source, "original": source });
    }
    let lock = json!({ "version": 7, "root": "root", "nodes": nodes });
    let flake = "{ inputs.a.url = \"github:o/r0\"; inputs.b.url = \"github:o/r0\"; outputs = _: { }; }";
    let project = Project::flake(flake).with("flake.lock", lock.to_string());
    let found = run(&project, "/dev/null", &["--json"]).expect(0);
    assert_eq!(entry(&found, &["b"]), json!({ "path": ["b"], "entry": "same", "target": ["a"] }));
    assert_eq!(found.stdout.matches("\"entry\"").count(), 80);
}

#[test]
fn the_document_says_what_the_flake_is_itself() {
    let project = Project::flake(
        "{ description = \"d\"; outputs = { self }: { info = removeAttrs self.sourceInfo [ \"outPath\" ]; }; }",
    );
    git::run(project.root(), &["init", "-q"]);
    git::run(project.root(), &["add", "."]);
    git::run(project.root(), &["commit", "-qm", "m"]);
    let found: Json = serde_json::from_str(&run(&project, "/dev/null", &["--json"]).expect(0).stdout).unwrap();
    assert_eq!((&found["version"], &found["flake"]["description"]), (&json!(1), &json!("d")));
    let info = &found["flake"]["sourceInfo"];
    assert_eq!(info["rev"], json!(git::run(project.root(), &["rev-parse", "HEAD"])));
    assert!(info["outPath"].as_str().unwrap().starts_with("/nix/store/"));
    let own = program!().run(project.root(), &["eval", "--json", ".#info"]).expect(0);
    let mut expected: Json = serde_json::from_str(&own.stdout).unwrap();
    expected["outPath"] = info["outPath"].clone();
    assert_eq!(*info, expected);
}

#[test]
fn what_cannot_be_shown() {
    let project = flake("https://example.invalid/x.tar.gz");
    run(&project, "/dev/null", &[".#own"]).expect(2).says("inputs are those of the whole flake");
    run(&project, "/dev/null", &["own/below/none"]).expect(2).says("does not exist");
    project.write("flake.lock", "{");
    run(&project, "/dev/null", &[]).expect(2).says("flake.lock is not valid JSON");
    let variables = [("SOURCE_DATE_EPOCH", "yesterday")];
    program!().run_in(project.root(), &["inputs"], &variables).expect(2).says("SOURCE_DATE_EPOCH is 'yesterday'");
}
