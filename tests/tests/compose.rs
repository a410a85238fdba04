//! `bt-lint compose`: what it prints is what Nix evaluates, compose takes it, and a file that is checked in is compared.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::process::Run;
use bt_tests::project::{Project, repository};
use bt_tests::{nix, process, program, skipped};
use serde_json::{Value as Json, json};

#[track_caller]
fn run(project: &Project, arguments: &[&str]) -> Run {
    program!().run(project.root(), &[&["compose"], arguments].concat())
}

fn parsed(run: &Run) -> Json {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.shown()))
}

/// A flake with one compose file.
fn project(set: &str) -> Project {
    Project::outputs(&format!("{{ packages.x86_64-linux.file = {}; }}", generated(set)))
}

fn generated(set: &str) -> String {
    format!("(pkgs.formats.json {{ }}).generate \"compose.json\" {set}")
}

const SHOP: &str = r#"{
  services = {
    web = { image = "web:1"; depends_on = [ "api" ]; networks = [ "front" ]; };
    api = { image = "api:1"; depends_on.db.condition = "service_started"; networks = [ "front" "back" ]; };
    db = { image = "db:1"; networks = [ "back" ]; volumes = [ "data:/data" ]; secrets = [ "password" ]; };
    tracer = { image = "tracer:1"; profiles = [ "debug" ]; volumes = [ "traces:/traces" ]; };
  };
  networks = { front = { }; back = { }; };
  volumes = { data = { }; traces = { }; };
  secrets.password.file = "/run/password";
}"#;

fn names(json: &Json, key: &str) -> Vec<String> {
    json[key].as_object().map_or(Vec::new(), |set| set.keys().cloned().collect())
}

// What Nix says.

/// With a collection in the manner of nixpkgs, so that Nix knows the hashes that are tags.
#[test]
fn tags_that_are_hashes_are_those_of_nix() {
    let containers = repository().join("tests/containers");
    let collection = repository().join("tests/collections/nixpkgs-like");
    let arguments = ["compose", "--override-input", "nixpkgs", collection.to_str().unwrap()];
    let ours = parsed(&program!().run(&containers, &arguments).expect(0));
    assert!(ours["services"]["layered"]["image"].is_string(), "{ours}");
    let expression = format!(
        "with {{ c = {0}; system = \"x86_64-linux\"; }}; let\n  pkgs = import (c + \"/pkgs.nix\") {{ nixpkgs = {1}; inherit system; }};\n  \
         images = import (c + \"/images.nix\") {{ inherit pkgs; }};\n  layered = import (c + \"/layered.nix\") {{ inherit pkgs images; }};\n\
         in import (c + \"/compose.nix\") {{ inherit images layered; }}",
        containers.display(),
        collection.display()
    );
    if !nix::is_installed("nix-instantiate".as_ref()) {
        return skipped("nix-instantiate is not installed, so the compose file is not compared with real Nix");
    }
    let mut command = nix::command("nix-instantiate");
    command.args(["--eval", "--strict", "--json", "--readonly-mode", "--expr", &expression]);
    let theirs = process::run(command, b"", process::TIME_LIMIT).expect("it ends").expect(0);
    assert_eq!(ours, parsed(&theirs));
}

/// The reference deployment, from its own files. Only the store paths of the two programs are taken from our answer: they
/// are those of the model.
#[test]
fn the_reference_is_that_of_nix() {
    let project = Project::reference();
    let answer = run(&project, &["--nixpkgs", "model"]).expect(0);
    let ours = parsed(&answer);
    let program = |service: &str| {
        let path = ours["services"][service]["healthcheck"]["test"][1].as_str().unwrap();
        path.split("/bin/").next().unwrap().to_string()
    };
    let version = env!("CARGO_PKG_VERSION");
    let expression = format!(
        r#"let
  lib = rec {{
    inherit (builtins) attrValues concatLists concatMap listToAttrs mapAttrs;
    nameValuePair = name: value: {{ inherit name value; }};
    mapAttrs' = f: set: builtins.listToAttrs (map (name: f name set.${{name}}) (builtins.attrNames set));
    genAttrs = names: f: builtins.listToAttrs (map (name: nameValuePair name (f name)) names);
    optionalAttrs = condition: set: if condition then set else {{ }};
    filterAttrs = keep: set: removeAttrs set (builtins.filter (name: !keep name set.${{name}}) (builtins.attrNames set));
  }};
  ports = import {0}/nix/ports.nix;
  services = import {0}/nix/services.nix {{ inherit pkgs ports; backend = "{1}"; configs = null; grafana-plugin = null; }};
  probe = "{2}";
  pkgs = {{ inherit lib; }};
  images = builtins.mapAttrs (name: _: {{ imageName = "bt-${{name}}"; imageTag = "{version}"; }}) services;
in (import {0}/nix/docker-compose-generator.nix {{ inherit pkgs ports probe services images; }}).config"#,
        project.root_text(),
        program("backend"),
        program("frontend"),
    );
    if let Some(theirs) = nix::instantiate(&expression) {
        assert_eq!(ours, theirs);
        // Keys come in the order of Nix.
        assert_eq!(names(&ours, "services"), names(&theirs, "services"));
    }
    for attr in ["docker-compose", "docker-compose-json"] {
        assert_eq!(run(&project, &[&format!(".#{attr}"), "--nixpkgs", "model"]).expect(0).stdout, answer.stdout);
    }
}

