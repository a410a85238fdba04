//! `fetchTree`, `fetchGit`, `fetchTarball`, `fetchurl` and `getFlake`: values as Nix 2.26 has them, errors, and what is
//! fetched when.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::loopback::{Server, ok};
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::{Project, repository};
use bt_tests::{git, nix};
use serde_json::{Value as Json, json};

const ARCHIVE_HASH: &str = "sha256-+t51K3Y0DqeQr6RKOMgB2P3EHXC3EcRfu9zZMj5zfjU=";

fn archive() -> Vec<u8> {
    std::fs::read(repository().join("tests/data/archives/flake.tar.gz")).unwrap()
}

/// A directory for a cache, and what is evaluated with it.
struct Cache(tempfile::TempDir);

impl Cache {
    fn new() -> Self {
        Cache(tempfile::tempdir().unwrap())
    }

    #[track_caller]
    fn eval(&self, expression: &str, more: &[&str]) -> Run {
        let arguments = [&["eval", "--json", "--strict", "-E", expression], more].concat();
        program!().run_in(self.0.path(), &arguments, &[("XDG_CACHE_HOME", self.0.path().to_str().unwrap())])
    }

    #[track_caller]
    fn value(&self, expression: &str, more: &[&str]) -> Json {
        serde_json::from_str(&self.eval(expression, more).expect(0).stdout).unwrap()
    }
}

/// A repository with two commits; the first of them.
fn two_commits() -> (Project, String) {
    let project = Project::flake("{ outputs = { self }: { value = \"git\"; inherit (self) sourceInfo; }; }")
        .with("a", "a\n")
        .with("dir/b", "b\n");
    git::run(project.root(), &["init", "-q"]);
    let commit = || {
        git::run(project.root(), &["add", "."]);
        git::run(project.root(), &["commit", "-qm", "message"]);
        git::run(project.root(), &["rev-parse", "HEAD"])
    };
    let first = commit();
    project.write("c", "c\n");
    commit();
    (project, first)
}

/// All of a set, and what is in its tree.
fn all(call: &str) -> String {
    format!(
        "let x = {call}; in {{ info = removeAttrs x [ \"outPath\" ]; path = \"${{x}}\";\n\
         files = if builtins.pathExists (x + \"/.\") then builtins.readDir x.outPath else null; }}"
    )
}

/// The same value as by Nix 2.26.
#[track_caller]
fn same(cache: &Cache, expression: &str) -> Json {
    let ours = cache.value(expression, &["--impure"]);
    if let Some(theirs) = nix::fetched(expression) {
        assert_eq!(ours, theirs, "bt-lint on the left, Nix on the right: {expression}");
    }
    ours
}

#[test]
fn git_repositories_of_this_machine() {
    let (project, first) = two_commits();
    let (cache, root) = (Cache::new(), project.root_text());
    let locked = same(&cache, &all(&format!("builtins.fetchGit {{ url = \"file://{root}\"; rev = \"{first}\"; }}")));
    assert_eq!(locked["info"]["revCount"], json!(1));
    assert_eq!(locked["info"]["lastModified"], json!(1_714_564_800));
    assert_eq!(locked["files"].as_object().unwrap().len(), 3);
    let tree = format!("builtins.fetchTree {{ type = \"git\"; url = \"file://{root}\"; rev = \"{first}\"; }}");
    assert_eq!(same(&cache, &all(&tree))["info"].get("revCount"), None);
    same(
        &cache,
        &all(&format!("builtins.fetchGit {{ url = {root}; rev = \"{first}\"; name = \"x\"; shallow = true; }}")),
    );
    same(&cache, &all(&format!("builtins.fetchGit {{ url = {root}; ref = \"main\"; }}")));
    same(&cache, &all(&format!("builtins.fetchGit {root}")));
    same(&cache, &all(&format!("builtins.fetchTree \"git+file://{root}\"")));
    same(&cache, &all(&format!("builtins.fetchTree {{ type = \"git\"; url = \"file://{root}\"; }}")));
    project.write("a", "changed\n");
    project.write("untracked", "");
    let dirty = same(&cache, &all(&format!("builtins.fetchGit {{ url = {root}; name = \"dirty\"; }}")));
    assert_eq!(dirty["info"]["rev"], json!("0".repeat(40)));
    assert_eq!(dirty["files"].get("untracked"), None);
    let dirty = same(&cache, &all(&format!("builtins.fetchTree {{ type = \"git\"; url = \"file://{root}\"; }}")));
    assert_eq!(dirty["info"].get("rev"), None);
}

