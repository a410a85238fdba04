//! Locked inputs that are not in the store, as the program gets them: from the cache, and from a server of this machine.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::loopback::{Server, answer, ok};
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::{Project, repository};
use bt_tests::tarball::Tarball;

/// The hash of the tree in `flake.tar.gz` and its store path, by Nix.
const HASH: &str = "sha256-+t51K3Y0DqeQr6RKOMgB2P3EHXC3EcRfu9zZMj5zfjU=";
const STORE_PATH: &str = "/nix/store/b6x6zrl7dvh66w1jjf6z3rrv4cd0pfny-source";

fn archive() -> Vec<u8> {
    std::fs::read(repository().join("tests/data/archives/flake.tar.gz")).unwrap()
}

/// A flake whose input `dep` is locked to a URL and a hash.
fn flake(url: &str, hash: &str, is_flake: bool) -> Project {
    let text = format!(
        "{{ inputs.dep = {{ url = \"{url}\"; flake = {is_flake}; }}; outputs = {{ self, dep }}: {{\n\
           value = dep.value; text = builtins.readFile \"${{dep}}/text\"; unused = 1; path = \"${{dep}}\";\n\
           info = builtins.removeAttrs dep.sourceInfo [ \"outPath\" ]; }}; }}"
    );
    let locked = format!(r#"{{ "type": "tarball", "url": "{url}", "narHash": "{hash}", "lastModified": 1000000000 }}"#);
    let flake = if is_flake { "" } else { r#""flake": false, "# };
    let lock = format!(
        r#"{{ "version": 7, "root": "root", "nodes": {{ "root": {{ "inputs": {{ "dep": "dep" }} }},
           "dep": {{ {flake}"locked": {locked}, "original": {{ "type": "tarball", "url": "{url}" }} }} }} }}"#
    );
    Project::flake(text).with("flake.lock", lock)
}

struct Cache(tempfile::TempDir);

impl Cache {
    fn new() -> Self {
        Cache(tempfile::tempdir().unwrap())
    }

    #[track_caller]
    fn eval(&self, project: &Project, output: &str, more: &[&str]) -> Run {
        let target = format!(".#{output}");
        let arguments = [&["eval", "--json", &target], more].concat();
        program!().run_in(project.root(), &arguments, &[("XDG_CACHE_HOME", self.0.path().to_str().unwrap())])
    }
}

