//! The client and real daemons, in every version of the protocol that both know.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

mod harness;

use bt_daemon::{
    BuildMode, BuildStatus, Connection, DaemonError, LogEvent, Options, ProtocolVersion, Settings, Store, StoreAddress,
    Target, Trust,
};
use bt_store::{Hash, HashAlgorithm, StorePath};
use harness::{DAEMONS, Daemon, Instantiated, salt};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Derivations with all that can be registered: several outputs, trees, flat files, texts with references, fixed outputs.
fn project() -> Option<Instantiated> {
    let expression = format!(
        r#"
        let
          make = name: script: rest: derivation ({{
            name = "${{name}}-{}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ];
          }} // rest);
          base = make "base" "echo making base; echo $text > $out" {{ text = "base"; }};
          fixed = make "fixed" "printf hello > $out" {{
            outputHashMode = "flat"; outputHashAlgo = "sha256";
            outputHash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
          }};
          note = builtins.toFile "text-note" "${{./folder}}";
          flat = builtins.path {{ path = ./folder/a.txt; name = "flat-a.txt"; recursive = false; }};
        in make "top" ''
          read -r line < $base
          echo "$line $fixed" > $out
          while read -r line; do echo "$line" >> $out; done < $flat
          echo "$note" > $dev
        '' {{ inherit base fixed note flat; outputs = [ "out" "dev" ]; tree = ./folder; }}
        "#,
        salt()
    );
    // Also the sources are new to every store.
    let text = format!("a {}\n", salt());
    Instantiated::new(&expression, &[("folder/a.txt", &text), ("folder/deep/b.txt", "b\n")])
}

/// The messages and log lines of a connection.
fn log_of(store: &mut Store) -> Rc<RefCell<Vec<LogEvent>>> {
    let events = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&events);
    store.connection().set_log(move |event| kept.borrow_mut().push(event));
    events
}

/// Where `nix-build` puts the outputs, and the hashes of what they hold.
fn built_by_nix(daemon: &Daemon, project: &Instantiated) -> (Vec<String>, Vec<String>) {
    let paths = daemon.nix("nix-build", &["--no-out-link", "-A", "out", "-A", "dev", &project.file()]);
    let paths: Vec<String> = paths.lines().map(str::to_string).collect();
    assert_eq!(paths.len(), 2);
    let hashes = paths.iter().map(|path| daemon.nix("nix-store", &["-q", "--hash", path])).collect();
    (paths, hashes)
}

