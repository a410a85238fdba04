//! Fetching, from a server of this machine that does what no server should do, and from archives that no program would
//! write. After every failure the cache is as it was before, and the next run succeeds.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_fetch::{Cache, FetchError, FetchErrorKind, Fetcher, HttpOptions, Limits, Netrc, Options, Progress, Settings};
use bt_fetch::{SettingsSource, Source};
use bt_store::{Hash, HashAlgorithm};
use bt_tests::loopback::{Request, Server, Step, answer, ok, told};
use bt_tests::project::repository;
use bt_tests::tarball::{Tarball, gzip};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The tree of `ustar.tar.gz`, by Nix.
const TREE: &str = "sha256-zeZ5IIAvP83mD35nniGBr6aoTwrdWnsEYjASnFEKfp8=";

fn archives() -> PathBuf {
    repository().join("tests/data/archives")
}

fn good() -> Vec<u8> {
    std::fs::read(archives().join("ustar.tar.gz")).unwrap()
}

fn sri(text: &str) -> Hash {
    Hash::parse_any(text, Some(HashAlgorithm::Sha256)).unwrap()
}

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Progress for Log {
    fn received(&self, name: &str, bytes: u64, total: Option<u64>) {
        self.0.lock().unwrap().push(format!("{name} {bytes} {total:?}"));
    }

    fn retrying(&self, name: &str, reason: &str, _: Duration) {
        self.0.lock().unwrap().push(format!("{name} again: {reason}"));
    }

    fn finished(&self, name: &str) {
        self.0.lock().unwrap().push(format!("{name} finished"));
    }
}

fn options() -> Options {
    Options {
        http: HttpOptions {
            connect_timeout: Duration::from_secs(5),
            stall_timeout: Duration::from_millis(200),
            total_timeout: Duration::from_secs(20),
            retry_delay: Duration::from_millis(1),
            max_retry_delay: Duration::from_millis(5),
            max_size: 4 << 20,
            proxy_from_environment: false,
            ..HttpOptions::default()
        },
        limits: Limits { unpacked_size: 8 << 20, entries: 1000, ..Limits::default() },
        patience: Duration::from_secs(10),
        ..Options::default()
    }
}

fn fetcher_with(cache: &Path, options: Options, config: &str, netrc: &str) -> (Fetcher, Log) {
    let log = Log::default();
    let (config, netrc) = (config.to_string(), netrc.to_string());
    let settings = move || -> (Settings, Netrc) {
        let variable = |name: &str| (name == "NIX_CONFIG").then(|| config.clone());
        let file = |path: &str| (path == "/etc/nix/netrc").then(|| netrc.clone());
        Settings::read(&SettingsSource { variable: &variable, file: &file })
    };
    (Fetcher::new(Cache::new(cache), options, settings, log.clone()), log)
}

fn fetcher(cache: &Path) -> Fetcher {
    fetcher_with(cache, options(), "", "").0
}

fn tarball(url: impl Into<String>) -> Source {
    Source::Tarball { url: url.into() }
}

/// The names in the folders of a cache.
fn contents(cache: &Path) -> Vec<String> {
    let names = |folder: &str| -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(cache.join(folder)) else { return Vec::new() };
        entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().display())).collect()
    };
    let mut all = [names("trees"), names("tmp")].concat();
    all.sort();
    all
}

/// Fetches from a server that does as the steps say until a run failed, then as it should.
#[track_caller]
fn fails(
    name: &str,
    kind: FetchErrorKind,
    says: &str,
    steps: impl Fn(&Request, usize) -> Vec<Step> + Send + Sync + 'static,
) {
    fails_with(name, options(), kind, says, steps);
}