#[test]
fn an_input_is_fetched_once_and_when_it_is_used() {
    let server = Server::start(|_, _| ok(&archive()));
    let project = flake(&server.url("/dep.tar.gz"), HASH, true);
    let cache = Cache::new();
    assert_eq!(cache.eval(&project, "unused", &[]).expect(0).stdout, "1\n");
    assert!(server.requests().is_empty());
    assert_eq!(cache.eval(&project, "value", &[]).expect(0).stdout, "\"from the archive\"\n");
    assert_eq!(cache.eval(&project, "text", &["--offline"]).expect(0).stdout, "\"a text\\n\"\n");
    // Programs see the store path that it would have.
    assert_eq!(cache.eval(&project, "path", &[]).expect(0).stdout, format!("\"{STORE_PATH}\"\n"));
    let info = cache.eval(&project, "info", &[]).expect(0).stdout;
    assert_eq!(
        info,
        format!("{{\"lastModified\":1000000000,\"lastModifiedDate\":\"20010909014640\",\"narHash\":\"{HASH}\"}}\n")
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_input_that_is_no_flake() {
    let server = Server::start(|_, _| ok(&archive()));
    let project = flake(&server.url("/dep.tar.gz"), HASH, false);
    let cache = Cache::new();
    assert_eq!(cache.eval(&project, "text", &[]).expect(0).stdout, "\"a text\\n\"\n");
    assert_eq!(cache.eval(&project, "path", &[]).expect(0).stdout, format!("\"{STORE_PATH}\"\n"));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn without_the_network_an_input_that_is_nowhere_is_an_error_where_it_is_used() {
    let server = Server::start(|_, _| ok(&archive()));
    let project = flake(&server.url("/dep.tar.gz"), HASH, true);
    let cache = Cache::new();
    assert_eq!(cache.eval(&project, "unused", &["--offline"]).expect(0).stdout, "1\n");
    cache.eval(&project, "value", &["--offline"]).expect(2).says("is not in the Nix store of this machine");
    cache.eval(&project, "value", &["--online", "--offline"]).expect(2);
    assert!(server.requests().is_empty());
    cache.eval(&project, "value", &["--offline", "--online"]).expect(0);
}

#[test]
fn an_override_comes_before_all() {
    let server = Server::start(|_, _| ok(&archive()));
    let project = flake(&server.url("/dep.tar.gz"), HASH, true);
    let other = Project::outputs("{ value = \"another\"; }");
    let run = Cache::new().eval(&project, "value", &["--override-input", "dep", other.root_text()]);
    assert_eq!(run.expect(0).stdout, "\"another\"\n");
    assert!(server.requests().is_empty());
}

#[test]
fn another_tree_than_the_locked_one_is_refused() {
    let wrong = HASH.replace("+t5", "+t6");
    let server = Server::start(|_, _| ok(&archive()));
    let project = flake(&server.url("/dep.tar.gz"), &wrong, true);
    let cache = Cache::new();
    let run = cache.eval(&project, "value", &[]).expect(2);
    run.says(HASH).says(&wrong).says("input 'dep'");
    assert_eq!(std::fs::read_dir(cache.0.path().join("bt-lint/trees")).unwrap().count(), 0);
    // No second run uses what the first one refused.
    cache.eval(&project, "value", &["--offline"]).expect(2);
}

#[test]
fn a_server_that_says_no() {
    let server = Server::start(|_, _| answer("404 Not Found", "", b""));
    let project = flake(&server.url("/dep.tar.gz").replace("http://", "http://user:s3cret@"), HASH, true);
    let run = Cache::new().eval(&project, "value", &[]).expect(2).says("answered with HTTP status 404");
    assert!(!run.stderr.contains("cannot download 'http://user"), "{}", run.shown());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn hostile_inputs_are_errors_of_the_program_too() {
    let hostile = Tarball::new().entry(b'2', "t/l", "/tmp", b"").file("t/l/f", "x").gzip();
    let server = Server::start(move |_, _| ok(&hostile));
    let project = flake(&server.url("/dep.tar.gz"), HASH, true);
    Cache::new().eval(&project, "value", &[]).expect(2).says("in the archive goes through");
}

#[test]
fn a_file_of_this_machine_needs_no_network() {
    let path = repository().join("tests/data/archives/flake.tar.gz");
    let project = flake(&format!("file://{}", path.display()), HASH, true);
    let run = Cache::new().eval(&project, "value", &["--offline"]);
    assert_eq!(run.expect(0).stdout, "\"from the archive\"\n");
}

#[test]
fn where_nothing_can_be_kept_nothing_is_fetched() {
    let server = Server::start(|_, _| ok(&archive()));
    let project = flake(&server.url("/dep.tar.gz"), HASH, true);
    program!().run(project.root(), &["eval", ".#value"]).expect(2).says("is not in the Nix store of this machine");
    assert!(server.requests().is_empty());
}

#[test]
fn proxies_come_from_the_environment() {
    let proxy = Server::start(|_, _| ok(&archive()));
    let project = flake("http://example.invalid/dep.tar.gz", HASH, true);
    let cache = Cache::new();
    let variables =
        [("XDG_CACHE_HOME", cache.0.path().to_str().unwrap()), ("http_proxy", &proxy.url("")), ("no_proxy", "")];
    let run = program!().run_in(project.root(), &["eval", "--json", ".#value"], &variables).expect(0);
    assert_eq!(run.stdout, "\"from the archive\"\n");
    let asked: Vec<String> = proxy.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(asked, ["example.invalid:80", "/dep.tar.gz"]);
}

/// A flake that is locked to a nixpkgs at a URL.
fn with_nixpkgs(url: &str, hash: &str) -> Project {
    let text = format!(
        "{{ inputs.nixpkgs.url = \"{url}\"; outputs = {{ self, nixpkgs }}: {{\n\
           value = nixpkgs.value or \"stand-in\"; }}; }}"
    );
    let lock = format!(
        r#"{{ "version": 7, "root": "root", "nodes": {{ "root": {{ "inputs": {{ "nixpkgs": "nixpkgs" }} }},
           "nixpkgs": {{ "locked": {{ "type": "tarball", "url": "{url}", "narHash": "{hash}" }},
           "original": {{ "type": "tarball", "url": "{url}" }} }} }} }}"#
    );
    Project::flake(text).with("flake.lock", lock)
}

