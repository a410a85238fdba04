//! Fetching, from a server of this machine that does what no server should do, and from archives that no program would
//! write. After every failure the cache is as it was before, and the next run succeeds.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod credentials;
mod faults;
mod hostile;
mod sources;
mod transfers;

use bt_fetch::{Cache, FetchError, FetchErrorKind, Fetcher, HttpOptions, Limits, Netrc, Options, Progress, Settings};
use bt_fetch::{SettingsSource, Source};
use bt_store::{Hash, HashAlgorithm};
use bt_tests::loopback::{Request, Server, Step, ok};
use bt_tests::project::repository;
use bt_tests::tarball::Tarball;
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

/// Long times: a machine that has much to do must not make a test fail. Who waits for the end of one says so.
fn options() -> Options {
    Options {
        http: HttpOptions {
            connect_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(120),
            retry_delay: Duration::from_millis(1),
            max_retry_delay: Duration::from_millis(5),
            max_size: 4 << 20,
            proxy_from_environment: false,
            ..HttpOptions::default()
        },
        limits: Limits { unpacked_size: 8 << 20, entries: 1000, ..Limits::default() },
        patience: Duration::from_secs(60),
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

/// What a server does with a request, of which it had a number before.
type Reply = Box<dyn Fn(&Request, usize) -> Vec<Step> + Send + Sync>;

/// Something that a server does wrong, and the error for it.
struct Fault {
    name: &'static str,
    kind: FetchErrorKind,
    says: &'static str,
    options: Options,
    reply: Reply,
}

fn fault(
    name: &'static str,
    kind: FetchErrorKind,
    says: &'static str,
    reply: impl Fn(&Request, usize) -> Vec<Step> + Send + Sync + 'static,
) -> Fault {
    Fault { name, kind, says, options: options(), reply: Box::new(reply) }
}

impl Fault {
    /// Fetches from a server that does wrong until a run failed, then as it should.
    #[track_caller]
    fn check(self) {
        let Fault { name, kind, says, options, reply } = self;
        let mended = Arc::new(AtomicBool::new(false));
        let is_mended = Arc::clone(&mended);
        let server = Server::start(
            move |request, number| {
                if is_mended.load(Ordering::SeqCst) { ok(&good()) } else { reply(request, number) }
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
        // Another run, which is not in a hurry.
        let tree = self::fetcher(directory.path())
            .fetch(&source, &sri(TREE))
            .unwrap_or_else(|error| panic!("{name}, next run: {error}"));
        assert_eq!(std::fs::read_to_string(tree.join("sub/s")).unwrap(), "s\n");
        assert!(other.join("hello").is_file(), "{name}");
    }

    /// A row of the table in docs/flakes.md.
    fn row(&self) -> String {
        let says = if self.says.is_empty() { "any of this kind".to_string() } else { format!("`…{}…`", self.says) };
        format!("| {} | {:?} | {says} | as before | succeeds |", self.name, self.kind)
    }
}

/// The table in docs/flakes.md is that of the faults; `BT_LINT_UPDATE_DOCS=1` writes it.
#[test]
fn the_table_is_that_of_the_faults() {
    let faults = [faults::faults(), hostile::faults()];
    let rows: Vec<String> = faults.iter().flatten().map(Fault::row).collect();
    let table =
        format!("| fault | kind of error | message | cache | next run |\n|---|---|---|---|---|\n{}\n", rows.join("\n"));
    bt_tests::docs::check_table(&repository().join("docs/flakes.md"), "faults", &table);
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
