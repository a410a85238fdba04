//! Images: what is wrong is not built, and what was built is checked and loaded.

use super::archive::{Image, Tar};
use super::harness::{DAEMONS, Daemon, salt};
use super::{build, files, json as parsed};
use bt_tests::project::Project;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Stands for nixpkgs: builders of images, by what makes the archive.
const BUILDERS: &str = r#"{
  buildLayeredImage = { name, tag ? null, contents ? [ ], config ? { }, archive, ... }: derivation {
    name = "${name}.tar"; system = "x86_64-linux"; builder = "/bin/sh"; inherit contents;
    args = [ "-c" "/bin/cat ${archive} > $out" ];
  };
  streamLayeredImage = { name, tag ? null, contents ? [ ], config ? { }, archive, ... }: derivation {
    name = "stream-${name}"; system = "x86_64-linux"; builder = "/bin/sh";
    args = [ "-c" "echo '#!/bin/sh' > $out; echo 'exec /bin/cat ROOT/${archive}' >> $out; /bin/chmod +x $out" ];
  };
}
"#;

/// A flake with images whose archives hold `built`; `ROOT` is where the store is.
fn project(daemon: &Daemon, built: serde_json::Value) -> Project {
    let files = Tar::new().directory("bin/").file("bin/app", 0o755, b"\x7fELF");
    let archive = Image::new("app:1", built).layer(files.finish()).docker(false);
    let flake = r##"{
  outputs = { self }:
    let
      tools = import ./pkgs/docker-tools.nix;
      program = base: version: text: derivation {
        name = "${base}-${version}"; system = "x86_64-linux"; builder = "/bin/sh"; PATH = "/usr/bin:/bin";
        args = [ "-c" "mkdir -p $out/bin; echo '${text}' > $out/bin/${base}; chmod +x $out/bin/${base}" ];
      };
      bash = program "bash" "5.2" "SALT";
      script = program "script" "1" "#!${bash}/bin/bash";
      image = builder: user: builder {
        name = "app"; tag = "1"; archive = ./image.tar; contents = [ ./root ];
        config = { User = user; Cmd = [ "/bin/app" ]; };
      };
    in {
      packages.x86_64-linux = {
        default = image tools.buildLayeredImage "1000:1000";
        stream = image tools.streamLayeredImage "1000:1000";
        root = image tools.buildLayeredImage "root";
        shell = tools.buildLayeredImage {
          name = "app"; tag = "1"; archive = ./image.tar; contents = [ ./root script ];
          config = { User = "1000:1000"; Cmd = [ "/bin/app" ]; };
        };
      };
    };
}
"##;
    let root = if daemon.is_shared { String::new() } else { daemon.directory.path().display().to_string() };
    let project = Project::new()
        .with("flake.nix", flake.replace("SALT", &salt()))
        .with("pkgs/docker-tools.nix", BUILDERS.replace("ROOT", &root))
        .with("image.tar", archive)
        .with("root/bin/app", "\x7fELF");
    let app = project.path("root/bin/app");
    std::fs::set_permissions(app, PermissionsExt::from_mode(0o755)).unwrap();
    project
}

/// A program that stands for docker: says what it is told to, and keeps what it gets.
fn docker(project: &Project, script: &str) -> String {
    let directory = project.root().join("bin");
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("docker");
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    directory.display().to_string()
}

#[track_caller]
fn load(daemon: &Daemon, project: &Project, path: &str, arguments: &[&str]) -> bt_tests::process::Run {
    let store = super::store(daemon);
    let all = [&["build", "--store", &store, "--no-link"], arguments].concat();
    bt_tests::program!().run_in(project.root(), &all, &[("PATH", path)])
}

fn good() -> serde_json::Value {
    json!({ "User": "1000:1000", "Cmd": ["/bin/app"] })
}

#[test]
fn what_is_wrong_is_not_built() {
    let Some(daemon) = Daemon::start("nix-daemon") else { return };
    let project = project(&daemon, good());
    let run = build(&daemon, &project, &[".#root"]).expect(1).says("root-user").says("nothing was built");
    assert!(run.stdout.is_empty() && !run.stderr.contains("building '"), "{}", run.shown());
    assert!(!files(&project).contains(&"result".to_string()));
    // Other images do not matter, and people decide.
    build(&daemon, &project, &["."]).expect(0);
    build(&daemon, &project, &[".#root", "--no-lint"]).expect(0);
    build(&daemon, &project, &[".#root", "--ignore", "CFG001", "--fail-on", "error"]).expect(0);
    std::fs::write(project.root().join("bt-lint.toml"), "ignore = [\"CFG001\"]\n").unwrap();
    build(&daemon, &project, &[".#root"]).expect(0);
}

#[test]
fn what_was_built_is_compared_with_what_was_evaluated() {
    let Some(daemon) = Daemon::start("nix-daemon") else { return };
    let same = project(&daemon, good());
    build(&daemon, &same, &["--verify", "--no-link"]).expect(0);
    build(&daemon, &same, &[".#stream", "--verify", "--no-link"]).expect(0);
    let other = project(&daemon, json!({ "User": "0", "Cmd": ["/bin/missing"] }));
    for target in [".", ".#stream"] {
        let run = build(&daemon, &other, &[target, "--verify", "--no-link"]).expect(1);
        let run = run.says("config.User is \"0\", and the flake says \"1000:1000\"").says("command-not-in-image");
        assert!(run.stdout.contains("/nix/store/"), "{}", run.shown());
    }
}

#[test]
fn what_comes_along_is_known_after_the_build() {
    for program in DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let project = project(&daemon, good());
        build(&daemon, &project, &[".#shell", "--no-link", "--fail-on", "warning"]).expect(0);
        let run = build(&daemon, &project, &[".#shell", "--no-link", "--verify", "--fail-on", "warning"]).expect(1);
        run.says("forbidden-in-closure").says("-bash-5.2");
        build(&daemon, &project, &[".#shell", "--no-link", "--verify", "--ignore", "CNT005"]).expect(0);
        let clean = build(&daemon, &project, &["--no-link", "--verify", "--fail-on", "warning"]).expect(0);
        clean.says("image app:1: ").says("in 1 layer, configured as evaluated");
    }
}

#[test]
fn images_are_loaded() {
    let Some(daemon) = Daemon::start("nix-daemon") else { return };
    let project = project(&daemon, good());
    let path = docker(&project, "[ \"$1\" = load ] || exit 9; /bin/cat > loaded; echo 'Loaded image: app:1'");
    for target in [".", ".#stream"] {
        let run = load(&daemon, &project, &path, &[target, "--load", "--json"]).expect(0).says("loaded app:1");
        assert_eq!(parsed(&run)[0]["loaded"], json!(["app:1"]));
        let expected = std::fs::read(project.root().join("image.tar")).unwrap();
        assert_eq!(std::fs::read(project.root().join("loaded")).unwrap(), expected, "{target}");
    }
    let fails = docker(&project, "echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1");
    let run = load(&daemon, &project, &fails, &["--load"]).expect(2);
    run.says("docker did not load").says("is docker running? The image is built, and stays in the store");
    let missing = Path::new("/missing").display().to_string();
    load(&daemon, &project, &missing, &["--load"]).expect(2).says("there is no docker or podman to load images into");
    load(&daemon, &project, &missing, &["--load=podman"]).expect(2).says("there is no podman");
}
