//! What is fetched, what it is kept as, and where nothing is.

use super::{TREE, archives, contents, fetcher, fetcher_with, good, hash_of, options, sri, tarball};
use bt_fetch::{FetchErrorKind, Options, Source};
use bt_tests::loopback::{Server, ok};
use bt_tests::tarball::Tarball;
use std::path::Path;

#[test]
fn what_has_another_hash_is_not_kept() {
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
