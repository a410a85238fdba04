//! Reports in every format: what a flake holds neither breaks them nor acts on a terminal, and no secret is in one.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::Project;
use serde_json::Value as Json;
use std::io::Read;
use std::process::{Command, Stdio};

/// All that a check can print.
const REPORTS: &[&[&str]] = &[
    &["--format", "full"],
    &["--format", "full", "--show-trace"],
    &["--format", "concise"],
    &["--format", "json"],
    &["--format", "sarif"],
    &["--format", "github"],
    &["--format", "gitlab"],
    &["--format", "junit"],
    &["--statistics"],
    &["--no-ignores", "--format", "full"],
    &["--diff"],
    &["--diff", "--fix=unsafe"],
    &["-v", "--format", "concise"],
];

fn check(project: &Project, arguments: &[&str]) -> Run {
    let common = ["check", "--nixpkgs", "model", "--offline", "--system", "x86_64-linux"];
    program!().run(project.root(), &[&common[..], arguments].concat())
}

/// Every report, and the files that `init` writes; with what was asked.
fn everything(project: &Project) -> Vec<(String, Run)> {
    let mut all: Vec<(String, Run)> =
        REPORTS.iter().map(|arguments| (arguments.join(" "), check(project, arguments))).collect();
    all.push(("inputs".into(), program!().run(project.root(), &["inputs", "--offline"])));
    all.push(("config".into(), program!().run(project.root(), &["config"])));
    let run = program!().run(project.root(), &["init", "--baseline", "--nixpkgs", "model", "--offline"]);
    all.push(("init".into(), run));
    let file = |name: &str| std::fs::read_to_string(project.path(name)).unwrap_or_default();
    let written = file("bt-lint-baseline.json") + &file("bt-lint.toml");
    all.push(("what init wrote".into(), Run { code: Some(0), stdout: written, stderr: String::new() }));
    all.push(("with a baseline".into(), check(project, &["--format", "sarif"])));
    for name in ["bt-lint-baseline.json", "bt-lint.toml"] {
        std::fs::remove_file(project.path(name)).expect("init wrote it");
    }
    all
}

fn python(script: &str, arguments: &[&str], input: &str) -> Option<Result<(), String>> {
    use std::io::Write;
    let mut command = Command::new("python3");
    command.args(["-c", script]).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    Some(if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) })
}

// Secrets.

/// Stands for every secret.
const SECRET: &str = "Hunter2-Marker";

fn with_secrets() -> Project {
    let text = r#"
let
  # The password is not what this comment is about.
  helper = name: password: pkgs.dockerTools.buildLayeredImage {
    inherit name;
    tag = "latest";
    config = { Cmd = "/bin/serve --password SECRET"; Env = [ "APP_PASSWORD=${password}" "API_TOKEN=SECRET" "PORT=80" ]; };
  };
  adminPassword = "SECRET";
in {
  packages.x86_64-linux.image = helper "app" "SECRET";
  packages.x86_64-linux.other = pkgs.dockerTools.buildLayeredImage {
    name = "other";
    tag = "latest";
    config = {
      Entrypoint = "serve";
      Env = [
        "GF_SECURITY_ADMIN_PASSWORD=SECRET"
        "URL=postgres://app:SECRET@nowhere:5432/app"
      ];
    };
  };
  packages.x86_64-linux.compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.a = {
      image = "postgres";
      privileged = true;
      environment.GF_SECURITY_ADMIN_PASSWORD = "SECRET";
      environment.DATABASE_URL = "postgres://app:SECRET@nowhere:5432/app";
      command = [ "serve" "--dsn" "redis://:SECRET@missing:1" ];
    };
    services.b = {
      image = "postgres:latest";
      ports = [ "80:80" ];
      environment = [ "POSTGRES_PASSWORD=SECRET" "X=http://u:SECRET@missing" ];
    };
    services.c = { image = "redis"; environment = { REDIS_PASSWORD = adminPassword; }; };
  };
  packages.x86_64-linux.broken = throw "cannot connect with SECRET to http://u:SECRET@host";
  packages.x86_64-linux.wrong = pkgs.dockerTools.buildLayeredImage { name = "x"; config.Env = 1 + "API_KEY=SECRET"; };
}"#;
    Project::outputs(&text.replace("SECRET", SECRET))
}

#[test]
fn secrets_are_reported_and_not_shown() {
    let project = with_secrets();
    for (what, run) in everything(&project) {
        assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET), "{what}: {}", run.shown());
    }
    let found = check(&project, &["--format", "concise", "--select", "CFG019"]);
    assert_eq!(found.stdout.matches(" CFG019 ").count(), 9, "{}", found.shown());
    let full = check(&project, &["--select", "CFG019"]).stdout;
    for line in [
        "environment.GF_SECURITY_ADMIN_PASSWORD = \"•••\";",
        "\"URL=postgres://app:•••@nowhere:5432/app\"",
        "\"POSTGRES_PASSWORD=•••\"",
    ] {
        assert!(full.contains(line), "{line}: {full}");
    }
    // What is written is what stood there.
    check(&project, &["--fix=unsafe", "-q"]);
    assert!(project.read("flake.nix").contains(&format!("\"API_TOKEN={SECRET}\"")));
    assert!(!project.read("flake.nix").contains("•••"));
}