#[test]
fn registers_and_builds_what_nix_builds_in_every_version() {
    for program in DAEMONS {
        let Some(reference) = Daemon::start(program) else { continue };
        let Some(mut project) = project() else { return };
        let mut expected = None;
        let newest = Connection::open(&reference.address(), &Options::default()).unwrap().version();
        for minor in ProtocolVersion::OLDEST.minor..=newest.minor {
            let version = ProtocolVersion::minor(minor);
            if reference.is_shared {
                // What was built for the version before is there.
                project = self::project().unwrap();
                expected = None;
            }
            let daemon = Daemon::start(program).unwrap();
            let options = Options { newest: version, ..Options::default() };
            let mut store = Store::open(&daemon.address(), &options).unwrap();
            assert_eq!(store.connection().version(), version);
            let context = format!("{program} {version}");
            let closure = project.closure();

            let first = store.register(&closure).unwrap_or_else(|error| panic!("{context}: {error}"));
            assert_eq!((first.sent, first.valid), (closure.len(), 0), "{context}");
            assert_eq!(closure.len(), 6, "three derivations, a tree, a flat file and a text");
            let again = store.register(&closure).unwrap();
            assert_eq!((again.sent, again.valid), (0, closure.len()), "{context}");
            // The store's own check of what it has, contents included.
            daemon.nix("nix-store", &["--verify", "--check-contents"]);

            let missing = store.connection().query_missing(&[Target::all_outputs(project.path.clone())]).unwrap();
            assert_eq!(missing.will_build.len(), 3, "{context}");
            let events = log_of(&mut store);
            let target = Target::all_outputs(project.path.clone());
            let results =
                store.build(&[target], BuildMode::Normal).unwrap_or_else(|error| panic!("{context}: {error}"));
            assert_eq!(results.len(), 1);
            assert_eq!(results[0].status, BuildStatus::Built, "{context}: {}", results[0].error);
            let (expected, hashes) = expected.get_or_insert_with(|| built_by_nix(&reference, &project));
            if minor >= 22 {
                let outputs: BTreeSet<&str> = results[0].outputs.values().map(StorePath::as_str).collect();
                assert_eq!(outputs, expected.iter().map(String::as_str).collect(), "{context}");
                assert_eq!(results[0].outputs["dev"].as_str(), expected[1], "{context}");
            }
            let events = events.borrow();
            let told = |event: &LogEvent| format!("{event:?}").contains("making base");
            assert!(events.iter().any(told), "{context}: {events:?}");

            for (path, hash) in expected.iter().zip(hashes) {
                let path = StorePath::parse_absolute(path).unwrap();
                let connection = store.connection();
                let info = connection.query_path_info(&path).unwrap().unwrap();
                assert_eq!(info.nar_hash.to_nixbase32(), hash.strip_prefix("sha256:").unwrap(), "{context}");
                assert_eq!(info.deriver.as_ref(), Some(&project.path), "{context}");
                let mut nar = Vec::new();
                let received = connection.nar_from_path(&path, &mut |piece| {
                    nar.extend_from_slice(piece);
                    Ok(())
                });
                received.unwrap();
                assert_eq!(Hash::digest(HashAlgorithm::Sha256, &nar), info.nar_hash, "{context}");
                assert_eq!(nar.len() as u64, info.nar_size);
                assert!(connection.is_valid_path(&path).unwrap());
                let by_hash = connection.query_path_from_hash_part(path.hash_part()).unwrap();
                assert_eq!(by_hash, Some(path));
            }
        }
    }
}

#[test]
fn asks_about_what_is_not_there() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let mut connection = Connection::open(&daemon.address(), &Options::default()).unwrap();
        assert!(connection.daemon_version().is_some());
        let path = StorePath::parse_absolute("/nix/store/00000000000000000000000000000000-nothing").unwrap();
        let set: BTreeSet<StorePath> = [path.clone()].into();
        assert_eq!(connection.query_path_info(&path).unwrap(), None);
        assert!(!connection.is_valid_path(&path).unwrap());
        assert!(connection.query_valid_paths(&set, true).unwrap().is_empty());
        assert!(connection.query_substitutable_paths(&set).unwrap().is_empty());
        assert!(connection.query_referrers(&path).unwrap().is_empty());
        assert_eq!(connection.query_path_from_hash_part(path.hash_part()).unwrap(), None);
        // What the daemon refuses leaves the connection in order.
        let error = connection.ensure_path(&path).unwrap_err();
        assert!(matches!(&error, DaemonError::Remote(_)), "{error:?}");
        assert!(error.to_string().contains("nothing"), "{error}");
        assert!(!connection.is_valid_path(&path).unwrap());
        let results = Store::new(connection).build(&[Target::Path(path)], BuildMode::Normal).unwrap();
        assert!(!results[0].status.is_success() && !results[0].error.is_empty(), "{results:?}");
    }
}

#[test]
fn a_failing_build_says_why() {
    let expression = format!(
        r#"derivation {{ name = "broken-{}"; system = builtins.currentSystem; builder = "/bin/sh";
           args = [ "-c" "echo about to fail; exit 3" ]; }}"#,
        salt()
    );
    let Some(project) = Instantiated::new(&expression, &[]) else { return };
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        for minor in [29, 38] {
            let options = Options { newest: ProtocolVersion::minor(minor), ..Options::default() };
            let mut store = Store::open(&daemon.address(), &options).unwrap();
            store.register(&project.closure()).unwrap();
            let results = store.build(&[Target::all_outputs(project.path.clone())], BuildMode::Normal).unwrap();
            let expected = if minor < 34 { BuildStatus::MiscFailure } else { BuildStatus::PermanentFailure };
            assert_eq!(results[0].status, expected, "{results:?}");
            assert!(results[0].error.contains("exit code 3"), "{results:?}");
            assert!(results[0].outputs.is_empty());
        }
    }
}

