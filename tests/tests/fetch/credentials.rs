//! Who gets to see credentials.

use super::{TREE, fetcher, fetcher_with, good, options, sri, tarball};
use bt_tests::loopback::{Server, answer, ok};

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