#[test]
fn errors_in_a_file_of_secrets_do_not_show_them() {
    for text in [
        "{\n  outputs = { self }: {\n    PASSWORD = \"SECRET\"; oops oops;\n  };\n}\n",
        "{\n  inputs = 5; password = \"SECRET\";\n  outputs = 1;\n}\n",
        "{\n  inputs.x.url = \"https://user:SECRET@host/x.tar.gz\";\n  outputs = { self, x }: { a = missing; };\n}\n",
    ] {
        let project = Project::flake(text.replace("SECRET", SECRET));
        for arguments in REPORTS {
            let run = check(&project, arguments).expect(2);
            assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET), "{arguments:?}: {}", run.shown());
        }
    }
}

// Hostile names.

/// In a Nix string: quotes, line breaks, escapes of terminals, a hyperlink, other directions, other letters, marks of formats.
const HOSTILE: &str =
    "a\\\"b\\n\\r\\t::error::x%0A]]>&<!--\u{1b}[31m\u{1b}]8;;http://x\u{7}\u{9b}\u{7f}\u{202e}\u{2066}ü日本'`$";

fn hostile(name: &str) -> Project {
    let text = r#"
let
  image = pkgs.dockerTools.buildLayeredImage {
    name = "NAME";
    tag = "latest";
    config = {
      Cmd = [ "NAME" ];
      Env = [ "NAME=NAME" "API_TOKEN_NAME=NAME" "PORT=NAME" ];
      ExposedPorts."NAME" = { };
      Labels."NAME" = "NAME";
      WorkingDir = "NAME";
      User = "NAME";
      "NAME" = 1;
    };
  };
in {
  packages.x86_64-linux."NAME" = image;
  packages.x86_64-linux."x NAME" = throw "NAME";
  packages.x86_64-linux.compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services."NAME" = {
      image = "NAME";
      privileged = true;
      "NAME" = "NAME";
      depends_on = [ "other NAME" ];
      environment."NAME" = "http://NAME";
      volumes = [ "./NAME:/x" ];
      ports = [ "NAME" ];
    };
  };
}"#;
    Project::outputs(&text.replace("NAME", name))
}

fn is_raw(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text is what its format says.
#[track_caller]
fn is_well_formed(format: &str, run: &Run) {
    let text = &run.stdout;
    match format {
        "json" | "sarif" | "gitlab" => {
            let json: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {}", run.shown()));
            if format == "gitlab" {
                let issues = json.as_array().unwrap();
                let mut fingerprints: Vec<&str> = Vec::new();
                for issue in issues {
                    assert!(issue["description"].is_string() && issue["check_name"].is_string(), "{issue}");
                    let severity = issue["severity"].as_str().unwrap();
                    assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
                    let path = issue["location"]["path"].as_str().unwrap();
                    assert!(!path.starts_with(['/', '.']) && issue["location"]["lines"]["begin"].as_u64() >= Some(1));
                    fingerprints.push(issue["fingerprint"].as_str().unwrap());
                }
                fingerprints.sort_unstable();
                fingerprints.dedup();
                assert_eq!(fingerprints.len(), issues.len());
            }
        }
        "junit" => {
            let script = "import sys, xml.etree.ElementTree as t; r = t.fromstring(sys.stdin.buffer.read())\n\
                          assert r.tag == 'testsuites' and len(list(r.iter('testcase'))) == int(r.get('tests'))";
            match python(script, &[], text) {
                Some(result) => assert_eq!(result, Ok(()), "{}", run.shown()),
                None => bt_tests::skipped("python3 is not installed, so the XML is not parsed"),
            }
        }
        "github" => {
            // One command a line; properties end at the first `::`, and hold neither `:` nor `,` but as escapes.
            for line in text.lines() {
                let (properties, message) = line[2..].split_once("::").unwrap();
                let (command, properties) = properties.split_once(' ').unwrap();
                assert!(line.starts_with("::") && ["error", "warning", "notice"].contains(&command), "{line}");
                for property in properties.split(',') {
                    let (key, value) = property.split_once('=').unwrap();
                    assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&key), "{line}");
                    assert!(!value.contains(':') && !value.is_empty(), "{line}");
                }
                assert!(!message.is_empty(), "{line}");
            }
        }
        "concise" => assert!(text.lines().all(|line| line.split(": ").count() >= 3), "{}", run.shown()),
        _ => {}
    }
}

