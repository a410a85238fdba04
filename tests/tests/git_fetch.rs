//! Commits of git repositories, fetched from a directory and from `git http-backend`; and from a server that does what
//! none should. Hashes are those of Nix (`builtins.fetchGit`), which is asked where it is installed.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_fetch::{Cache, FetchErrorKind, Fetcher, GitSource, HttpOptions, Limits, Options, Progress, Settings, Source};
use bt_flakeref::{Attribute, Attributes, FlakeRef};
use bt_store::{Hash, HashAlgorithm};
use bt_tests::loopback::{Request, Server, Step, answer, ok, told};
use bt_tests::project::Project;
use bt_tests::{git, nix};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

struct Quiet;

impl Progress for Quiet {
    fn received(&self, _: &str, _: u64, _: Option<u64>) {}
    fn retrying(&self, _: &str, _: &str, _: Duration) {}
    fn finished(&self, _: &str) {}
}

fn fetcher_with(cache: &Path, change: impl FnOnce(&mut Options)) -> Fetcher {
    let http = HttpOptions {
        stall_timeout: Duration::from_millis(600),
        retry_delay: Duration::from_millis(1),
        max_retry_delay: Duration::from_millis(5),
        max_size: 4 << 20,
        proxy_from_environment: false,
        ..HttpOptions::default()
    };
    let limits = Limits { unpacked_size: 8 << 20, entries: 1000, ..Limits::default() };
    let mut options = Options { http, limits, patience: Duration::from_secs(10), ..Options::default() };
    change(&mut options);
    Fetcher::new(Cache::new(cache), options, || (Settings::default(), Default::default()), Quiet)
}

fn fetcher(cache: &Path) -> Fetcher {
    fetcher_with(cache, |_| {})
}

/// A repository with files of all kinds, in two commits; the first of them.
fn repository() -> (Project, String) {
    let project = Project::new().with("a", "a\n").with("dir/deep/b", "b\r\n").with("run", "#!/bin/sh\n");
    project.write(".gitattributes", "* text=auto eol=crlf\nignored export-ignore\nsubst export-subst\n");
    project.write("ignored", "i\n");
    project.write("subst", "$Format:%H$\n");
    // Large enough for deltas.
    project.write("large", (0..5000).map(|n| format!("{n}\n")).collect::<String>());
    std::fs::set_permissions(project.path("run"), PermissionsExt::from_mode(0o755)).unwrap();
    symlink("../nowhere", project.path("dir/link")).unwrap();
    git::run(project.root(), &["init", "-q"]);
    let first = commit(&project);
    project.write("large", (0..5000).map(|n| format!("{}\n", n + n / 4999)).collect::<String>());
    project.write("new", "new\n");
    commit(&project);
    (project, first)
}

fn commit(project: &Project) -> String {
    git::run(project.root(), &["add", "."]);
    git::run(project.root(), &["commit", "-qm", "message"]);
    git::run(project.root(), &["rev-parse", "HEAD"])
}

/// A bare copy, made with arguments of `git clone`.
fn bare(of: &Path, arguments: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("file://{}", of.display());
    git::run(directory.path(), &[&["clone", "-q", "--bare"], arguments, &[&url, "repo.git"]].concat());
    let path = directory.path().join("repo.git");
    (directory, path)
}

fn source(url: impl Into<String>, rev: &str) -> GitSource {
    let mut attributes = Attributes::default();
    attributes.insert("type", Attribute::from("git"));
    attributes.insert("url", Attribute::from(url.into().as_str()));
    attributes.insert("rev", Attribute::from(rev));
    match Source::of(&FlakeRef::from_attributes(attributes).unwrap()).unwrap() {
        Source::Git(source) => source,
        other => panic!("{other:?}"),
    }
}

fn sri(text: &str) -> Hash {
    Hash::parse_any(text, Some(HashAlgorithm::Sha256)).unwrap()
}

/// A hash that nothing has.
const NONE: &str = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The hash that a source has, by the error for another one.
#[track_caller]
fn hash_of(fetcher: &Fetcher, source: &GitSource) -> String {
    let error = fetcher.fetch(&Source::Git(source.clone()), &sri(NONE)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::HashMismatch, "{error}");
    error.message.split("has the hash '").nth(1).unwrap().split('\'').next().unwrap().to_string()
}

