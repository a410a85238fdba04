//! Servers that do what none should: an error, nothing of it in the cache, and the next run succeeds.

use super::{Fault, TREE, fault, good, options};
use bt_fetch::{FetchErrorKind, HttpOptions, Options};
use bt_tests::loopback::{Request, Step, answer, ok, told};
use bt_tests::tarball::Tarball;
use std::time::Duration;

pub fn faults() -> Vec<Fault> {
    let mut all = Vec::new();
    all.push(fault("status 404", FetchErrorKind::Status(404), "HTTP status 404 (Not Found)", |_, _| {
        answer("404 Not Found", "", b"gone")
    }));
    all.push(fault("status 403", FetchErrorKind::Status(403), "HTTP status 403", |_, _| {
        answer("403 Forbidden", "", b"")
    }));
    all.push(fault("status 501", FetchErrorKind::Status(501), "HTTP status 501", |_, _| {
        answer("501 Not Implemented", "", b"")
    }));
    all.push(fault("status 500, always", FetchErrorKind::Status(500), "(tried 5 times)", |_, _| {
        answer("500 Oops", "", b"")
    }));
    all.push(fault("status 204", FetchErrorKind::Status(204), "HTTP status 204", |_, _| {
        answer("204 No Content", "", b"")
    }));
    all.push(fault("the connection is reset before an answer", FetchErrorKind::Network, "(tried 5 times)", |_, _| {
        vec![Step::Reset]
    }));
    all.push(fault("the connection is closed before an answer", FetchErrorKind::Network, "(tried 5 times)", |_, _| {
        Vec::new()
    }));
    all.push(fault("another protocol", FetchErrorKind::Network, "HTTP", |_, _| {
        vec![Step::Send(b"SSH-2.0-x\r\n\r\n".to_vec())]
    }));
    all.push(fault("the connection is reset in the body", FetchErrorKind::Network, "the connection to", |_, _| {
        let mut steps = told("200 OK", "", &good()[..100], good().len());
        steps.push(Step::Reset);
        steps
    }));
    all.push(fault("fewer bytes than announced", FetchErrorKind::Network, "the connection to", |_, _| {
        told("200 OK", "", &good()[..100], good().len())
    }));
    all.push(fault("more bytes than announced", FetchErrorKind::Archive, "truncated", |_, _| {
        told("200 OK", "", &good(), 100)
    }));
    // Servers that wait do so for longer than anyone looks.
    let forever = Duration::from_secs(600);
    let hasty =
        || Options { http: HttpOptions { stall_timeout: Duration::from_millis(200), ..options().http }, ..options() };
    let late = |name, reply: fn(Duration) -> Vec<Step>| Fault {
        options: hasty(),
        ..fault(name, FetchErrorKind::Network, "does not answer in time", move |_, _| reply(forever))
    };
    all.push(late("no answer in time", |forever| vec![Step::Wait(forever)]));
    all.push(late("a stall in the body", |forever| {
        let mut steps = told("200 OK", "", &good()[..100], good().len());
        steps.push(Step::Wait(forever));
        steps
    }));
    let endless =
        |head: &'static str| move |_: &Request, _: usize| vec![Step::Send(head.as_bytes().to_vec()), Step::Endless];
    let limit = FetchErrorKind::Limit;
    all.push(fault(
        "a body without an end",
        limit,
        "more than 4194304 bytes",
        endless("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    ));
    all.push(fault(
        "a body that is too long, as announced",
        limit,
        "more than 4194304",
        endless("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
    ));
    all.push(fault("a length that is no number", FetchErrorKind::Network, "", |_, _| {
        vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".to_vec())]
    }));
    all.push(fault("headers without an end", FetchErrorKind::Network, "", endless("HTTP/1.1 200 OK\r\n")));
    let slow =
        Options { http: HttpOptions { total_timeout: Duration::from_millis(300), ..options().http }, ..options() };
    all.push(Fault {
        options: slow,
        ..fault("a body that trickles", FetchErrorKind::Network, "takes more than", |_, _| {
            let mut steps = vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec())];
            for _ in 0..4000 {
                steps.extend([Step::Send(b"x".to_vec()), Step::Wait(Duration::from_millis(80))]);
            }
            steps
        })
    });
    all.push(fault("a redirect to itself", FetchErrorKind::Limit, "more than 10 times", |_, _| {
        answer("302 Found", "Location: /x\r\n", b"")
    }));
    all.push(fault("a redirect to nowhere", FetchErrorKind::Unsupported, "no URL", |_, _| {
        answer("302 Found", "", b"")
    }));
    all.push(fault("a redirect to a file of this machine", FetchErrorKind::Unsupported, "no URL", |_, _| {
        answer("302 Found", "Location: file:///etc/passwd\r\n", b"")
    }));
    let other = Tarball::new().file("t/other", "").gzip();
    all.push(fault("another tree than the locked one", FetchErrorKind::HashMismatch, TREE, move |_, _| ok(&other)));
    all
}

#[test]
fn wrong_answers() {
    faults().into_iter().for_each(Fault::check);
}