#[track_caller]
fn fails_with(
    name: &str,
    options: Options,
    kind: FetchErrorKind,
    says: &str,
    steps: impl Fn(&Request, usize) -> Vec<Step> + Send + Sync + 'static,
) {
    let mended = Arc::new(AtomicBool::new(false));
    let is_mended = Arc::clone(&mended);
    let server = Server::start(
        move |request, number| {
            if is_mended.load(Ordering::SeqCst) { ok(&good()) } else { steps(request, number) }
        },
    );
    let directory = tempfile::tempdir().unwrap();
    let other = keep_a_tree(directory.path());
    let before = contents(directory.path());
    let fetcher = fetcher_with(directory.path(), options, "", "").0;
    let source = tarball(server.url("/x.tar.gz"));
    let error = fetcher.fetch(&source, &sri(TREE)).expect_err(name);
    assert_eq!(error.kind, kind, "{name}: {error}");
    assert!(error.message.contains(says), "{name}: {error}");
    assert_eq!(contents(directory.path()), before, "{name}");
    mended.store(true, Ordering::SeqCst);
    let tree = fetcher.fetch(&source, &sri(TREE)).unwrap_or_else(|error| panic!("{name}, next run: {error}"));
    assert_eq!(std::fs::read_to_string(tree.join("sub/s")).unwrap(), "s\n");
    assert!(other.join("hello").is_file(), "{name}");
}

/// A tree that is in the cache before.
fn keep_a_tree(cache: &Path) -> PathBuf {
    let archive = cache.join("kept.tar");
    std::fs::write(&archive, Tarball::new().file("t/hello", "hello\n").finish()).unwrap();
    let source = tarball(format!("file://{}", archive.display()));
    let hash = hash_of(&fetcher(cache).fetch(&source, &sri(TREE)).unwrap_err());
    fetcher(cache).fetch(&source, &hash).unwrap()
}

/// The hash that a source has, by the error for another one.
fn hash_of(error: &FetchError) -> Hash {
    assert_eq!(error.kind, FetchErrorKind::HashMismatch, "{error}");
    sri(error.message.split("has the hash '").nth(1).unwrap().split('\'').next().unwrap())
}

#[test]
fn statuses() {
    fails("404", FetchErrorKind::Status(404), "HTTP status 404 (Not Found)", |_, _| {
        answer("404 Not Found", "", b"gone")
    });
    fails("403", FetchErrorKind::Status(403), "HTTP status 403", |_, _| answer("403 Forbidden", "", b""));
    fails("501", FetchErrorKind::Status(501), "HTTP status 501", |_, _| answer("501 Not Implemented", "", b""));
    fails("500", FetchErrorKind::Status(500), "(tried 5 times)", |_, _| answer("500 Oops", "", b""));
    fails("204", FetchErrorKind::Status(204), "HTTP status 204", |_, _| answer("204 No Content", "", b""));
}

#[test]
fn hopeless_statuses_are_tried_once_and_others_five_times() {
    for (status, tries) in [("404", 1), ("403", 1), ("410", 1), ("501", 1), ("429", 5), ("500", 5), ("503", 5)] {
        let server = Server::start(move |_, _| answer(&format!("{status} x"), "Retry-After: 1000000\r\n", b""));
        let directory = tempfile::tempdir().unwrap();
        fetcher(directory.path()).fetch(&tarball(server.url("/")), &sri(TREE)).unwrap_err();
        assert_eq!(server.requests().len(), tries, "{status}");
    }
}

#[test]
fn a_server_that_recovers() {
    let server = Server::start(|_, number| match number {
        0 => answer("500 Oops", "", b""),
        1 => vec![Step::Reset],
        2 => answer("429 Slow Down", "Retry-After: 0\r\n", b""),
        _ => ok(&good()),
    });
    let directory = tempfile::tempdir().unwrap();
    let (fetcher, log) = fetcher_with(directory.path(), options(), "", "");
    fetcher.fetch(&tarball(server.url("/x.tar.gz")), &sri(TREE)).unwrap();
    let log = log.0.lock().unwrap();
    assert_eq!(log.iter().filter(|line| line.starts_with("x.tar.gz again")).count(), 3, "{log:?}");
    let length = good().len();
    assert!(log.contains(&format!("x.tar.gz {length} Some({length})")), "{log:?}");
    assert_eq!(log.last().unwrap(), "x.tar.gz finished");
}