#[test]
fn what_attributes_leave_out() {
    let (project, _) = two_commits();
    project.write(
        ".gitattributes",
        "/a export-ignore\n*.x export-ignore\ndir/*/no export-ignore\nkept.x -export-ignore\n",
    );
    project.write("dir/.gitattributes", "b export-ignore\n");
    for name in ["sub/a", "y.x", "sub/y.x", "kept.x", "dir/one/no", "dir/one/two/no", "dir/one/yes"] {
        project.write(name, name);
    }
    git::run(project.root(), &["add", "."]);
    git::run(project.root(), &["commit", "-qm", "message"]);
    let rev = git::run(project.root(), &["rev-parse", "HEAD"]);
    let (cache, root) = (Cache::new(), project.root_text());
    for more in ["", "exportIgnore = false;"] {
        same(&cache, &all(&format!("builtins.fetchGit {{ url = {root}; rev = \"{rev}\"; {more} }}")));
    }
}

#[test]
fn submodules() {
    let (inner, _) = two_commits();
    let (project, _) = two_commits();
    git::run(project.root(), &["submodule", "add", "-q", &format!("file://{}", inner.root_text()), "dir/sub"]);
    git::run(project.root(), &["commit", "-qm", "message"]);
    let rev = git::run(project.root(), &["rev-parse", "HEAD"]);
    let (cache, root) = (Cache::new(), project.root_text());
    for more in ["", "submodules = true;"] {
        let call = format!("builtins.fetchGit {{ url = \"file://{root}\"; rev = \"{rev}\"; {more} }}");
        let files = format!("{{ all = {}; sub = builtins.readDir ({call} + \"/dir/sub\"); }}", all(&call));
        let value = same(&cache, &files);
        assert_eq!(value["sub"].as_object().unwrap().len(), if more.is_empty() { 0 } else { 4 });
    }
}

#[test]
fn a_commit_needs_no_hash_when_evaluation_is_pure() {
    let (project, first) = two_commits();
    let (cache, root) = (Cache::new(), project.root_text());
    let call = format!("(builtins.fetchGit {{ url = \"file://{root}\"; rev = \"{first}\"; }})");
    assert_eq!(cache.value(&format!("builtins.readFile \"${{{call}}}/a\""), &[]), json!("a\n"));
    let narrow = format!("builtins.fetchGit {{ url = \"file://{root}\"; rev = \"{}\"; }}", "1".repeat(40));
    cache.eval(&format!("({narrow}).narHash"), &[]).expect(2).says("it has no commit");
    assert_eq!(cache.value(&format!("({narrow}).shortRev"), &[]), json!("1111111"));
}

#[test]
fn directories_archives_and_files_of_this_machine() {
    let project = Project::new().with("d/a", "a\n").with("d/b/c", "c\n").with("x.txt", "text\n");
    let (cache, root) = (Cache::new(), project.root_text());
    same(&cache, &all(&format!("builtins.fetchTree {{ type = \"path\"; path = \"{root}/d\"; }}")));
    let archive = repository().join("tests/data/archives/flake.tar.gz").display().to_string();
    let path =
        |call: &str| format!("let x = {call}; in {{ path = \"${{x}}\"; text = builtins.readFile \"${{x}}/text\"; }}");
    same(&cache, &path(&format!("builtins.fetchTarball \"file://{archive}\"")));
    let named =
        format!("builtins.fetchTarball {{ url = \"file://{archive}\"; name = \"n\"; sha256 = \"{ARCHIVE_HASH}\"; }}");
    same(&cache, &path(&named));
    same(
        &cache,
        &path(&format!(
            "builtins.fetchTree {{ type = \"tarball\"; url = \"file://{archive}\"; narHash = \"{ARCHIVE_HASH}\"; }}"
        )),
    );
    let file = |call: &str| format!("let x = {call}; in {{ path = \"${{x}}\"; text = builtins.readFile x; }}");
    same(&cache, &file(&format!("builtins.fetchurl \"file://{root}/x.txt\"")));
    same(&cache, &file(&format!("builtins.fetchurl {{ url = \"file://{root}/x.txt\"; name = \"y\"; }}")));
    same(&cache, &all(&format!("builtins.fetchTree {{ type = \"file\"; url = \"file://{root}/x.txt\"; }}")));
}

#[test]
fn a_wrong_hash_of_what_is_on_this_machine() {
    let project = Project::new().with("x.txt", "text\n").with("d/a", "");
    let (cache, root) = (Cache::new(), project.root_text());
    let zero = "0".repeat(52);
    let call = format!("builtins.fetchurl {{ url = \"file://{root}/x.txt\"; sha256 = \"{zero}\"; }}");
    // Nix's words, and its line breaks.
    let run = cache.eval(&call, &[]).expect(2);
    run.says(&format!("hash mismatch in file downloaded from 'file://{root}/x.txt':")).says(&format!("sha256:{zero}"));
    let archive = repository().join("tests/data/archives/flake.tar.gz").display().to_string();
    let call = format!("builtins.fetchTarball {{ url = \"file://{archive}\"; sha256 = \"{zero}\"; }}");
    cache.eval(&call, &[]).expect(2).says(ARCHIVE_HASH);
    let none = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let call = format!("builtins.fetchTree {{ type = \"path\"; path = \"{root}/d\"; narHash = \"{none}\"; }}");
    cache.eval(&call, &[]).expect(2).says("NAR hash mismatch in input").says(none);
}