/// The hash by Nix 2.26, of the tree as inputs have it.
fn hash_by_nix(directory: &Path, rev: &str, more: &str) -> Option<String> {
    let url = format!("file://{}", directory.display());
    let expression =
        format!(r#"(builtins.fetchTree {{ type = "git"; url = "{url}"; rev = "{rev}"; {more} }}).narHash"#);
    Some(nix::fetched(&expression)?.as_str().unwrap().to_string())
}

const FIRST: &str = "sha256-NWK1qxmhLWMBnOccdRBoSpB/ggZIirLoOy98G+3w0HE=";

fn contents(cache: &Path) -> Vec<String> {
    let names = |folder: &str| -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(cache.join(folder)) else { return Vec::new() };
        entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().display())).collect()
    };
    [names("trees"), names("tmp")].concat()
}

#[test]
fn the_tree_of_a_commit_in_a_directory() {
    let (project, first) = repository();
    let cache = tempfile::tempdir().unwrap();
    let fetcher = fetcher_with(cache.path(), |options| options.online = false);
    assert_eq!(hash_of(&fetcher, &source(format!("file://{}", project.root_text()), &first)), FIRST);
    assert_eq!(hash_of(&fetcher, &source(project.root_text(), &first)), FIRST);
    if let Some(theirs) = hash_by_nix(project.root(), &first, "") {
        assert_eq!(theirs, FIRST);
    }
    let head = git::run(project.root(), &["rev-parse", "HEAD"]);
    let second = hash_of(&fetcher, &source(project.root_text(), &head));
    assert_ne!(second, FIRST);
    // Whatever the work tree has.
    project.write("a", "changed");
    assert_eq!(hash_of(&fetcher, &source(project.root_text(), &head)), second);
    // However objects are kept.
    git::run(project.root(), &["repack", "-adq", "--window=50"]);
    assert_eq!(hash_of(&fetcher, &source(project.root_text(), &head)), second);
    let (_owner, copy) = bare(project.root(), &["--depth=1"]);
    assert_eq!(hash_of(&fetcher, &source(copy.to_str().unwrap(), &head)), second);
    let error = fetcher.fetch(&Source::Git(source(copy.to_str().unwrap(), &first)), &sri(FIRST)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Repository);
    assert!(error.message.ends_with(&format!("it has no commit {first}")), "{error}");
    assert!(contents(cache.path()).is_empty());
    let tree = fetcher.fetch(&Source::Git(source(project.root_text(), &first)), &sri(FIRST)).unwrap();
    assert_eq!(std::fs::read(tree.join("dir/deep/b")).unwrap(), b"b\n");
    assert_eq!(contents(cache.path()).len(), 1);
}

fn serve(root: &Path, configuration: &'static [&'static str]) -> Server {
    let root = root.to_path_buf();
    Server::start(move |request, _| git::http_backend(&root, configuration, request))
}

#[test]
fn the_tree_of_a_commit_from_a_server() {
    let (project, first) = repository();
    let (owner, _) = bare(project.root(), &[]);
    for configuration in [&[][..], &["uploadpack.allowReachableSHA1InWant=true", "protocol.version=0"]] {
        let server = serve(owner.path(), configuration);
        let cache = tempfile::tempdir().unwrap();
        let fetcher = fetcher(cache.path());
        assert_eq!(hash_of(&fetcher, &source(server.url("/repo.git"), &first)), FIRST);
        assert!(contents(cache.path()).is_empty());
        fetcher.fetch(&Source::Git(source(server.url("/repo.git"), &first)), &sri(FIRST)).unwrap();
        // The commit alone: asked for once each time.
        assert_eq!(server.requests().len(), 4);
        assert!(String::from_utf8_lossy(&server.requests()[1].body).contains("deepen 1"));
    }
}

/// Without version 2, and with what the configuration allows.
fn first_version(root: &Path, configuration: &'static [&'static str]) -> Server {
    let root = root.to_path_buf();
    Server::start(move |request, _| {
        let mut request = request.clone();
        request.headers.retain(|(name, _)| name != "git-protocol");
        git::http_backend(&root, configuration, &request)
    })
}