#[test]
fn connections() {
    fails("reset before a word", FetchErrorKind::Network, "(tried 5 times)", |_, _| vec![Step::Reset]);
    fails("closed before a word", FetchErrorKind::Network, "(tried 5 times)", |_, _| Vec::new());
    fails("not HTTP", FetchErrorKind::Network, "HTTP", |_, _| vec![Step::Send(b"SSH-2.0-x\r\n\r\n".to_vec())]);
    fails("reset in the body", FetchErrorKind::Network, "the connection to", |_, _| {
        let mut steps = told("200 OK", "", &good()[..100], good().len());
        steps.push(Step::Reset);
        steps
    });
    fails("too short", FetchErrorKind::Network, "the connection to", |_, _| {
        told("200 OK", "", &good()[..100], good().len())
    });
    fails("a length that is too small", FetchErrorKind::Archive, "truncated", |_, _| told("200 OK", "", &good(), 100));
    fails("no answer", FetchErrorKind::Network, "does not answer in time", |_, _| {
        vec![Step::Wait(Duration::from_millis(600))]
    });
    fails("a stall", FetchErrorKind::Network, "does not answer in time", |_, _| {
        let mut steps = told("200 OK", "", &good()[..100], good().len());
        steps.push(Step::Wait(Duration::from_millis(600)));
        steps
    });
}

#[test]
fn a_connection_that_nobody_takes() {
    // A port that was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let error = fetcher(directory.path()).fetch(&tarball(format!("http://{address}/")), &sri(TREE)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Network);
    assert!(error.message.contains("refuses connections (tried 5 times)"), "{error}");
    assert!(contents(directory.path()).is_empty());
}

#[test]
fn sizes() {
    let endless =
        |head: &'static str| move |_: &Request, _: usize| vec![Step::Send(head.as_bytes().to_vec()), Step::Endless];
    let limit = FetchErrorKind::Limit;
    fails("without an end", limit, "more than 4194304 bytes", endless("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"));
    fails(
        "as announced",
        limit,
        "more than 4194304",
        endless("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
    );
    fails("a length that is none", FetchErrorKind::Network, "", |_, _| {
        vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".to_vec())]
    });
    fails("endless headers", FetchErrorKind::Network, "", endless("HTTP/1.1 200 OK\r\n"));
    let slow =
        Options { http: HttpOptions { total_timeout: Duration::from_millis(300), ..options().http }, ..options() };
    fails_with("forever", slow, FetchErrorKind::Network, "takes more than", |_, _| {
        let mut steps = vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec())];
        for _ in 0..8 {
            steps.extend([Step::Send(b"x".to_vec()), Step::Wait(Duration::from_millis(80))]);
        }
        steps
    });
}

#[test]
fn a_broken_transfer_goes_on_where_it_ended() {
    let body = good();
    let (half, length) = (body.len() / 2, body.len());
    let server = Server::start(move |request, number| match (number, request.header("range")) {
        (0, _) => told("200 OK", "ETag: \"v1\"\r\n", &body[..half], length),
        (_, Some(range)) if request.header("if-range") == Some("\"v1\"") => {
            let from: usize = range.strip_prefix("bytes=").unwrap().trim_end_matches('-').parse().unwrap();
            let header = format!("Content-Range: bytes {from}-{}/{length}\r\n", length - 1);
            answer("206 Partial Content", &header, &body[from..])
        }
        _ => answer("400 Bad Request", "", b""),
    });
    let directory = tempfile::tempdir().unwrap();
    fetcher(directory.path()).fetch(&tarball(server.url("/")), &sri(TREE)).unwrap();
    assert_eq!(server.requests().len(), 2);
    assert_eq!(server.requests()[1].header("range"), Some(format!("bytes={half}-").as_str()));
}

