//! Registering is not slower than what Nix does with the same derivations and sources, and connecting is fast.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

mod harness;

use bt_daemon::{Connection, Options, Store};
use harness::{DAEMONS, Daemon, Instantiated, salt};
use std::time::{Duration, Instant};

/// 500 derivations, each of which refers to some before it, and 100 sources.
fn many() -> Option<Instantiated> {
    let expression = format!(
        r#"
        let
          source = n: builtins.path {{ path = ./sources + "/${{toString n}}"; name = "source-${{toString n}}"; }};
          make = n: derivation {{
            name = "d-${{toString n}}-{}"; system = "x86_64-linux"; builder = "/bin/sh";
            inputs = builtins.genList (k: all (n - 1 - k * 7)) (if n > 30 then 4 else if n > 0 then 1 else 0);
            source = source (n - n / 100 * 100); padding = builtins.genList (k: "variable ${{toString k}}") 100;
          }};
          list = builtins.genList make 500;
          all = builtins.elemAt list;
        in derivation {{ name = "all"; system = "x86_64-linux"; builder = "/bin/sh"; inputs = list; }}
        "#,
        salt()
    );
    let text = "some text\n".repeat(400);
    let files: Vec<(String, String)> = (0..100)
        .flat_map(|n| (0..3).map(move |file| (n, file)))
        .map(|(n, file)| (format!("sources/{n}/file-{file}"), format!("{n} {file}\n{text}")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Instantiated::new(&expression, &files)
}

#[test]
fn registering_is_not_slower_than_nix_instantiate() {
    let Some(project) = many() else { return };
    let closure = project.closure();
    assert_eq!(closure.len(), 601);
    for program in DAEMONS {
        let (mut ours, mut again, mut theirs) = (Duration::MAX, Duration::MAX, Duration::MAX);
        let mut evaluation = Duration::MAX;
        for _ in 0..2 {
            let Some(daemon) = Daemon::start(program) else { break };
            if daemon.is_shared {
                harness::skipped("what one of both registers is there for the other");
                return;
            }
            let begin = Instant::now();
            let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
            assert_eq!(store.register(&closure).unwrap().sent, 601);
            ours = ours.min(begin.elapsed());
            let begin = Instant::now();
            assert_eq!(store.register(&closure).unwrap().sent, 0);
            again = again.min(begin.elapsed());

            let other = Daemon::start(program).unwrap();
            let begin = Instant::now();
            let path = other.nix("nix-instantiate", &[&project.file()]);
            theirs = theirs.min(begin.elapsed());
            assert!(path.ends_with(project.path.as_str()));
            let begin = Instant::now();
            other.nix("nix-instantiate", &["--readonly-mode", &project.file()]);
            evaluation = evaluation.min(begin.elapsed());
        }
        if ours == Duration::MAX {
            continue;
        }
        eprintln!(
            "{program}: {ours:?}, again {again:?}; nix-instantiate {theirs:?}, of that evaluation {evaluation:?}"
        );
        // Room for a machine that does other things as well.
        assert!(ours < theirs + theirs / 2, "{program}: {ours:?} instead of {theirs:?}");
    }
}

#[test]
fn connecting_takes_less_than_ten_milliseconds() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let connect = || {
            let begin = Instant::now();
            let mut connection = Connection::open(&daemon.address(), &Options::default()).unwrap();
            assert!(connection.query_path_from_hash_part(&"0".repeat(32)).unwrap().is_none());
            begin.elapsed()
        };
        let best = (0..20).map(|_| connect()).min().unwrap();
        eprintln!("{program}: {best:?}");
        assert!(best < Duration::from_millis(10), "{program}: {best:?}");
    }
}