#[test]
fn a_server_of_the_first_version() {
    let (project, first) = repository();
    let (owner, _) = bare(project.root(), &[]);
    let server = first_version(owner.path(), &["uploadpack.allowReachableSHA1InWant=true"]);
    let cache = tempfile::tempdir().unwrap();
    assert_eq!(hash_of(&fetcher(cache.path()), &source(server.url("/repo.git"), &first)), FIRST);
    assert_eq!(server.requests().len(), 2);
    // One that hands out nothing but what references point to.
    let server = first_version(owner.path(), &[]);
    assert_eq!(hash_of(&fetcher(cache.path()), &source(server.url("/repo.git"), &first)), FIRST);
    let asked = String::from_utf8_lossy(&server.requests()[2].body).into_owned();
    assert!(!asked.contains("deepen") && !asked.contains(&first), "{asked}");
    let mut missing = source(server.url("/repo.git"), &first);
    missing.rev = source("/", &"1".repeat(40)).rev;
    let error = fetcher(cache.path()).fetch(&Source::Git(missing), &sri(NONE)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Repository);
    assert!(error.message.contains("it has no commit 1111"), "{error}");
}

/// Fetches from a server that does other than it should until a run failed, then as it should.
#[track_caller]
fn fails(
    name: &str,
    kind: FetchErrorKind,
    says: &str,
    twist: impl Fn(&Request, (String, String, Vec<u8>)) -> Vec<Step> + Send + Sync + 'static,
) {
    let (project, first) = repository();
    let (owner, _) = bare(project.root(), &[]);
    let root = owner.path().to_path_buf();
    let mended = Arc::new(AtomicBool::new(false));
    let is_mended = Arc::clone(&mended);
    let server = Server::start(move |request, _| {
        let parts = git::http_backend_parts(&root, &[], request);
        match is_mended.load(Ordering::SeqCst) {
            true => answer(&parts.0, &parts.1, &parts.2),
            false => twist(request, parts),
        }
    });
    let cache = tempfile::tempdir().unwrap();
    let fetcher = fetcher(cache.path());
    let source = Source::Git(source(server.url("/repo.git"), &first));
    let error = fetcher.fetch(&source, &sri(FIRST)).expect_err(name);
    assert_eq!(error.kind, kind, "{name}: {error}");
    assert!(error.message.contains(says), "{name}: {error}");
    assert!(contents(cache.path()).is_empty(), "{name}");
    mended.store(true, Ordering::SeqCst);
    fetcher.fetch(&source, &sri(FIRST)).unwrap_or_else(|error| panic!("{name}, next run: {error}"));
}

#[test]
fn servers_that_fail() {
    fails("404", FetchErrorKind::Status(404), "HTTP status 404", |_, _| answer("404 Not Found", "", b""));
    fails("500", FetchErrorKind::Status(500), "(tried 5 times)", |_, _| answer("500 Oops", "", b""));
    fails("a page", FetchErrorKind::Repository, "does not speak git's smart protocol", |_, _| ok(b"<html>"));
    fails("nothing", FetchErrorKind::Repository, "ends too early", |_, _| ok(b""));
    let post = |request: &Request| request.method == "POST";
    fails("500 later", FetchErrorKind::Status(500), "HTTP status 500", move |request, (status, headers, body)| {
        if post(request) { answer("500 Oops", "", b"") } else { answer(&status, &headers, &body) }
    });
    fails("a redirect of an answer", FetchErrorKind::Limit, "redirects", move |request, (status, headers, body)| {
        if post(request) { answer("302 Found", "Location: /x\r\n", b"") } else { answer(&status, &headers, &body) }
    });
    fails("truncated", FetchErrorKind::Repository, "ends too early", move |request, (status, headers, body)| {
        let end = if post(request) { body.len() / 2 } else { body.len() };
        answer(&status, &headers, &body[..end])
    });
    fails("broken off", FetchErrorKind::Network, "the connection to", move |request, (status, headers, body)| {
        let end = if post(request) { body.len() / 2 } else { body.len() };
        told(&status, &headers, &body[..end], body.len())
    });
    fails("a stall", FetchErrorKind::Network, "does not answer in time", move |request, (status, headers, body)| {
        let mut steps = answer(&status, &headers, &body);
        if post(request) {
            steps.insert(1, Step::Wait(Duration::from_millis(1500)));
        }
        steps
    });
    fails(
        "a wrong byte",
        FetchErrorKind::Repository,
        "its checksum is wrong",
        move |request, (status, headers, mut body)| {
            if post(request) {
                let middle = body.len() / 2;
                body[middle] ^= 1;
            }
            answer(&status, &headers, &body)
        },
    );
    fails(
        "an error",
        FetchErrorKind::Refused,
        "the server says 'no ! way'",
        move |request, (status, headers, body)| {
            if post(request) { ok(b"0010ERR no !\x1bway") } else { answer(&status, &headers, &body) }
        },
    );
}