#[test]
fn settings_and_roots() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let Some(project) = project() else { return };
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        let trust = store.connection().trust();
        assert!(matches!(trust, Trust::Trusted | Trust::Unknown), "{trust:?}");
        let overrides = [("cores".to_string(), "3".to_string())].into();
        store.connection().set_options(&Settings { verbosity: 7, overrides, ..Settings::default() }).unwrap();
        store.register(&project.closure()).unwrap();
        let link = daemon.directory.path().join("result");
        std::os::unix::fs::symlink(project.path.as_str(), &link).unwrap();
        let link = link.to_str().unwrap();
        store.connection().add_temp_root(&project.path).unwrap();
        store.connection().add_indirect_root(link).unwrap();
        let roots = daemon.nix("nix-store", &["--gc", "--print-roots"]);
        assert!(roots.contains(&format!("{link} -> {}", project.path)), "{roots}");
        let permanent = daemon.directory.path().join("permanent");
        let permanent = permanent.to_str().unwrap();
        match store.connection().add_perm_root(&project.path, permanent) {
            Ok(made) => assert_eq!(std::fs::read_link(made).unwrap(), std::path::Path::new(project.path.as_str())),
            Err(DaemonError::NeedsNewer { .. }) => assert!(store.connection().version().minor < 36),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_daemon_at_the_end_of_a_command() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let Some(project) = project() else { return };
        // What ssh would run on another machine. It finds its store through the socket.
        let script = format!(
            "export NIX_REMOTE=unix://{}; export NIX_CONF_DIR={}; exec {program} --stdio",
            daemon.socket().display(),
            daemon.directory.path().join("etc").display()
        );
        let address = StoreAddress::Command { command: ["sh", "-c", &script].map(Into::into).into(), is_local: false };
        let mut store = Store::open(&address, &Options::default()).unwrap();
        let registration = store.register(&project.closure()).unwrap();
        assert_eq!(registration.sent, 6);
        let results = store.build(&[Target::output(project.path.clone(), "out")], BuildMode::Normal).unwrap();
        assert_eq!(results[0].outputs.keys().collect::<Vec<_>>(), ["out"], "{results:?}");
    }
}

#[test]
fn a_source_that_was_changed_is_not_registered() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let Some(project) = project() else { return };
        for (size, minor) in [(1, 38), (1, 25), (1, 22), (9 << 20, 38)] {
            let options = Options { newest: ProtocolVersion::minor(minor), ..Options::default() };
            let mut store = Store::open(&daemon.address(), &options).unwrap();
            let mut closure = project.closure();
            let tree = closure.paths().find(|path| path.name() == "folder").unwrap().clone();
            let changed = daemon.directory.path().join(format!("changed-{size}"));
            std::fs::write(&changed, vec![b'x'; size]).unwrap();
            closure.insert(tree.clone(), harness::tree(changed));
            let error = store.register(&closure).unwrap_err();
            let DaemonError::Changed { expected, actual } = &error else { panic!("{error:?}") };
            assert_eq!(*expected, tree);
            let mut other = Connection::open(&daemon.address(), &options).unwrap();
            assert!(!other.is_valid_path(&tree).unwrap());
            assert!(!other.is_valid_path(&project.path).unwrap());
            // Only where a daemon knows no pieces it cannot be told to forget.
            if minor >= 25 {
                assert!(!other.is_valid_path(actual).unwrap(), "{program} {minor} {size}");
            }
        }
        // A second try with what was evaluated works.
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        assert!(store.register(&project.closure()).unwrap().sent > 0);
    }
}

