//! Transfers that break and go on, that are tried again, and that others are waiting for.

use super::{TREE, contents, fetcher, fetcher_with, good, options, sri, tarball};
use bt_fetch::FetchErrorKind;
use bt_tests::loopback::{Server, Step, answer, ok, told};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

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