#[test]
fn a_repository_that_moved() {
    let (project, first) = repository();
    let (owner, _) = bare(project.root(), &[]);
    let server = serve(owner.path(), &[]);
    let target = server.url("/repo.git/info/refs?service=git-upload-pack");
    let elsewhere = Server::start(move |_, _| answer("301 Moved", &format!("Location: {target}\r\n"), b""));
    let cache = tempfile::tempdir().unwrap();
    let url = elsewhere.url("/old").replace("http://", "http://user:s3cret@");
    assert_eq!(hash_of(&fetcher(cache.path()), &source(url, &first)), FIRST);
    assert_eq!(elsewhere.requests().len(), 1);
    assert!(elsewhere.requests()[0].header("authorization").is_some());
    assert_eq!(server.requests().len(), 2);
    assert!(server.requests().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn a_commit_through_ssh() {
    let (project, first) = repository();
    let (_owner, path) = bare(project.root(), &[]);
    let cache = tempfile::tempdir().unwrap();
    let url = format!("ssh://git@example.invalid:22{}", path.display());
    // Instead of ssh: the arguments, and what the other machine would run.
    let log = cache.path().join("log");
    let run = format!("f() {{ echo \"$*\" >> {}; for c; do :; done; eval \"$c\"; }}; f", log.display());
    for version in ["", "unset GIT_PROTOCOL; "] {
        let command = format!("{version}{run}");
        let fetcher = fetcher_with(cache.path(), |options| options.ssh_command = Some(command));
        assert_eq!(hash_of(&fetcher, &source(&url, &first)), FIRST);
    }
    let said = std::fs::read_to_string(&log).unwrap();
    let line = format!("-o SendEnv=GIT_PROTOCOL -p 22 git@example.invalid git-upload-pack '{}'", path.display());
    assert!(said.lines().all(|said| said == line), "{said}");
    for (command, kind) in [("false", FetchErrorKind::Repository), ("sleep 3; :", FetchErrorKind::Network)] {
        let fetcher = fetcher_with(cache.path(), |options| options.ssh_command = Some(command.into()));
        let error = fetcher.fetch(&Source::Git(source(&url, &first)), &sri(FIRST)).unwrap_err();
        assert_eq!(error.kind, kind, "{command}: {error}");
    }
    assert!(contents(cache.path()).is_empty());
}

#[test]
fn trees_that_no_program_would_write() {
    let project = Project::new();
    git::run(project.root(), &["init", "-q"]);
    let blob = [0x41u8; 20];
    let entry = |mode: &str, name: &str| [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &blob].concat();
    let cases: [(&str, Vec<Vec<u8>>, &str); 6] = [
        ("out", vec![entry("100644", "..")], "a name that leads out of it"),
        ("slash", vec![entry("100644", "a/b")], "a name that leads out of it"),
        ("git", vec![entry("40000", ".GIT")], "an entry '.git'"),
        ("twice", vec![entry("120000", "a"), entry("40000", "a")], "two entries of one name"),
        ("cut", vec![b"100644 a\0x".to_vec()], "is broken"),
        ("mode", vec![entry("10644", "a")], "is broken"),
    ];
    for (name, entries, says) in cases {
        project.write("tree", entries.concat());
        let tree = git::run(project.root(), &["hash-object", "-t", "tree", "--literally", "-w", "tree"]);
        let commit = git::run(project.root(), &["commit-tree", "-m", "m", &tree]);
        let cache = tempfile::tempdir().unwrap();
        let error = fetcher(cache.path())
            .fetch(&Source::Git(source(project.root_text(), &commit)), &sri(NONE))
            .expect_err(name);
        assert_eq!(error.kind, FetchErrorKind::Repository, "{name}: {error}");
        assert!(error.message.contains(says), "{name}: {error}");
        assert!(contents(cache.path()).is_empty(), "{name}");
    }
}
