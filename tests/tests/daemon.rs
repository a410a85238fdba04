//! What bt-lint evaluates, registered and built by real daemons, is what `nix-build` makes of it.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

#[path = "../../crates/bt-daemon/tests/harness/mod.rs"]
mod harness;

use bt_daemon::{BuildMode, Closure, DaemonError, Options, Store, Target};
use bt_diag::SourceMap;
use bt_eval::Evaluator;
use bt_glue::{Environment, Glue, OsFileSystem};
use bt_store::StorePath;
use bumpalo::Bump;
use harness::{DAEMONS, Daemon, is_installed, salt, skipped};
use std::collections::BTreeSet;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// Sources and texts of all kinds, and derivations that need each other. Each output says what it was made from.
const PROJECT: &str = r#"
    let
      make = name: script: rest: derivation ({
        name = "${name}-SALT"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ];
      } // rest);
      copy = make "copy" "while read -r line; do echo \"$line\" >> $out; done < $file";
      filtered = builtins.filterSource (path: type: baseNameOf path != "secret") ./folder;
      named = builtins.path { path = ./folder; name = "named"; filter = path: type: type != "symlink"; };
      flat = builtins.path { path = ./folder/a.txt; recursive = false; };
      note = builtins.toFile "note" "${filtered} ${flat}\n";
      plain = builtins.toFile "plain" "plain\n";
    in make "top" ''
      read -r line < $first/deep/b.txt; echo "$line" > $out
      read -r line < $note; echo "$line $named" >> $out
      read -r line < $copied; echo "$line" >> $out
      [ ! -e $filtered/secret ] && [ -x $first/run ] && echo good >> $out
      echo "$whole" > $dev
    '' {
      outputs = [ "out" "dev" ];
      first = ./folder; whole = "${./.}"; copied = copy { file = plain; };
      inherit filtered named note; again = copy { file = ./folder/a.txt; };
    }
"#;

fn write_project(directory: &Path) -> String {
    let folder = directory.join("folder");
    std::fs::create_dir_all(folder.join("deep")).unwrap();
    for (name, text) in [("secret", "s\n"), ("run", "#!/bin/sh\n")] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    std::fs::set_permissions(folder.join("run"), PermissionsExt::from_mode(0o755)).unwrap();
    let _ = std::fs::remove_file(folder.join("link"));
    symlink("deep/b.txt", folder.join("link")).unwrap();
    // All of it is new to every store.
    for name in ["a.txt", "deep/b.txt"] {
        std::fs::write(folder.join(name), format!("{name} {}\n", salt())).unwrap();
    }
    let file = directory.join("default.nix");
    std::fs::write(&file, PROJECT.replace("SALT", &salt()).replace("plain\\n", &format!("{}\\n", salt()))).unwrap();
    file.to_str().unwrap().to_string()
}

/// What a store has to have before a derivation of this run can be built.
fn closure<'g>(glue: &'g Glue, derivation: &StorePath) -> Closure<'g> {
    bt_realise::closure(glue, [derivation.clone()]).unwrap_or_else(|error| panic!("{error}"))
}

/// Evaluates a file to a derivation, and works with the run.
fn with_derivation(file: &str, work: impl FnOnce(&Glue, &StorePath)) {
    let (arena, sources) = (Bump::new(), SourceMap::default());
    let glue = Glue::new(Box::new(OsFileSystem), Environment { pure: false, ..Environment::pure("x86_64-linux") });
    let tables = bt_glue::builtins();
    let ev = Evaluator::new(&arena, &glue, &sources, bt_eval::Options::default(), &tables);
    let text = format!("(import {file}).drvPath");
    let source = ev.add_source("/text.nix", text.into_bytes()).unwrap();
    let value = ev.eval_source(&source, None).unwrap_or_else(|error| panic!("{error}"));
    let text = ev.force_string(value).unwrap_or_else(|error| panic!("{error}")).to_text().into_owned();
    work(&glue, &StorePath::parse_absolute(&text).unwrap());
}

#[test]
fn what_is_evaluated_is_built_as_by_nix() {
    if !is_installed("nix-build") {
        return skipped("'nix-build' is not installed");
    }
    let directory = tempfile::tempdir().unwrap();
    for program in DAEMONS {
        let file = write_project(directory.path());
        let (Some(ours), Some(theirs)) = (Daemon::start(program), Daemon::start(program)) else { continue };
        with_derivation(&file, |glue, derivation| {
            let closure = closure(glue, derivation);
            let mut store = Store::open(&ours.address(), &Options::default()).unwrap();
            // Three derivations; two texts; the folder, the directory, two filtered ones and a file, whole and flat.
            assert_eq!(closure.len(), 11, "{:?}", closure.paths().collect::<Vec<_>>());
            let registration = store.register(&closure).unwrap_or_else(|error| panic!("{program}: {error}"));
            assert_eq!(registration.sent, closure.len());
            let results = store.build(&[Target::all_outputs(derivation.clone())], BuildMode::Normal).unwrap();
            let expected = theirs.nix("nix-build", &["--no-out-link", "-A", "out", "-A", "dev", &file]);
            let expected: BTreeSet<&str> = expected.lines().collect();
            assert_eq!(expected.len(), 2);
            let outputs: BTreeSet<&str> = results[0].outputs.values().map(StorePath::as_str).collect();
            assert_eq!(outputs, expected, "{program}: {results:?}");
            for output in results[0].outputs.values() {
                let info = store.connection().query_path_info(output).unwrap().unwrap();
                let hash = theirs.nix("nix-store", &["-q", "--hash", output.as_str()]);
                assert_eq!(format!("sha256:{}", info.nar_hash.to_nixbase32()), hash);
                let references = theirs.nix("nix-store", &["-q", "--references", output.as_str()]);
                let ours: BTreeSet<&str> = info.references.iter().map(StorePath::as_str).collect();
                assert_eq!(ours, references.lines().collect());
            }
        });
    }
}

#[test]
fn a_source_that_changes_after_evaluation_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    for program in DAEMONS {
        let file = write_project(directory.path());
        let Some(daemon) = Daemon::start(program) else { continue };
        with_derivation(&file, |glue, derivation| {
            let closure = closure(glue, derivation);
            let changed = directory.path().join("folder/deep/b.txt");
            let before = std::fs::read(&changed).unwrap();
            std::fs::write(&changed, "c\n").unwrap();
            let mut store = Store::open(&daemon.address(), &Options::default()).unwrap();
            let error = store.register(&closure).unwrap_err();
            assert!(matches!(error, DaemonError::Changed { .. }), "{error:?}");
            assert!(!store.connection().is_valid_path(derivation).unwrap());
            std::fs::write(&changed, before).unwrap();
            assert!(store.register(&closure).unwrap().sent > 0);
        });
    }
}
