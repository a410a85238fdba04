//! `bt-lint build`, with real daemons: what it makes is what Nix makes, and it is what was checked.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

#[path = "../../../crates/bt-image/tests/archive/mod.rs"]
#[allow(dead_code, reason = "not all of it is used here")]
mod archive;
mod faults;
#[path = "../../../crates/bt-daemon/tests/harness/mod.rs"]
mod harness;
mod images;
mod proxy;
mod ssh;

use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::Project;
use harness::{DAEMONS, Daemon, is_installed, salt, skipped};
use serde_json::Value as Json;

/// Derivations that need nothing but a shell. `SALT` makes them new to every store.
const FLAKE: &str = r#"{
  outputs = { self }:
    let
      make = name: script: rest: derivation ({
        name = "${name}-SALT"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ];
      } // rest);
      dep = make "dep" "echo making; echo 1.0 > $out" { };
    in {
      packages.x86_64-linux = {
        inherit dep;
        default = make "app" "read -r x < ${dep}; echo \"$x ${./data.txt}\" > $out; echo dev > $dev; echo doc > $doc" {
          outputs = [ "out" "dev" "doc" ];
        };
        installed = make "installed" "echo a > $out; echo b > $bin" { outputs = [ "out" "bin" ]; }
          // { meta.outputsToInstall = [ "bin" ]; };
        broken = make "broken" "echo one; echo two >&2; exit 3" { inherit dep; };
        after = make "after" "echo a > $out" { broken = self.packages.x86_64-linux.broken; };
        slow = make "slow" "echo started; exec sleep 60" { PATH = "/usr/bin:/bin"; };
        big = make "big" "head -c 40000000 /dev/zero > $out" { PATH = "/usr/bin:/bin"; };
        wrong = make "wrong" "echo something > $out" {
          outputHash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="; outputHashMode = "flat";
        };
        absent = make "absent" "echo x > $out" {
          x = builtins.appendContext "/nix/store/00000000000000000000000000000000-x" {
            "/nix/store/00000000000000000000000000000000-x".path = true;
          };
        };
        imported = make "imported-${builtins.substring 0 3 (builtins.readFile dep)}" "echo ok > $out" { };
      };
      compose.services.a.volumes = [ "${dep}:/x" "${./data.txt}:/y" ];
      nothing.services.a.volumes = [ "x:/x" ];
    };
}
"#;

/// A project whose derivations no store has.
fn project() -> Project {
    Project::new().with("flake.nix", FLAKE.replace("SALT", &salt())).with("data.txt", format!("{}\n", salt()))
}

/// The address of a daemon's store, whose files are below its directory.
fn store(daemon: &Daemon) -> String {
    let root = if daemon.is_shared { "/".into() } else { daemon.directory.path().display().to_string() };
    format!("unix://{}?root={root}", daemon.socket().display())
}

/// Runs `bt-lint build` with a daemon.
#[track_caller]
fn build(daemon: &Daemon, project: &Project, arguments: &[&str]) -> Run {
    program!().run(project.root(), &[&["build", "--store", &store(daemon)], arguments].concat())
}

#[track_caller]
fn json(run: &Run) -> Json {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.shown()))
}