// What compose takes.

#[test]
fn what_compose_refuses_is_not_written() {
    let project = project("{ services.app = {\nimage = \"app:1\"; user = 1000;\nenvironments.A = \"b\"; }; }");
    project.write("compose.json", "as it was");
    let answer = run(&project, &["-o", "compose.json"]).expect(2);
    let answer = answer.says("`user` of service `app` is an integer, not a string (CMP001 compose-invalid)");
    let answer = answer.says("compose knows no key `environments` in service `app`").says("flake.nix:9:25");
    assert!(answer.stderr.contains("flake.nix:10:1") && answer.stdout.is_empty(), "{}", answer.shown());
    assert_eq!(project.read("compose.json"), "as it was");
    let whatever = parsed(&run(&project, &["--no-validate"]).expect(0));
    assert_eq!(whatever["services"]["app"]["user"], json!(1000));
}

#[test]
fn what_a_remark_ignores_is_written() {
    let project =
        project("{ services.app = {\nimage = \"app:1\";\nuser = 1000; # bt-lint: ignore[CMP001] podman takes it\n}; }");
    assert_eq!(parsed(&run(&project, &[]).expect(0))["services"]["app"]["user"], json!(1000));
}

// Files that are checked in.

#[test]
fn a_file_that_is_up_to_date() {
    let project = project(SHOP);
    for file in ["compose.json", "compose.yaml", "compose.yml", "compose"] {
        run(&project, &["-o", file]).expect(0);
        let answer = run(&project, &["--check", file]).expect(0);
        assert!(answer.stdout.is_empty(), "{}", answer.shown());
    }
    assert!(project.read("compose.yaml").starts_with("networks:\n"));
    assert_eq!(project.read("compose.yaml"), project.read("compose.yml"));
    assert_eq!(project.read("compose"), project.read("compose.json"));
    // The format that is named counts.
    run(&project, &["--check", "compose.yaml", "--format", "json"]).expect(1);
    run(&project, &["-o", "compose.yaml", "--format", "json"]).expect(0);
    run(&project, &["--check", "compose.yaml", "--format", "json"]).expect(0);
}

#[test]
fn a_file_that_is_out_of_date() {
    let project = project(SHOP);
    for file in ["compose.json", "compose.yaml"] {
        run(&project, &["-o", file]).expect(0);
        let right = project.read(file);
        project.write(file, right.replace("web:1", "web:0"));
        let answer = run(&project, &["--check", file]).expect(1).says("is out of date");
        assert!(answer.stdout.starts_with(&format!("--- a/{file}\n+++ b/{file}\n@@ ")), "{}", answer.shown());
        let changed: Vec<&str> =
            answer.stdout.lines().filter(|line| line.contains("web:0") || line.contains("web:1")).collect();
        assert!(matches!(changed[..], [old, new] if old.starts_with('-') && new.starts_with('+')), "{changed:?}");
        // It is left as it is.
        assert_eq!(project.read(file), right.replace("web:1", "web:0"));
    }
}

#[test]
fn a_file_that_says_the_same_otherwise() {
    let project = project("{ services.app = { image = \"app:1\"; restart = \"always\"; }; }");
    project.write("compose.json", "{\"services\": {\"app\": {\"restart\": \"always\", \"image\": \"app:1\"}}}\n");
    run(&project, &["--check", "compose.json"]).expect(1).says("says the same, but is written otherwise");
    project.write("compose.json", "{\"services\": {\"app\": {\"restart\": \"always\", \"image\": \"app:2\"}}}\n");
    run(&project, &["--check", "compose.json"]).expect(1).says("is out of date");
    let same = "services:\n  app: {restart: always, image: 'app:1'} # as ever\n";
    for (text, says) in [
        (same.to_string(), "says the same, but is written otherwise"),
        (same.replace("app:1", "app:2"), "is out of date"),
        (same.replace("always", "on"), "is out of date"),
        (format!("{same}---\n{same}"), "is out of date"),
        ("{".repeat(100_000), "is out of date"),
    ] {
        project.write("compose.yaml", text);
        run(&project, &["--check", "compose.yaml"]).expect(1).says(says);
    }
}