#[test]
fn a_large_source_is_streamed() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let file = daemon.directory.path().join("large");
        let mut bytes: Vec<u8> = (0..20u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        bytes.extend_from_slice(salt().as_bytes());
        std::fs::write(&file, &bytes).unwrap();
        for minor in [22, 25, 38] {
            let options = Options { newest: ProtocolVersion::minor(minor), ..Options::default() };
            let name = format!("large-{minor}");
            let hash = bt_store::nar::hash_nar(&harness::Disk, &file, &mut |_, _| Ok(true), HashAlgorithm::Sha256);
            let path = bt_store::path::make_source_path(&name, &hash.unwrap(), [], false).unwrap();
            let mut closure = bt_daemon::Closure::default();
            closure.insert(path.clone(), harness::tree(file.clone()));
            let mut store = Store::open(&daemon.address(), &options).unwrap();
            assert_eq!(store.register(&closure).unwrap().sent, 1);
            let info = store.connection().query_path_info(&path).unwrap().unwrap();
            assert!(info.nar_size > 20 << 20);
        }
    }
}

#[test]
fn what_is_missing_is_named_before_anything_is_sent() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let Some(project) = project() else { return };
        let full = project.closure();
        let tree = full.paths().find(|path| path.name() == "folder").unwrap().clone();
        let mut full = Some(full);
        let closure = bt_daemon::Closure::collect([project.path.clone()], &mut |path| {
            if *path == tree {
                return None;
            }
            let again = project.closure();
            full = None;
            let object = again.get(path)?;
            let contents = match &object.contents {
                bt_daemon::Contents::File(bytes) => bt_daemon::Contents::File(bytes.clone().into_owned().into()),
                bt_daemon::Contents::Tree(_) => return None,
            };
            Some(bt_daemon::Object { contents, references: object.references.clone(), ..*object })
        });
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        let error = store.register(&closure).unwrap_err();
        assert!(matches!(&error, DaemonError::MissingReference { path, .. } if *path == tree), "{error:?}");
        assert!(!store.connection().is_valid_path(&project.path).unwrap());
    }
}

/// A derivation whose builder says `sleeping` and then sleeps.
fn sleeping(seconds: u32) -> Option<Instantiated> {
    let expression = format!(
        r#"derivation {{ name = "slow-{}"; system = builtins.currentSystem; builder = "/bin/sh";
           args = [ "-c" "echo sleeping; /bin/sleep {seconds}; echo > $out" ]; }}"#,
        salt()
    );
    Instantiated::new(&expression, &[])
}

#[test]
fn a_build_is_cancelled() {
    let Some(project) = sleeping(60) else { return };
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        store.register(&project.closure()).unwrap();
        let handle = store.connection().shutdown_handle();
        store.connection().set_log(move |event| {
            if format!("{event:?}").contains("sleeping") {
                handle.shutdown();
            }
        });
        let begin = Instant::now();
        let error = store.build(&[Target::all_outputs(project.path.clone())], BuildMode::Normal).unwrap_err();
        assert!(matches!(error, DaemonError::Cancelled), "{error:?}");
        assert!(begin.elapsed() < Duration::from_secs(30));
        assert!(matches!(store.register(&project.closure()), Err(DaemonError::Unusable)));
        drop(store);
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        assert!(store.connection().is_valid_path(&project.path).unwrap());
    }
}

#[test]
fn a_user_whom_the_daemon_does_not_trust() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start_with(program, "trusted-users = nobody-at-all\n") else { continue };
        let Some(project) = project() else { return };
        for minor in [24, 31, 38] {
            let options = Options { newest: ProtocolVersion::minor(minor), ..Options::default() };
            let mut store = Store::open(&daemon.address(), &options).unwrap();
            let version = store.connection().version();
            let expected = if version.minor >= 35 { Trust::NotTrusted } else { Trust::Unknown };
            assert_eq!(store.connection().trust(), expected);
            store.connection().set_options(&Settings::default()).unwrap();
            store.register(&project.closure()).unwrap_or_else(|error| panic!("{program} {minor}: {error}"));
            let results = store.build(&[Target::all_outputs(project.path.clone())], BuildMode::Normal).unwrap();
            assert!(results[0].status.is_success(), "{results:?}");
        }
        let repair = BuildMode::Repair;
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        let refused = store.connection().build_paths(&[Target::all_outputs(project.path.clone())], repair);
        assert!(matches!(refused, Err(DaemonError::Remote(_) | DaemonError::Closed { .. })), "{refused:?}");
    }
}