/// The names of files in the project, sorted.
fn files(project: &Project) -> Vec<String> {
    let names = std::fs::read_dir(project.root()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn link(project: &Project, name: &str) -> String {
    std::fs::read_link(project.root().join(name)).unwrap().into_os_string().into_string().unwrap()
}

/// What Nix makes of an attribute of the same flake, with the same daemon.
fn by_nix(daemon: &Daemon, project: &Project, attribute: &str) -> Vec<String> {
    let expression = format!(
        "((import {0}/flake.nix).outputs {{ self = {{ packages.x86_64-linux = \
         ((import {0}/flake.nix).outputs {{ self = {{}}; }}).packages.x86_64-linux; }}; }}).packages.x86_64-linux.{1}",
        project.root().display(),
        attribute
    );
    let made = daemon.nix("nix-build", &["--no-out-link", "-E", &expression]);
    made.lines().map(str::to_string).collect()
}

#[test]
fn what_is_built_is_what_nix_builds() {
    if !is_installed("nix-build") {
        return skipped("'nix-build' is not installed");
    }
    for program in DAEMONS {
        let (Some(ours), Some(theirs)) = (Daemon::start(program), Daemon::start(program)) else { continue };
        let project = project();
        for attribute in ["dep", "default", "installed"] {
            let run = build(&ours, &project, &[&format!(".#{attribute}^*"), "--no-link"]).expect(0);
            let outputs = match attribute {
                "dep" => vec!["out"],
                "default" => vec!["out", "dev", "doc"],
                _ => vec!["out", "bin"],
            };
            let mut expected: Vec<String> =
                outputs.iter().flat_map(|o| by_nix(&theirs, &project, &format!("{attribute}.{o}"))).collect();
            let mut made: Vec<String> = run.stdout.lines().map(str::to_string).collect();
            expected.sort();
            made.sort();
            assert_eq!(made, expected, "{program} {attribute}");
        }
    }
}

#[test]
fn links_lead_to_what_was_built_and_keep_it() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let project = project();
        let run = build(&daemon, &project, &[".", ".#dep", ".#default^dev,doc", ".#installed"]).expect(0);
        let made: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(made.len(), 5, "{}", run.shown());
        let names = ["result", "result-1", "result-2-dev", "result-2-doc", "result-3-bin"];
        assert_eq!(names.map(|name| link(&project, name)).as_slice(), made);
        assert_eq!(files(&project), [&["data.txt", "flake.nix"], &names[..]].concat());
        if is_installed("nix-store") {
            let roots = daemon.nix("nix-store", &["--query", "--roots", made[0]]);
            assert!(roots.contains(&project.root().join("result").display().to_string()), "{roots}");
        }
        // Again: what is there is not built, and links are replaced.
        let again = build(&daemon, &project, &[".#dep", "--json"]).expect(0);
        let json = json(&again);
        assert_eq!(json[0]["status"], "already-valid");
        assert_eq!(json[0]["links"], serde_json::json!(["result"]));
        assert_eq!(link(&project, "result"), json[0]["outputs"]["out"].as_str().unwrap());
        assert!(json[0]["drvPath"].as_str().unwrap().ends_with(".drv") && json[0]["target"] == ".#dep");
        let other = build(&daemon, &project, &[".#dep", "-o", "sub/x"]).expect(2);
        other.says("there is no such directory");
        build(&daemon, &project, &[".#dep", "--out-link", "other"]).expect(0);
        assert_eq!(link(&project, "other"), json[0]["outputs"]["out"].as_str().unwrap());
    }
}

#[test]
fn what_a_compose_file_refers_to_is_built() {
    let Some(daemon) = Daemon::start("nix-daemon") else { return };
    let project = project();
    let run = build(&daemon, &project, &[".#compose", "--no-link", "--json"]).expect(0);
    let json = json(&run);
    let mut paths: Vec<&str> =
        json.as_array().unwrap().iter().map(|one| one["outputs"]["out"].as_str().unwrap()).collect();
    paths.sort_by_key(|path| path.len());
    assert!(paths[0].ends_with("-data.txt") && paths[1].contains("-dep-") && paths.len() == 2, "{paths:?}");
    build(&daemon, &project, &[".#nothing"]).expect(2).says("there is nothing to build in '.#nothing', which is a set");
}

#[test]
fn a_dry_run_does_nothing() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let project = project();
        let run = build(&daemon, &project, &["--dry-run"]).expect(0);
        assert!(run.stdout.starts_with("2 derivations will be built:\n"), "{}", run.shown());
        let run = build(&daemon, &project, &["--dry-run", "--json"]).expect(0);
        let listed = json(&run);
        assert_eq!(listed["build"].as_array().unwrap().len(), 2);
        assert_eq!((listed["downloadSize"].as_u64(), listed["fetch"].as_array().unwrap().len()), (Some(0), 0));
        assert_eq!(files(&project), ["data.txt", "flake.nix"]);
        let out = listed["targets"][0]["outputs"]["out"].as_str().unwrap();
        assert!(!daemon.directory.path().join(&out[1..]).exists());
        build(&daemon, &project, &["--no-link"]).expect(0);
        let run = build(&daemon, &project, &["--dry-run"]).expect(0);
        assert_eq!(run.stdout, "nothing: all is there\n");
    }
}

#[test]
fn a_failure_shows_the_whole_log() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let project = project();
        // What was asked for, and what it needs.
        for attribute in [".#broken", ".#after"] {
            let run = build(&daemon, &project, &[attribute]).expect(2).says("log of '/nix/store/");
            assert!(run.stderr.contains("\n  one\n  two\n") && run.stdout.is_empty(), "{}", run.shown());
            assert!(
                run.stderr.contains("failed with exit code 3") || run.stderr.contains("failed to build"),
                "{run:?}"
            );
        }
        let run = build(&daemon, &project, &[".#broken", "-L"]).expect(2);
        assert!(run.stderr.contains("> one\n") && !run.stderr.contains("log of"), "{}", run.shown());
        let run = build(&daemon, &project, &[".#broken", ".#dep", "--keep-going", "--no-link"]).expect(2);
        assert!(run.stderr.contains("\n  one\n"), "{}", run.shown());
        build(&daemon, &project, &[".#wrong"]).expect(2).says("hash mismatch");
        assert_eq!(files(&project), ["data.txt", "flake.nix"]);
    }
}