#[test]
fn what_can_be_fetched_needs_no_stand_in() {
    let server = Server::start(|_, _| ok(&archive()));
    let project = with_nixpkgs(&server.url("/nixpkgs"), HASH);
    let cache = Cache::new();
    let offline = cache.eval(&project, "value", &["--offline"]).expect(0);
    assert_eq!(offline.stdout, "\"stand-in\"\n");
    offline.says("nixpkgs is not in the Nix store: the built-in model stands in for it");
    assert_eq!(cache.eval(&project, "value", &["--nixpkgs", "model"]).expect(0).stdout, "\"stand-in\"\n");
    assert!(server.requests().is_empty());
    let run = cache.eval(&project, "value", &[]).expect(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("\"from the archive\"\n", ""));
    // From the cache.
    assert_eq!(cache.eval(&project, "value", &["--offline"]).expect(0).stdout, "\"from the archive\"\n");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_is_out_of_reach_has_a_stand_in_unless_that_is_refused() {
    let project = with_nixpkgs("http://127.0.0.1:1/nixpkgs", HASH);
    let cache = Cache::new();
    let run = cache.eval(&project, "value", &[]).expect(0);
    assert_eq!(run.stdout, "\"stand-in\"\n");
    run.says("nixpkgs is not in the Nix store, nor fetched (cannot download 'http://127.0.0.1:1/nixpkgs': ");
    // For a while nobody asks again, unless told to.
    let server = Server::start(|_, _| ok(&archive()));
    let project = with_nixpkgs(&server.url("/nixpkgs"), HASH);
    cache.eval(&project, "value", &[]).expect(0).says("there was no way to the network a few minutes ago");
    assert!(server.requests().is_empty());
    assert_eq!(cache.eval(&project, "value", &["--online"]).expect(0).stdout, "\"from the archive\"\n");
    for arguments in [["--online", "--nixpkgs=auto"], ["--nixpkgs", "locked"]] {
        let gone = with_nixpkgs("http://127.0.0.1:1/other/nixpkgs", &HASH.replace("+t5", "+t6"));
        Cache::new()
            .eval(&gone, "value", &arguments)
            .expect(2)
            .says("cannot download 'http://127.0.0.1:1/other/nixpkgs'");
    }
}

#[test]
fn nothing_stands_in_for_another_tree_than_the_locked_one() {
    let server = Server::start(|_, _| ok(&archive()));
    let wrong = HASH.replace("+t5", "+t6");
    let project = with_nixpkgs(&server.url("/nixpkgs"), &wrong);
    Cache::new().eval(&project, "value", &[]).expect(2).says(HASH).says(&wrong);
    let server = Server::start(|_, _| answer("404 Not Found", "", b""));
    let project = with_nixpkgs(&server.url("/nixpkgs"), HASH);
    Cache::new().eval(&project, "value", &[]).expect(0).says("404");
}

#[test]
fn a_limit_of_time_is_one_for_downloads_too() {
    let server = Server::start(|_, _| vec![bt_tests::loopback::Step::Wait(std::time::Duration::from_secs(5))]);
    let project = flake(&server.url("/dep.tar.gz"), HASH, true);
    let started = std::time::Instant::now();
    let run = Cache::new().eval(&project, "value", &["--timeout", "1"]).expect(2);
    let run = run.says("cannot download");
    assert!(started.elapsed().as_secs() < 4, "{}", run.shown());
}
