//! Daemons that lie, stall, send garbage or die: each is a clear error, soon, and nothing else.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

mod fake;

use bt_daemon::{
    ActivityKind, ActivityResult, BuildMode, Closure, Connection, DaemonError, Field, LogEvent, Malformed, Object,
    Options, ProtocolVersion, Store, StoreAddress, Target, Timeouts, Trust,
};
use fake::{ERROR, LAST, MAGIC, NEXT, RESULT, START, STOP, Words, acting, ending, options, path, saying};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What connecting to a daemon that says something ends with.
fn connecting(stream: UnixStream) -> DaemonError {
    let begin = Instant::now();
    let error = Connection::over(stream, &options()).err().expect("no connection");
    assert!(begin.elapsed() < Duration::from_secs(5), "{error}");
    error
}

/// A connection to a daemon that says something after its first words.
fn connected(minor: u64, words: Words) -> Connection {
    connected_to(ending(Words::new().hello(minor).raw(&words.0)))
}

fn connected_to(stream: UnixStream) -> Connection {
    Connection::over(stream, &options()).unwrap_or_else(|error| panic!("{error}"))
}

fn malformed(error: DaemonError) -> Malformed {
    match error {
        DaemonError::Malformed { what, .. } => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nobody_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let left = directory.path().join("left");
    drop(UnixListener::bind(&left).unwrap());
    let long = directory.path().join("x".repeat(200));
    for socket in [directory.path().join("missing"), file, left, long] {
        let address = StoreAddress::Socket { socket: socket.clone(), root: None };
        let error = Connection::open(&address, &options()).err().unwrap();
        assert!(matches!(error, DaemonError::Connect { .. }), "{error:?}");
        assert!(error.to_string().contains(socket.to_str().unwrap()), "{error}");
    }
}

#[test]
fn a_daemon_that_accepts_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let address = StoreAddress::Socket { socket, root: None };
    let mut waiting = Vec::new();
    // As many as fit wait for its first words, the others for the connection.
    let begin = Instant::now();
    for _ in 0..3 {
        let error = Connection::open(&address, &options()).err().unwrap();
        assert!(matches!(error, DaemonError::Timeout { .. }), "{error:?}");
    }
    for _ in 0..200 {
        let address = address.clone();
        waiting.push(std::thread::spawn(move || Connection::open(&address, &options()).err().unwrap().to_string()));
    }
    for thread in waiting {
        let error = thread.join().unwrap();
        assert!(error.contains("no answer") || error.contains("timed out"), "{error}");
    }
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn no_daemon_at_all() {
    let error = connecting(saying(Words::new().raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")));
    assert_eq!(error.to_string(), "what answers is no nix-daemon, it says 'HTTP/1.1'");
    let error = connecting(ending(Words::new()));
    assert_eq!(
        error.to_string(),
        "nix-daemon ended the connection while connecting; it may not serve this user (allowed-users)"
    );
    let error = connecting(ending(Words::new().raw(b"oix")));
    assert!(matches!(error, DaemonError::Closed { .. }), "{error:?}");
    let error = connecting(saying(Words::new()));
    assert_eq!(error.to_string(), "no answer from nix-daemon within 300 ms while connecting");
    // One that ends right away may be gone before the client has said anything.
    let error = connecting(acting(drop));
    assert!(matches!(error, DaemonError::Closed { .. }), "{error:?}");
}

#[test]
fn versions() {
    for (number, shown) in [(0x114, "1.20"), (0x222, "2.34"), (0x022, "0.34")] {
        let error = connecting(saying(Words::new().n(MAGIC).n(number)));
        let expected = format!("nix-daemon speaks version {shown} of its protocol, bt-lint those from 1.21 to 1.38");
        assert_eq!(error.to_string(), expected);
    }
    let error = connecting(saying(Words::new().n(MAGIC).n(u64::MAX)));
    assert!(matches!(malformed(error), Malformed::Number { number: u64::MAX, .. }));
    // What is newer than the client speaks the client's version.
    let words = Words::new().n(MAGIC).n(0x1ff).n(1).s("a-feature").s("9.9").n(2).n(LAST).n(LAST).n(1);
    let mut connection = connected_to(ending(words));
    assert_eq!(connection.version(), ProtocolVersion::NEWEST);
    assert_eq!(connection.daemon_version(), Some("9.9"));
    assert_eq!(connection.trust(), Trust::NotTrusted);
    assert!(connection.is_valid_path(&path("x")).unwrap());
    // And the client can be made to speak an old one.
    let old = Options { newest: ProtocolVersion::minor(25), ..options() };
    let stream = ending(Words::new().n(MAGIC).n(0x126).n(LAST).n(LAST).n(0));
    let mut connection = Connection::over(stream, &old).unwrap();
    assert_eq!((connection.version(), connection.daemon_version()), (ProtocolVersion::minor(25), None));
    assert!(!connection.is_valid_path(&path("x")).unwrap());
}

#[test]
fn a_daemon_that_refuses_to_speak() {
    let words = Words::new().n(MAGIC).n(0x122).s("2.8").error("you may not");
    assert_eq!(connecting(saying(words)).to_string(), "you may not");
}

#[test]
fn wrong_answers() {
    let valid = |words| connected(34, words).is_valid_path(&path("x")).err().unwrap();
    assert_eq!(malformed(valid(Words::new().n(LAST).n(2))), Malformed::Number { of: "boolean", number: 2 });
    for number in [0, 0x6461_7461, 0x6461_7416, u64::MAX] {
        assert_eq!(malformed(valid(Words::new().n(number))), Malformed::Message(number));
    }
    assert!(matches!(valid(Words::new().n(LAST)), DaemonError::Closed { .. }));
    assert!(matches!(valid(Words::new().n(LAST).raw(&[1, 0, 0])), DaemonError::Closed { .. }));
    let long = Malformed::TooLong { length: u64::MAX, limit: 1 << 16 };
    assert_eq!(malformed(valid(Words::new().n(NEXT).n(u64::MAX))), long);
    assert_eq!(malformed(valid(Words::new().n(NEXT).n(1).raw(b"a123456\x01"))), Malformed::Padding);

    let part = |words| connected(34, words).query_path_from_hash_part("x").err().unwrap();
    assert_eq!(malformed(part(Words::new().n(LAST).s([0xff, 0xfe]))), Malformed::NotText);
    for wrong in ["/nix/store", "/gnu/store/00000000000000000000000000000000-x", "x", "/nix/store/../../etc/passwd"] {
        assert_eq!(malformed(part(Words::new().n(LAST).s(wrong))), Malformed::StorePath(wrong.into()));
    }
    let long = "x".repeat(60_000);
    let Malformed::StorePath(shown) = malformed(part(Words::new().n(LAST).s(long))) else { panic!() };
    assert!(shown.len() < 300);

    let valid = |words| connected(34, words).query_valid_paths(&BTreeSet::from([path("x")]), false);
    let list = Malformed::TooLong { length: 1001, limit: 1000 };
    assert_eq!(malformed(valid(Words::new().n(LAST).n(1001)).err().unwrap()), list);
    let error = valid(Words::new().n(LAST).n(1).s(path("y").as_str())).err().unwrap();
    assert_eq!(malformed(error), Malformed::NotAsked(path("y").to_string()));
    assert_eq!(valid(Words::new().n(LAST).n(1).s(path("x").as_str())).unwrap().len(), 1);

    let info = Words::new().n(LAST).n(1).s("").s("not a hash").n(0).n(0).n(0).n(0).n(0).s("");
    let error = connected(34, info).query_path_info(&path("x")).err().unwrap();
    assert_eq!(malformed(error), Malformed::Hash("not a hash".into()));
}

#[test]
fn wrong_results_of_builds() {
    let target = Target::all_outputs(path("x.drv"));
    let name = format!("{}!*", path("x.drv"));
    let build = |words: Words| Store::new(connected(34, words)).build(std::slice::from_ref(&target), BuildMode::Normal);
    let result = |status, id: &str, json: &str| {
        Words::new().n(LAST).n(1).s(&name).n(status).s("").n(1).n(0).n(5).n(6).n(1).s(id).s(json)
    };
    let good = build(result(0, "sha256:00!out", "{\"outPath\":\"00000000000000000000000000000000-x\"}")).unwrap();
    assert_eq!((good[0].outputs["out"].clone(), good[0].times), (path("x"), (5, 6)));

    let expected = Malformed::Number { of: "status of a build", number: 15 };
    assert_eq!(malformed(build(result(15, "", "")).err().unwrap()), expected);
    for (id, json) in [
        ("sha256:00", "{\"outPath\":\"00000000000000000000000000000000-x\"}"),
        ("sha256:00!out", "{"),
        ("sha256:00!out", "{\"outPath\":1}"),
        ("sha256:00!out", "{\"outPath\":\"../x\"}"),
    ] {
        let error = malformed(build(result(0, id, json)).err().unwrap());
        assert!(matches!(error, Malformed::Realisation(_)), "{error:?}");
    }
    let error = malformed(build(Words::new().n(LAST).n(0)).err().unwrap());
    assert_eq!(error, Malformed::Results { expected: 1, actual: 0 });
    let other = Words::new().n(LAST).n(1).s("other").n(0).s("").n(1).n(0).n(5).n(6).n(0);
    assert!(matches!(malformed(build(other).err().unwrap()), Malformed::Results { .. }));
}

#[test]
fn errors_of_the_daemon() {
    let traced = |position, count: u64| {
        let mut words = Words::new().n(ERROR).s("Error").n(0).s("").s("no such thing\n").n(0).n(count);
        for _ in 0..count.min(2) {
            words = words.n(position).s("while trying");
        }
        words
    };
    let mut connection = connected(34, traced(0, 2).n(LAST).n(1));
    let error = connection.is_valid_path(&path("x")).err().unwrap();
    assert_eq!(error.to_string(), "no such thing");
    let DaemonError::Remote(remote) = error else { panic!() };
    assert_eq!(remote.traces, ["while trying", "while trying"]);
    // It can go on.
    assert!(connection.is_valid_path(&path("x")).unwrap());
    // What comes next is the end.
    assert!(matches!(connection.is_valid_path(&path("x")), Err(DaemonError::Closed { .. })));
    assert!(matches!(connection.is_valid_path(&path("x")), Err(DaemonError::Unusable)));

    let ask = |words| malformed(connected(34, words).is_valid_path(&path("x")).err().unwrap());
    assert_eq!(ask(traced(7, 1)), Malformed::Number { of: "position of an error", number: 7 });
    assert!(matches!(ask(traced(0, 10_001)), Malformed::TooLong { .. }));
    assert_eq!(ask(Words::new().n(ERROR).s("Exception")), Malformed::ErrorKind("Exception".into()));
    let error = connected(25, Words::new().n(ERROR).s("old words").n(100)).is_valid_path(&path("x")).err().unwrap();
    assert!(
        matches!(error, DaemonError::Remote(remote) if remote.message == "old words" && remote.status == Some(100))
    );
}

#[test]
fn logs() {
    let words = Words::new()
        .n(START)
        .n(7)
        .n(3)
        .n(105)
        .s("building")
        .n(2)
        .n(1)
        .s("x.drv")
        .n(0)
        .n(1)
        .n(0)
        .n(RESULT)
        .n(7)
        .n(101)
        .n(1)
        .n(1)
        .s([b'l', 0xff])
        .n(RESULT)
        .n(7)
        .n(105)
        .n(4)
        .n(0)
        .n(1)
        .n(0)
        .n(2)
        .n(0)
        .n(3)
        .n(0)
        .n(4)
        .n(RESULT)
        .n(7)
        .n(999)
        .n(1)
        .n(0)
        .n(5)
        .n(STOP)
        .n(7)
        .n(NEXT)
        .s("x".repeat(150))
        .n(LAST)
        .n(1);
    let mut connection = connected(34, words);
    let events = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&events);
    connection.set_log(move |event| kept.borrow_mut().push(event));
    assert!(connection.is_valid_path(&path("x")).unwrap());
    let fields = vec![Field::Text("x.drv".into()), Field::Number(1)];
    let result = |result| LogEvent::Result { id: 7, result };
    let start =
        LogEvent::Start { id: 7, level: 3, kind: ActivityKind::Build, text: "building".into(), fields, parent: 0 };
    let expected = [
        start,
        result(ActivityResult::BuildLogLine("l\u{fffd}".into())),
        result(ActivityResult::Progress { done: 1, expected: 2, running: 3, failed: 4 }),
        result(ActivityResult::Other { number: 999, fields: vec![Field::Number(5)] }),
        LogEvent::Stop { id: 7 },
        LogEvent::Message("x".repeat(100)),
    ];
    assert_eq!(*events.borrow(), expected);

    for words in [
        Words::new().n(RESULT).n(7).n(101).n(65),
        Words::new().n(START).n(7).n(3).n(105).s("building").n(u64::MAX),
        Words::new().n(RESULT).n(7).n(101).n(1).n(2).n(0),
    ] {
        malformed(connected(34, words).is_valid_path(&path("x")).err().unwrap());
    }
}

#[test]
fn a_log_without_end() {
    let stream = acting(|mut stream| {
        let hello = Words::new().hello(34);
        let line = Words::new().n(NEXT).s("and so on");
        let _ = stream.write_all(&hello.0);
        while stream.write_all(&line.0).is_ok() {}
    });
    let mut connection = connected_to(stream);
    let counts = Rc::new(RefCell::new((0, 0)));
    let kept = Rc::clone(&counts);
    connection.set_log(move |event| match event {
        LogEvent::Truncated => kept.borrow_mut().1 += 1,
        _ => kept.borrow_mut().0 += 1,
    });
    let error = connection.is_valid_path(&path("x")).err().unwrap();
    assert!(matches!(error, DaemonError::Timeout { .. }), "{error:?}");
    let (events, truncated) = *counts.borrow();
    assert!(events < 1000 && truncated == 1, "{events} {truncated}");
}

#[test]
fn a_daemon_that_stalls() {
    let mut connection = connected_to(saying(Words::new().hello(34).n(LAST)));
    let begin = Instant::now();
    let error = connection.is_valid_path(&path("x")).err().unwrap();
    assert_eq!(error.to_string(), "no answer from nix-daemon within 300 ms while asking which paths are valid");
    assert!(begin.elapsed() < Duration::from_secs(3));

    // A byte now and then is no answer either.
    let stream = acting(|mut stream| {
        let _ = stream.write_all(&Words::new().hello(34).0);
        while stream.write_all(&[0]).is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let begin = Instant::now();
    let error = connected_to(stream).query_path_from_hash_part("x").err().unwrap();
    assert!(matches!(error, DaemonError::Timeout { .. } | DaemonError::Malformed { .. }), "{error:?}");
    assert!(begin.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_build_may_be_silent_and_can_be_cancelled() {
    let stream = acting(|mut stream| {
        let _ = stream.write_all(&Words::new().hello(33).0);
        std::thread::sleep(Duration::from_millis(900));
        let _ = stream.write_all(&Words::new().n(LAST).n(1).0);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    connected_to(stream).build_paths(&[Target::Path(path("x"))], BuildMode::Normal).unwrap();

    let mut connection = connected_to(saying(Words::new().hello(34)));
    let handle = connection.shutdown_handle();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        handle.shutdown();
    });
    let begin = Instant::now();
    let error = connection.build_paths(&[Target::Path(path("x"))], BuildMode::Normal).unwrap_err();
    assert!(matches!(error, DaemonError::Cancelled), "{error:?}");
    assert!(begin.elapsed() < Duration::from_secs(3));
    thread.join().unwrap();
}

/// A text with a path that is right, and one that is large enough for many pieces.
fn text(length: usize) -> (bt_store::StorePath, Object<'static>) {
    let contents = vec![b'x'; length];
    let hash = bt_store::Hash::digest(bt_store::HashAlgorithm::Sha256, &contents);
    (bt_store::path::make_text_path("text", &hash, []).unwrap(), Object::text(contents, BTreeSet::new()))
}

#[test]
fn faults_while_sending() {
    let (path, object) = text(3 << 20);
    let send = |stream| connected_to(stream).add(&path, &object);
    let hello = || Words::new().hello(34);

    // It dies in the middle.
    let stream = acting(move |mut stream| {
        let _ = stream.write_all(&Words::new().hello(34).0);
        let _ = stream.read_exact(&mut vec![0; 500_000]);
    });
    assert!(matches!(send(stream), Err(DaemonError::Closed { .. })));
    // It says why before.
    let stream = acting(move |mut stream| {
        let _ = stream.write_all(&Words::new().hello(34).error("disk full").0);
        let _ = stream.read_exact(&mut vec![0; 500_000]);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = send(stream).unwrap_err();
    assert_eq!(error.to_string(), "disk full");
    // It does not read.
    let stream = acting(move |mut stream| {
        let _ = stream.write_all(&Words::new().hello(34).0);
        std::thread::sleep(Duration::from_secs(5));
    });
    let begin = Instant::now();
    let error = send(stream).unwrap_err();
    assert!(matches!(error, DaemonError::Timeout { .. }), "{error:?}");
    assert!(begin.elapsed() < Duration::from_secs(4));
    // It reads, and does not answer.
    let error = send(saying(hello())).unwrap_err();
    assert!(matches!(error, DaemonError::Timeout { .. }), "{error:?}");
    // It has another opinion of the path.
    let info = |name: &str| {
        let hash = "0".repeat(64);
        Words::new().hello(34).n(LAST).s(fake::path(name).as_str()).s("").s(hash).n(0).n(0).n(0).n(0).n(0).s("")
    };
    let error = send(saying(info("other"))).unwrap_err();
    assert!(matches!(&error, DaemonError::PathMismatch { expected, .. } if *expected == path), "{error:?}");
    // It tells more than fits on its way back before it reads: nobody waits for the other.
    let good = path.to_string();
    let stream = acting(move |mut stream| {
        let _ = stream.write_all(&Words::new().hello(34).0);
        for _ in 0..20_000 {
            let _ = stream.write_all(&Words::new().n(NEXT).s("some words about what is going on").0);
        }
        let mut reader = stream.try_clone().unwrap();
        let drain = std::thread::spawn(move || reader.read_to_end(&mut Vec::new()));
        let hash = "0".repeat(64);
        let _ = stream.write_all(&Words::new().n(LAST).s(good).s("").s(hash).n(0).n(0).n(0).n(0).n(0).s("").0);
        let _ = drain.join();
    });
    send(stream).unwrap();
    // The old way.
    let stream = acting(move |mut stream| {
        let _ = stream.write_all(&Words::new().hello(24).0);
        let _ = stream.read_exact(&mut vec![0; 500_000]);
    });
    assert!(matches!(send(stream), Err(DaemonError::Closed { .. })));
}

#[test]
fn a_store_that_accepts_and_does_not_have() {
    let (path, object) = text(10);
    let mut closure = Closure::default();
    closure.insert(path.clone(), object);
    let nothing = || Words::new().n(LAST).n(0);
    // A temporary root, three answers that nothing is valid, and that what was sent was taken.
    let words = Words::new().n(LAST).n(1).raw(&nothing().0).raw(&nothing().0).n(LAST).raw(&nothing().0);
    let error = Store::new(connected(34, words)).register(&closure).unwrap_err();
    assert!(matches!(&error, DaemonError::NotRegistered(missing) if *missing == path), "{error:?}");
}

#[test]
fn closures_that_cannot_be() {
    let texts: Vec<_> = ["a", "b"].map(path).into();
    let mut closure = Closure::default();
    closure.insert(texts[0].clone(), Object::text(&b"a"[..], [texts[1].clone()].into()));
    closure.insert(texts[1].clone(), Object::text(&b"b"[..], [texts[0].clone()].into()));
    let error = Store::new(connected(34, Words::new().n(LAST).n(0))).register(&closure).unwrap_err();
    assert!(matches!(error, DaemonError::Cycle(_)), "{error:?}");

    let mut closure = Closure::default();
    closure.insert(path("a"), Object::text(&b"a"[..], BTreeSet::new()));
    let nothing = Words::new().n(LAST).n(0);
    let words = Words::new().n(LAST).n(1).raw(&nothing.0).raw(&nothing.0);
    let error = Store::new(connected(34, words)).register(&closure).unwrap_err();
    assert!(matches!(error, DaemonError::Changed { .. }), "{error:?}");
}

#[test]
fn archives() {
    let receive = |nar: &[u8]| {
        let mut connection = connected(34, Words::new().n(LAST).raw(nar));
        let mut received = Vec::new();
        let result = connection.nar_from_path(&path("x"), &mut |piece| {
            received.extend_from_slice(piece);
            Ok(())
        });
        result.map(|()| received)
    };
    let node = |words: Words| words.s("nix-archive-1").s("(").s("type");
    let file = node(Words::new()).s("regular").s("executable").s("").s("contents").s("hello").s(")").0;
    assert_eq!(receive(&file).unwrap(), file);
    let entry = |words: Words| words.s("entry").s("(").s("name").s("x").s("node").s("(").s("type");
    let directory = entry(node(Words::new()).s("directory")).s("directory");
    let directory = entry(directory).s("symlink").s("target").s("y").s(")").s(")").s(")").s(")").s(")").0;
    assert_eq!(receive(&directory).unwrap(), directory);

    for wrong in [Words::new().s("nix-archive-2"), node(Words::new()).s("fifo"), node(Words::new()).s("regular").s("x")]
    {
        assert!(matches!(malformed(receive(&wrong.0).unwrap_err()), Malformed::Nar(_)));
    }
    for length in (0..file.len()).step_by(8) {
        assert!(matches!(receive(&file[..length]), Err(DaemonError::Closed { .. })), "{length}");
    }
    let mut deep = node(Words::new()).s("directory");
    for _ in 0..5000 {
        deep = entry(deep).s("directory");
    }
    assert!(matches!(malformed(receive(&deep.0).unwrap_err()), Malformed::Nar(_)));
    let long = entry(node(Words::new()).s("directory")).0;
    let long = Words::new().raw(&long[..long.len() - 8 * 10]).s("entry").s("(").s("name").n(1 << 40);
    receive(&long.0).unwrap_err();

    let mut connection = connected(34, Words::new().n(LAST).raw(&file));
    let error = connection.nar_from_path(&path("x"), &mut |_| Err(std::io::ErrorKind::StorageFull.into())).unwrap_err();
    assert!(matches!(error, DaemonError::Sink(_)), "{error:?}");
    assert!(matches!(connection.is_valid_path(&path("x")), Err(DaemonError::Unusable)));
}

#[test]
fn commands_that_fail() {
    let open = |command: &[&str]| {
        let address = StoreAddress::Command { command: command.iter().map(Into::into).collect(), is_local: false };
        let timeouts = Timeouts { handshake: Duration::from_secs(2), ..options().timeouts };
        let begin = Instant::now();
        let error = Connection::open(&address, &Options { timeouts, ..options() }).err().unwrap();
        assert!(begin.elapsed() < Duration::from_secs(4), "{error}");
        error
    };
    assert!(matches!(open(&["/does/not/exist"]), DaemonError::Connect { .. }));
    assert!(matches!(open(&[]), DaemonError::Connect { .. }));
    let error = open(&["sh", "-c", "echo 'Permission denied (publickey).' >&2; exit 255"]);
    let expected = "nix-daemon ended the connection while connecting: Permission denied (publickey).";
    assert_eq!(error.to_string(), expected);
    let error = open(&["sh", "-c", "exit 3"]);
    assert!(error.to_string().contains("exit status: 3"), "{error}");
    let error = open(&["sh", "-c", "echo welcome to this machine; exec cat"]);
    assert_eq!(error.to_string(), "what answers is no nix-daemon, it says 'welcome '");
    assert!(matches!(open(&["sleep", "30"]), DaemonError::Timeout { .. }));
}

#[test]
fn operations_that_old_daemons_lack() {
    let mut connection = connected(21, Words::new());
    let error = connection.add_perm_root(&path("x"), "/x").unwrap_err();
    let expected =
        "nix-daemon is too old for links that the daemon makes: it speaks version 1.21 of its protocol, not 1.36";
    assert_eq!(error.to_string(), expected);
    assert!(matches!(connection.query_derivation_output_map(&path("x")), Err(DaemonError::NeedsNewer { .. })));
    let target = [Target::Path(path("x.drv"))];
    assert!(matches!(connection.build_paths(&target, BuildMode::Normal), Err(DaemonError::NeedsNewer { .. })));
    // Nothing was sent.
    assert!(matches!(connection.is_valid_path(&path("x")), Err(DaemonError::Closed { .. })));
}