#[test]
fn what_a_binary_cache_has_is_fetched() {
    if !is_installed("nix") || !is_installed("nix-store") {
        return skipped("'nix' is not installed");
    }
    for program in DAEMONS {
        let Some(first) = Daemon::start(program) else { continue };
        if first.is_shared {
            return skipped("daemons cannot have stores of their own here, so nothing has to be fetched");
        }
        let project = project();
        let run = build(&first, &project, &["--no-link"]).expect(0);
        let out = run.stdout.trim();
        let cache = tempfile::tempdir().unwrap();
        let key = cache.path().join("key");
        let made = std::process::Command::new("nix-store")
            .args(["--generate-binary-cache-key", "cache-1"])
            .arg(&key)
            .arg(cache.path().join("public"))
            .status();
        assert!(made.unwrap().success());
        let public = std::fs::read_to_string(cache.path().join("public")).unwrap();
        let url = format!("file://{}?secret-key={}", cache.path().join("cache").display(), key.display());
        let features = ["--extra-experimental-features", "nix-command"];
        first.nix("nix", &[&features[..], &["copy", "--store", &store(&first), "--to", &url, out]].concat());

        let settings = format!(
            "substitute = true\nsubstituters = file://{}\ntrusted-public-keys = {public}\n",
            cache.path().join("cache").display()
        );
        let Some(second) = Daemon::start_with(program, &settings) else { continue };
        let planned = build(&second, &project, &["--dry-run"]).expect(0);
        assert!(planned.stdout.contains(out) && planned.stdout.contains("will be fetched ("), "{}", planned.shown());
        let run = build(&second, &project, &["--json"]).expect(0);
        assert_eq!(json(&run)[0]["status"], "substituted", "{}", run.shown());
        assert_eq!(link(&project, "result"), out);
        // Whoever does not know the key builds.
        let other = settings.replace("cache-1:", "other-1:");
        let Some(third) = Daemon::start_with(program, &other) else { continue };
        assert_eq!(json(&build(&third, &project, &["--json"]).expect(0))[0]["status"], "built");
    }
}

#[test]
fn what_is_built_again_is_compared() {
    let Some(daemon) = Daemon::start("nix-daemon") else { return };
    let project = Project::new().with(
        "flake.nix",
        "{ outputs = { self }: { packages.x86_64-linux.default = derivation { name = \"random\"; system = \"x86_64-linux\"; \
         builder = \"/bin/sh\"; args = [ \"-c\" \"read -r x < /proc/sys/kernel/random/uuid; echo $x > $out\" ]; }; }; }",
    );
    build(&daemon, &project, &["--no-link"]).expect(0);
    build(&daemon, &project, &["--no-link", "--rebuild"]).expect(2).says("may not be deterministic");
}

#[test]
fn what_is_read_of_derivations_is_built_when_that_is_allowed() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let project = project();
        let refused = build(&daemon, &project, &[".#imported"]).expect(2);
        refused.says("(import from").says("'--allow-ifd' lets nix-daemon do it");
        let run = build(&daemon, &project, &[".#imported", "--allow-ifd", "--no-link"]).expect(0);
        assert!(run.stdout.contains("-imported-1.0-"), "{}", run.shown());
        let arguments = ["eval", "--store", &store(&daemon), "--allow-ifd", "--raw", ".#imported.name"];
        let run = program!().run(project.root(), &arguments).expect(0);
        assert!(run.stdout.starts_with("imported-1.0-"), "{}", run.shown());
        // What nobody has built yet: the store of this machine may have the other by now.
        let project = self::project();
        let missing = ["eval", "--store", "unix:///missing", "--allow-ifd", ".#imported.name"];
        program!().run(project.root(), &missing).expect(2).says("cannot connect to nix-daemon (/missing)");
    }
}

#[test]
fn what_cannot_be_built_is_said_before() {
    let Some(daemon) = Daemon::start("nix-daemon") else { return };
    let project = project();
    build(&daemon, &project, &[".#other"]).expect(2).says("flake does not provide attribute 'other'");
    build(&daemon, &project, &[".#dep^lib"]).expect(2).says("does not have an output 'lib'");
    build(&daemon, &project, &[".#dep^"]).expect(2).says("invalid extended outputs specifier");
    build(&daemon, &project, &[".#dep", "--nixpkgs", "model"]).expect(2).says("cannot be built");
    build(&daemon, &project, &["--store", "s3://x"]).expect(2);
    assert_eq!(files(&project), ["data.txt", "flake.nix"]);
}