#[test]
fn a_user_whom_the_daemon_does_not_serve() {
    for program in DAEMONS {
        let settings = "trusted-users = nobody-at-all\nallowed-users = nobody-at-all\n";
        let Some(daemon) = Daemon::start_refusing(program, settings) else { continue };
        let error = Connection::open(&daemon.address(), &Options::default()).err().unwrap();
        let text = "nix-daemon ended the connection while connecting; it may not serve this user (allowed-users)";
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_daemon_that_is_killed() {
    let Some(project) = sleeping(20) else { return };
    for program in DAEMONS {
        // While it builds.
        let Some(daemon) = Daemon::start(program) else { continue };
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        store.register(&project.closure()).unwrap();
        let daemon = Rc::new(daemon);
        let killer = Rc::clone(&daemon);
        store.connection().set_log(move |event| {
            if format!("{event:?}").contains("sleeping") {
                killer.kill_connections();
            }
        });
        let target = Target::all_outputs(project.path.clone());
        let begin = Instant::now();
        let error = store.build(std::slice::from_ref(&target), BuildMode::Normal).unwrap_err();
        assert_eq!(error.to_string(), "nix-daemon ended the connection while building");
        assert!(begin.elapsed() < Duration::from_secs(15));

        // While a source is sent, of which it has seen half then.
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        let killer = Rc::clone(&daemon);
        let bytes = vec![b'x'; 1 << 20];
        let tree = bt_daemon::Object::tree(move |sink: &mut dyn FnMut(&[u8])| {
            for piece in 0..100 {
                sink(&bytes);
                if piece == 50 {
                    killer.kill_connections();
                }
            }
            Ok(())
        });
        let path = StorePath::parse_absolute("/nix/store/00000000000000000000000000000000-x").unwrap();
        let error = store.connection().add(&path, &tree).unwrap_err();
        // Its path is wrong as well, which is known at the end.
        assert!(matches!(error, DaemonError::Closed { .. }), "{error:?}");

        // The next try works.
        let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
        assert_eq!(store.register(&project.closure()).unwrap().sent, 0);
    }
}

#[test]
fn a_disk_that_is_full() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start_small(program) else { continue };
        let file = daemon.directory.path().join("large");
        for (minor, size) in [(38, 12 << 20), (31, 12 << 20), (24, 12 << 20), (38, 1 << 20)] {
            std::fs::write(&file, vec![b'x'; size]).unwrap();
            let hash = bt_store::nar::hash_nar(&harness::Disk, &file, &mut |_, _| Ok(true), HashAlgorithm::Sha256);
            let path = bt_store::path::make_source_path("large", &hash.unwrap(), [], false).unwrap();
            let mut closure = bt_daemon::Closure::default();
            closure.insert(path.clone(), harness::tree(file.clone()));
            let options = Options { newest: ProtocolVersion::minor(minor), ..Options::default() };
            let mut store = Store::open(&daemon.address(), &options).unwrap();
            if size < 10 << 20 {
                // What was sent in vain is garbage now.
                daemon.nix("nix-store", &["--gc"]);
            }
            let registered = store.register(&closure);
            if size > 10 << 20 {
                let error = registered.unwrap_err();
                assert!(error.to_string().contains("No space left on device"), "{program} {minor}: {error}");
                let mut other = Connection::open(&daemon.address(), &Options::default()).unwrap();
                assert!(!other.is_valid_path(&path).unwrap());
            } else {
                assert_eq!(registered.unwrap().sent, 1);
            }
        }
    }
}

#[test]
fn two_at_once() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let Some(project) = project() else { return };
        let results: Vec<_> = std::thread::scope(|scope| {
            let run = || {
                let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
                store.register(&project.closure()).unwrap();
                store.build(&[Target::all_outputs(project.path.clone())], BuildMode::Normal).unwrap()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for result in &results {
            assert!(result[0].status.is_success(), "{results:?}");
            assert_eq!(result[0].outputs, results[0][0].outputs);
        }
    }
}