#[test]
fn a_broken_transfer_of_what_has_changed_starts_again() {
    let half = good().len() / 2;
    // Changed: all of it comes. Without a validator: nobody asks for a part. Another part than asked for: all again.
    let replies: [fn(usize) -> Vec<Step>; 3] = [
        |half| told("200 OK", "ETag: \"v1\"\r\n", &vec![b'x'; half], half * 2),
        |half| told("200 OK", "ETag: W/\"weak\"\r\n", &vec![b'x'; half], half * 2),
        |half| told("200 OK", "Last-Modified: Mon, 01 Jan 2001 00:00:00 GMT\r\n", &vec![b'x'; half], half * 2),
    ];
    for (case, first) in replies.into_iter().enumerate() {
        let server = Server::start(move |request, number| match number {
            0 => first(half),
            1 if case == 2 => answer("206 Partial Content", "Content-Range: bytes 0-9/10\r\n", &[0; 10]),
            2 => {
                assert_eq!(request.header("range"), None);
                ok(&good())
            }
            _ => ok(&good()),
        });
        let directory = tempfile::tempdir().unwrap();
        fetcher(directory.path()).fetch(&tarball(server.url("/")), &sri(TREE)).unwrap();
        let asked = server.requests()[1].header("range").is_some();
        assert_eq!(asked, case != 1, "{case}");
        assert_eq!(server.requests().len(), if case == 2 { 3 } else { 2 });
    }
}

#[test]
fn redirects() {
    fails("a loop", FetchErrorKind::Limit, "more than 10 times", |_, _| answer("302 Found", "Location: /x\r\n", b""));
    fails("to nowhere", FetchErrorKind::Unsupported, "no URL", |_, _| answer("302 Found", "", b""));
    fails("to a file", FetchErrorKind::Unsupported, "no URL", |_, _| {
        answer("302 Found", "Location: file:///etc/passwd\r\n", b"")
    });
    let server = Server::start(|request, _| match request.path.as_str() {
        "/a" => answer("301 Moved", "Location: b?x=1\r\n", b""),
        "/b?x=1" => ok(&good()),
        _ => answer("404 Not Found", "", b""),
    });
    let directory = tempfile::tempdir().unwrap();
    fetcher(directory.path()).fetch(&tarball(server.url("/a")), &sri(TREE)).unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn credentials_go_to_their_own_server_only() {
    let other = Server::start(|_, _| ok(&good()));
    let target = other.url("/there");
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/a" => answer("302 Found", "Location: /b\r\n", b""),
        _ => answer("302 Found", &format!("Location: {target}\r\n"), b""),
    });
    // The same machine, but another port, and another name for the other one.
    let directory = tempfile::tempdir().unwrap();
    let url = server.url("/a").replace("http://", "http://user:s3cret@");
    fetcher(directory.path()).fetch(&tarball(&url), &sri(TREE)).unwrap();
    let sent: Vec<_> = server.requests().iter().map(|r| r.header("authorization").map(str::to_string)).collect();
    assert_eq!(sent, vec![Some("Basic dXNlcjpzM2NyZXQ=".to_string()); 2]);
    assert_eq!(other.requests()[0].header("authorization"), None);
    assert!(other.requests()[0].headers.iter().all(|(_, value)| !value.contains("s3cret")));

    let netrc = Server::start(|request, _| match request.path.as_str() {
        "/ok" => ok(&good()),
        _ => answer("403 Forbidden", "", b""),
    });
    let directory = tempfile::tempdir().unwrap();
    let login = "machine 127.0.0.1 login user password s3cret";
    let (fetcher, _) = fetcher_with(directory.path(), options(), "", login);
    let error = fetcher.fetch(&tarball(netrc.url("/no")), &sri(TREE)).unwrap_err();
    fetcher.fetch(&tarball(netrc.url("/ok")), &sri(TREE)).unwrap();
    assert_eq!(netrc.requests()[0].header("authorization"), Some("Basic dXNlcjpzM2NyZXQ="));
    let shown = format!("{error:?} {}", error.help.clone().unwrap());
    assert!(!shown.contains("s3cret") && !shown.contains("dXNl"), "{shown}");
    let wrong = fetcher.fetch(&tarball(url.replace("/a", "/c")), &sri(&TREE.replace('z', "a"))).unwrap_err();
    assert!(!format!("{wrong:?}").contains("s3cret"), "{wrong:?}");
}