#[test]
fn hostile_names_are_shown_and_not_obeyed() {
    let project = hostile(HOSTILE);
    for (what, run) in everything(&project) {
        // What is no terminal gets a diff that can be applied.
        let is_patch = what.starts_with("--diff");
        assert!(!run.stderr.contains(is_raw), "{what}: {:?}", run.stderr);
        assert!(is_patch || !run.stdout.contains(is_raw), "{what}: {:?}", run.stdout);
        assert!(!run.stderr.contains("panicked") && !run.stdout.contains("BTL000"), "{what}: {}", run.shown());
        is_well_formed(what.rsplit(' ').next().unwrap(), &run);
    }
    // It is about them: each is named in the report.
    let json: Json = serde_json::from_str(&check(&project, &["--format", "json"]).stdout).unwrap();
    let findings = json["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["message"].as_str().unwrap().contains("\u{1b}[31m")), "{json}");
    assert!(findings.len() > 5, "{json}");
}

#[test]
fn names_of_a_megabyte() {
    let long = "long ".repeat(200_000);
    let one = format!("{{ packages.x86_64-linux.\"{long}\" = throw \"{long}\"; }}");
    for project in [Project::outputs(&one), hostile(&long[..20_000])] {
        for format in ["concise", "json", "full"] {
            let run = check(&project, &["--format", format]).expect(2);
            is_well_formed(format, &run);
        }
    }
}

#[test]
#[cfg(unix)]
fn hostile_names_of_files() {
    let name = "a b\"\u{1b}[31m\u{202e},:%\n.nix";
    let project = Project::outputs(
        &format!("import (./. + {:?}) pkgs", format!("/{name}"))
            .replace("\\u{1b}", "\u{1b}")
            .replace("\\u{202e}", "\u{202e}"),
    )
    .with(
        name,
        "pkgs: { packages.x86_64-linux.a = pkgs.dockerTools.buildLayeredImage { name = \"a\"; tag = \"latest\"; }; }",
    );
    for (what, run) in everything(&project) {
        assert!(!run.stderr.contains(is_raw) && !run.stdout.contains(is_raw), "{what}: {}", run.shown());
        is_well_formed(what.rsplit(' ').next().unwrap(), &run);
    }
    let found = check(&project, &["--format", "concise"]);
    assert!(found.stdout.contains("a b\"␛[31m"), "{}", found.shown());
}

// Formats.

#[test]
fn sarif_is_valid() {
    let Ok(schema) = std::env::var("BT_LINT_SARIF_SCHEMA") else {
        return bt_tests::skipped("BT_LINT_SARIF_SCHEMA names no file, so SARIF is not validated");
    };
    let script = "import json, sys, jsonschema\n\
                  schema = json.load(open(sys.argv[1])); validator = jsonschema.validators.validator_for(schema)(schema)\n\
                  wrong = [f'{list(e.absolute_path)}: {e.message[:200]}' for e in validator.iter_errors(json.load(sys.stdin))]\n\
                  sys.exit('\\n'.join(wrong[:9]) if wrong else 0)";
    if python("import jsonschema", &[], "") != Some(Ok(())) {
        return bt_tests::skipped("python3 has no jsonschema, so SARIF is not validated");
    }
    assert!(python(script, &[&schema], "{\"version\": \"2.1.0\"}").unwrap().is_err(), "anything is valid");
    let ignored = "{ packages.x86_64-linux.a = pkgs.dockerTools.buildLayeredImage {\n# bt-lint: ignore[IMG001] on purpose\n\
                   name = \"a\"; tag = \"latest\"; # bt-lint: ignore[IMG001]\nconfig.Cmd = \"/bin/x\"; }; }";
    for project in
        [with_secrets(), hostile(HOSTILE), Project::outputs(ignored), Project::flake(""), Project::outputs("{ }")]
    {
        for more in [&[][..], &["--fix=unsafe", "--diff", "-o", "out.sarif"]] {
            let run = check(&project, &[&["--format", "sarif"], more].concat());
            let text = if more.is_empty() { run.stdout.clone() } else { project.read("out.sarif") };
            assert_eq!(python(script, &[&schema], &text), Some(Ok(())), "{}", run.shown());
        }
        program!().run(project.root(), &["init", "--baseline", "--nixpkgs", "model", "--offline"]);
        let run = check(&project, &["--format", "sarif"]);
        assert_eq!(python(script, &[&schema], &run.stdout), Some(Ok(())), "{}", run.shown());
    }
}

// Exit codes.

/// `bt-lint | head -1`: the reader goes away, and the answer is what it would have been.
#[test]
#[cfg(unix)]
fn a_reader_that_goes_away() {
    let text = |count: usize| {
        let images = (0..count).map(|i| format!("packages.x86_64-linux.i{i} = pkgs.dockerTools.buildLayeredImage {{ name = \"i{i}\"; config.User = \"root\"; }};\n"));
        format!("{{ {} }}", images.collect::<String>())
    };
    let project = Project::outputs(&text(300));
    let expected = check(&project, &["--format", "json"]).expect(1);
    assert!(expected.stdout.len() > 100_000, "it fits into a pipe");
    let mut command = Command::new(program!().path);
    command.args(["check", "--nixpkgs", "model", "--offline", "--system", "x86_64-linux", "--format", "json"]);
    command.current_dir(project.root()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = [0; 10];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("cannot write"), "{stderr}");
}