#[test]
fn files_that_are_no_files() {
    let project = project(SHOP).with("directory/x", "").with("bytes", [0xff, 0xfe]);
    run(&project, &["--check", "missing.json"]).expect(1).says("there is no 'missing.json'");
    run(&project, &["--check", "directory"]).expect(2).says("cannot read 'directory'");
    run(&project, &["--check", "bytes"]).expect(2).says("it is not UTF-8");
    run(&project, &["-o", "missing/compose.json"]).expect(2).says("cannot write missing/compose.json");
    run(&project, &["-o", "x.json", "--check", "x.json"]).expect(2);
}

/// CI shows diffs to many.
#[test]
fn secrets_are_in_the_file_and_in_no_diff() {
    let project = project("{ services.app = { image = \"app:1\"; environment.API_TOKEN = \"hunter22\"; }; }");
    run(&project, &["-o", "compose.json"]).expect(0);
    assert!(project.read("compose.json").contains("hunter22"));
    project.write("compose.json", project.read("compose.json").replace("app:1", "app:0"));
    let answer = run(&project, &["--check", "compose.json"]).expect(1);
    assert!(answer.stdout.contains("API_TOKEN") && !answer.shown().contains("hunter22"), "{}", answer.shown());
}

// Parts.

#[test]
fn services_with_what_they_use() {
    let project = project(SHOP);
    let part = |arguments: &[&str]| parsed(&run(&project, arguments).expect(0));
    let db = part(&["--service", "db"]);
    assert_eq!(names(&db, "services"), ["db"]);
    assert_eq!((names(&db, "networks"), names(&db, "volumes")), (vec!["back".to_string()], vec!["data".to_string()]));
    assert_eq!(names(&db, "secrets"), ["password"]);
    let web = part(&["--service", "web"]);
    assert_eq!(names(&web, "services"), ["api", "db", "web"]);
    assert_eq!(names(&web, "volumes"), ["data"]);
    assert_eq!(names(&part(&["--service", "db", "--service", "tracer"]), "services"), ["db", "tracer"]);
    assert_eq!(names(&part(&["--profile", "debug"]), "services").len(), 4);
    run(&project, &["--service", "traser"]).expect(2).says("no service 'traser'").says("did you mean 'tracer'?");
    run(&project, &["--profile", "dbg"]).expect(2).says("has the profile 'dbg'").says("debug");
}

#[test]
fn several_files() {
    let two = |a: &str, b: &str| {
        Project::outputs(&format!("{{ packages.x86_64-linux = {{ a = {}; b = {}; }}; }}", generated(a), generated(b)))
    };
    let (x, y) = ("{ services.x.image = \"x\"; }", "{ services.y.image = \"y\"; }");
    let different = two(x, y);
    let answer = run(&different, &[]).expect(2).says("several compose files");
    let answer = answer.says("'#packages.x86_64-linux.a'").says("'#packages.x86_64-linux.b'");
    assert!(answer.stdout.is_empty());
    assert_eq!(names(&parsed(&run(&different, &[".#b"]).expect(0)), "services"), ["y"]);
    // One file in two outputs leaves no choice.
    assert_eq!(names(&parsed(&run(&two(x, x), &[]).expect(0)), "services"), ["x"]);
}

// What has to be there.

#[test]
fn store_paths_are_listed() {
    let set = "{ services.app = { image = \"app:1\"; volumes = [ \"${./conf}:/etc/app:ro\" ]; \
               command = [ \"${pkgs.hello}/bin/hello\" ]; healthcheck.test = [ \"CMD\" \"${pkgs.hello}/bin/hello\" ]; }; }";
    let project = project(set).with("conf/app.conf", "x = 1\n");
    let answer = run(&project, &["--list-context"]).expect(0);
    let lines: Vec<&str> = answer.stdout.lines().collect();
    let line = |part: &str| *lines.iter().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(line("-conf ").ends_with(" services.app.volumes[0]"), "{lines:?}");
    assert!(line(".drv ").ends_with(" services.app.command[0] services.app.healthcheck.test[1]"), "{lines:?}");
    run(&project, &[]).expect(0).says("names 2 store paths").says("--list-context");
    let quiet = run(&project, &["-q"]).expect(0);
    assert!(quiet.stderr.is_empty(), "{}", quiet.shown());
    assert_eq!(run(&self::project(SHOP), &["--list-context"]).expect(0).stdout, "");
}

/// A tag that is a hash of what the model builds is not the one that is built.
#[test]
fn tags_of_the_model_are_told() {
    let with = |tag: &str| {
        Project::outputs(&format!(
            "let image = pkgs.dockerTools.buildLayeredImage {{ name = \"app\"; {tag} }}; in {{ packages.x86_64-linux = {{ inherit image; \
             file = {}; }}; }}",
            generated("{ services.app.image = \"${image.imageName}:${image.imageTag}\"; }")
        ))
    };
    run(&with(""), &["--nixpkgs", "model"]).expect(0).says("the image tags of 'app' are hashes");
    let answer = run(&with("tag = \"1\";"), &["--nixpkgs", "model"]).expect(0);
    assert!(!answer.stderr.contains("hashes"), "{}", answer.shown());
}