#[test]
fn what_has_another_hash_is_not_kept() {
    let other = Tarball::new().file("t/other", "").gzip();
    fails("another tree", FetchErrorKind::HashMismatch, TREE, move |_, _| ok(&other));
    let other = Tarball::new().file("t/other", "").gzip();
    let server = Server::start(move |_, _| ok(&other));
    let directory = tempfile::tempdir().unwrap();
    let error = fetcher(directory.path()).fetch(&tarball(server.url("/")), &sri(TREE)).unwrap_err();
    let actual = hash_of(&error);
    assert_ne!(actual, sri(TREE));
    assert!(
        fetcher(directory.path()).cached(&sri(TREE)).is_none() && fetcher(directory.path()).cached(&actual).is_none()
    );
    // It was complete, so nobody asked again.
    assert_eq!(server.requests().len(), 1);
    fetcher(directory.path()).fetch(&tarball(server.url("/")), &actual).unwrap();
}

#[test]
fn hostile_archives() {
    let t = Tarball::new;
    let zeros = vec![0; 9 << 20];
    let deep = format!("t/{}f", "d/".repeat(40));
    let long_path = "x/".repeat(600);
    let many = (0..1100).fold(t(), |archive, n| archive.file(&format!("t/{n}"), ""));
    let directories = (0..30).fold(t(), |archive, n| archive.file(&format!("t/{n}/{}f", "d/".repeat(35)), ""));
    let noise = |length: usize| t().entry(b'x', "h", "", &vec![b'9'; length]).file("t/f", "");
    let headers = (0..100).fold(t(), |archive, _| archive.entry(b'x', "h", "", b"12 comment=\n"));
    let comment = format!("1048576 comment={}\n", "x".repeat((1 << 20) - 17));
    let comments =
        (0..9).fold(t(), |archive, n| archive.entry(b'x', "h", "", comment.as_bytes()).file(&format!("t/{n}"), ""));
    let pax = |record: &str| t().entry(b'x', "h", "", record.as_bytes()).file("t/f", "");
    let cut = |bytes: Vec<u8>, length: usize| bytes[..length].to_vec();
    let mut broken = t().file("t/f", "x").finish();
    broken[3] ^= 1;
    let mut checksum = gzip(&t().file("t/f", &"text ".repeat(1000)).finish());
    let end = checksum.len() - 8;
    checksum[end] ^= 1;
    let layers = (0..5).fold(t().file("t/f", "x").finish(), |bytes, _| gzip(&bytes));
    let archive = FetchErrorKind::Archive;
    let limit = FetchErrorKind::Limit;
    let cases: Vec<(&str, FetchErrorKind, &str, Vec<u8>)> = vec![
        ("up", archive, "leads out of it", t().file("../f", "x").gzip()),
        ("up inside", archive, "leads out of it", t().file("t/../../f", "x").gzip()),
        ("up as a directory", archive, "leads out of it", t().entry(b'5', "t/..", "", b"").gzip()),
        ("up from the root", archive, "leads out of it", t().file("/../../tmp/f", "x").gzip()),
        ("up in a pax name", archive, "leads out of it", pax("13 path=../f\n").gzip()),
        (
            "through a link",
            archive,
            "goes through what is no directory",
            t().entry(b'2', "t/l", "/tmp", b"").file("t/l/f", "x").gzip(),
        ),
        (
            "through a link deeper down",
            archive,
            "goes through what is no directory",
            t().entry(b'2', "t/l", "../..", b"").file("t/l/a/b/f", "x").gzip(),
        ),
        (
            "a directory over a link",
            archive,
            "a directory and something else",
            t().entry(b'2', "t/l", "/tmp", b"").entry(b'5', "t/l", "", b"").file("t/l/f", "x").gzip(),
        ),
        ("through a file", archive, "no directory", t().file("t/f", "x").file("t/f/g", "x").gzip()),
        ("a file over a directory", archive, "something else", t().file("t/d/f", "x").file("t/d", "x").gzip()),
        ("a hard link outside", archive, "leads out of it", t().entry(b'1', "t/h", "../../etc/passwd", b"").gzip()),
        ("an absolute hard link", archive, "no file before it", t().entry(b'1', "t/h", "/etc/passwd", b"").gzip()),
        (
            "a hard link to a link",
            archive,
            "no file before it",
            t().entry(b'2', "t/l", "/etc/passwd", b"").entry(b'1', "t/h", "t/l", b"").gzip(),
        ),
        (
            "a hard link to what comes later",
            archive,
            "no file before it",
            t().entry(b'1', "t/h", "t/f", b"").file("t/f", "x").gzip(),
        ),
        ("a link to nothing", archive, "no target", t().entry(b'2', "t/l", "", b"").gzip()),
        ("a character device", archive, "is a device", t().entry(b'3', "t/d", "", b"").gzip()),
        ("a block device", archive, "is a device", t().entry(b'4', "t/d", "", b"").gzip()),
        ("a pipe", archive, "is a named pipe", t().entry(b'6', "t/d", "", b"").gzip()),
        ("a sparse file", archive, "is a sparse file", t().entry(b'S', "t/d", "", b"").gzip()),
        ("a sparse file in pax", archive, "sparse", pax("22 GNU.sparse.major=1\n").gzip()),
        ("of no known kind", archive, "unknown kind", t().entry(b'?', "t/d", "", b"").gzip()),
        ("a file without a name", archive, "without a name", t().file("./", "").file(".", "x").gzip()),
        ("a zero in a pax name", archive, "zero byte", pax("13 path=t/\0x\n").gzip()),
        ("a bomb", limit, "8388608 bytes when unpacked", t().entry(b'0', "t/f", "", &zeros).gzip()),
        ("a bomb in a bomb", limit, "when unpacked", gzip(&t().entry(b'0', "t/f", "", &zeros).gzip())),
        ("a bomb of headers", limit, "when unpacked", comments.gzip()),
        ("a directory with contents", archive, "no tar archive", t().entry(b'5', "t/d", "", &[b'x'; 600]).gzip()),
        ("too many layers", archive, "more than 3 times", layers),
        ("too many entries", limit, "too many entries", many.gzip()),
        ("too many directories", limit, "too many entries", directories.gzip()),
        ("too deep", limit, "more than 256 directories", pax(&format!("1211 path={long_path}\n")).gzip()),
        ("a huge header", limit, "more than 1048576 bytes", noise(2 << 20).gzip()),
        ("too many headers", archive, "belong to no entry", headers.gzip()),
        ("a header that is none", archive, "a pax header cannot be read", noise(100).gzip()),
        ("a record of no length", archive, "a pax header cannot be read", pax("0 path=x\n").gzip()),
        ("a record that is too long", archive, "a pax header cannot be read", pax("99 path=x\n").gzip()),
        ("a size that is none", archive, "no number", pax("10 size=-\n").gzip()),
        ("larger than the archive", archive, "truncated", t().sized(b'0', "t/f", "", b"x", 5000).gzip()),
        ("a huge size", archive, "truncated", pax("29 size=18446744073709551615\n").gzip()),
        ("a truncated archive", archive, "truncated", gzip(&cut(t().file("t/f", &"x".repeat(600)).finish(), 600))),
        ("a truncated header", archive, "truncated", gzip(&cut(t().file("t/f", "x").finish(), 300))),
        ("a truncated gzip file", archive, "truncated", cut(good(), 150)),
        ("a wrong checksum of tar", archive, "checksum", gzip(&broken)),
        ("no archive", archive, "no tar archive", b"<!DOCTYPE html>".repeat(100)),
        ("nothing", archive, "is empty", Vec::new()),
        ("nothing, compressed", FetchErrorKind::HashMismatch, TREE, gzip(b"")),
        ("noise in xz", archive, "", b"\xfd7zXZ\0".repeat(50)),
        ("noise in zstd", archive, "", b"\x28\xb5\x2f\xfd".repeat(50)),
        ("noise in bzip2", archive, "", b"BZh9".repeat(50)),
        ("noise in gzip", archive, "", b"\x1f\x8b\x08".repeat(50)),
        ("a zip file", FetchErrorKind::Unsupported, "zip", b"PK\x03\x04".repeat(50)),
        // What follows the end of a tar archive is not looked at: the hash decides. Then: not wrong, but another tree.
        ("a wrong checksum of gzip", FetchErrorKind::HashMismatch, TREE, checksum),
        ("deep", FetchErrorKind::HashMismatch, TREE, t().file(&deep, "").gzip()),
    ];
    for (name, kind, says, bytes) in cases {
        fails(name, kind, says, move |_, _| ok(&bytes));
    }
    // Nothing of them was written where they wanted it.
    assert!(!Path::new("/tmp/f").exists());
}