#[test]
fn what_is_not_locked_when_evaluation_is_pure() {
    let cache = Cache::new();
    for (call, says) in [
        ("fetchurl \"http://x/y\"", "in pure evaluation mode, 'fetchurl' requires a 'sha256' argument"),
        (
            "fetchTarball { url = \"http://x/y\"; }",
            "in pure evaluation mode, 'fetchTarball' requires a 'sha256' argument",
        ),
        (
            "fetchGit { url = \"https://x/r\"; }",
            "in pure evaluation mode, 'fetchGit' will not fetch unlocked input 'git+https://x/r?exportIgnore=1'",
        ),
        (
            "fetchTree { type = \"git\"; url = \"https://x/r\"; }",
            "in pure evaluation mode, 'fetchTree' will not fetch unlocked input 'git+https://x/r?shallow=1'",
        ),
        (
            "fetchTree { type = \"github\"; owner = \"o\"; repo = \"r\"; }",
            "in pure evaluation mode, 'fetchTree' will not fetch unlocked input 'github:o/r'",
        ),
        (
            "fetchTree { type = \"path\"; path = \"/x\"; }",
            "in pure evaluation mode, 'fetchTree' will not fetch unlocked input 'path:/x'",
        ),
        ("fetchGit { type = \"git\"; url = \"x\"; }", "unexpected argument 'type'"),
        ("fetchTree { url = \"x\"; }", "argument 'type' is missing in call to 'fetchTree'"),
        ("fetchTree { type = \"path\"; path = [ ]; }", "argument 'path' to 'fetchTree' is a list while a string"),
    ] {
        cache.eval(&format!("builtins.{call}"), &[]).expect(2).says(says);
    }
}

#[test]
fn what_is_elsewhere_is_fetched_once_and_when_it_is_read() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/text" => ok(b"a text\n"),
        _ => ok(&archive()),
    });
    let cache = Cache::new();
    let tarball =
        format!("builtins.fetchTarball {{ url = \"{}\"; sha256 = \"{ARCHIVE_HASH}\"; }}", server.url("/a.tar.gz"));
    let path = cache.value(&format!("\"${{{tarball}}}\""), &[]);
    assert_eq!(path, json!("/nix/store/b6x6zrl7dvh66w1jjf6z3rrv4cd0pfny-source"));
    assert!(server.requests().is_empty());
    let read = format!("builtins.readFile (({tarball}) + \"/text\")");
    cache.eval(&read, &["--offline"]).expect(2).says("the network may not be used");
    assert_eq!(cache.value(&read, &[]), json!("a text\n"));
    assert_eq!(cache.value(&read, &["--offline"]), json!("a text\n"));
    assert_eq!(server.requests().len(), 1);
    // From `sha256sum`.
    let hash = "105bcf1fdb892d27aa0004cf5b7d59776c1931c8ce4b5b0702e3c7e4d0506e6f";
    let file = |hash: &str| {
        format!("builtins.readFile (builtins.fetchurl {{ url = \"{}\"; sha256 = \"{hash}\"; }})", server.url("/text"))
    };
    let wrong = hash.replacen("10", "20", 1);
    cache.eval(&file(&wrong), &[]).expect(2).says("it is not used");
    assert_eq!(cache.value(&file(hash), &[]), json!("a text\n"));
    assert_eq!(cache.value(&file(hash), &["--offline"]), json!("a text\n"));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn flakes_by_reference() {
    let (project, first) = two_commits();
    let (cache, root) = (Cache::new(), project.root_text());
    let flake = |reference: &str| {
        format!(
            "let x = builtins.getFlake \"{reference}\"; in {{ inherit (x) value; info = removeAttrs x.sourceInfo [ \"outPath\" ]; path = \"${{x}}\"; }}"
        )
    };
    same(&cache, &flake(&format!("git+file://{root}")));
    let locked = same(&cache, &flake(&format!("git+file://{root}?rev={first}")));
    assert_eq!(locked["info"]["rev"], json!(first));
    let server = Server::start(|_, _| ok(&archive()));
    let reference = format!("{}?narHash={ARCHIVE_HASH}", server.url("/dep.tar.gz")).replace('+', "%2B");
    let value = cache.value(&format!("(builtins.getFlake \"{reference}\").value"), &[]);
    assert_eq!(value, json!("from the archive"));
    cache.eval(&format!("builtins.getFlake \"{root}\""), &[]).expect(2).says("cannot call 'getFlake' on unlocked");
    cache.eval("builtins.getFlake \"github:a/b\"", &["--impure"]).expect(2).says("is not available here");
}