#[test]
fn archives_are_the_trees_that_nix_makes_of_them() {
    let table = std::fs::read_to_string(archives().join("hashes")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let (name, hash) = (words.next().unwrap(), words.next().unwrap());
        let directory = tempfile::tempdir().unwrap();
        let source = tarball(format!("file://{}", archives().join(name).display()));
        if let Err(error) = fetcher(directory.path()).fetch(&source, &sri(hash)) {
            wrong.push(format!("{name}: {error}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(count, std::fs::read_dir(archives()).unwrap().count() - 1, "every archive is in the table");
}

#[test]
fn files_as_they_are() {
    let server = Server::start(|_, _| ok(b"text\n"));
    let directory = tempfile::tempdir().unwrap();
    let source = Source::File { url: server.url("/f") };
    // `printf 'text\n' >f; nix hash path f`
    let hash = sri("sha256-1p1dAqqQ3yUR3UiA23QubW4ePc+6z/oB9/49zBrZy7M=");
    let path = fetcher(directory.path()).fetch(&source, &hash).unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "text\n");
    let error = fetcher(directory.path()).fetch(&source, &sri(TREE)).unwrap_err();
    assert_eq!(hash_of(&error), hash);
    assert_eq!(contents(directory.path()).len(), 1);
}

#[test]
fn without_the_network_there_is_what_is_there() {
    let server = Server::start(|_, _| ok(&good()));
    let directory = tempfile::tempdir().unwrap();
    let offline = || fetcher_with(directory.path(), Options { online: false, ..options() }, "", "").0;
    let source = tarball(server.url("/"));
    let error = offline().fetch(&source, &sri(TREE)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Offline);
    assert!(server.requests().is_empty() && contents(directory.path()).is_empty());
    let kept = fetcher(directory.path()).fetch(&source, &sri(TREE)).unwrap();
    assert_eq!(offline().fetch(&source, &sri(TREE)).unwrap(), kept);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn files_of_this_machine_that_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    for url in ["file:///no/such/file", "file://relative", "file:///dev/zero", "file:///tmp", "ftp://x/y", "x"] {
        let error = fetcher(directory.path()).fetch(&tarball(url), &sri(TREE)).unwrap_err();
        assert_eq!(error.kind, FetchErrorKind::Unsupported, "{url}: {error}");
    }
    assert!(contents(directory.path()).is_empty());
}

#[test]
fn a_cache_that_cannot_be_written_asks_nobody() {
    let server = Server::start(|_, _| ok(&good()));
    let error = fetcher(Path::new("/dev/null/x")).fetch(&tarball(server.url("/")), &sri(TREE)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Cache);
    assert!(server.requests().is_empty());
}

#[test]
fn many_runs_at_once_download_a_tree_once() {
    let server = Arc::new(Server::start(|_, _| {
        let mut steps = vec![Step::Wait(Duration::from_millis(100))];
        steps.extend(ok(&good()));
        steps
    }));
    let directory = tempfile::tempdir().unwrap();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (cache, url) = (directory.path().to_path_buf(), server.url("/"));
            std::thread::spawn(move || fetcher(&cache).fetch(&tarball(url), &sri(TREE)).unwrap())
        })
        .collect();
    let paths: Vec<PathBuf> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(paths.iter().all(|path| *path == paths[0]));
    assert_eq!(server.requests().len(), 1);
    assert_eq!(contents(directory.path()).len(), 1);
}
