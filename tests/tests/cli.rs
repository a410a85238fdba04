//! The command line: exit codes, formats, options, commands.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{Checked, list, text};
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::Project;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Errors (CFG001, CMP003), warnings (IMG001, CMP002), infos (CFG016, CNT008), a compose file, in two files.
fn flawed() -> Project {
    Project::outputs("{ packages.x86_64-linux = import ./nix/images.nix { inherit pkgs; }; }")
        .with(
            "nix/images.nix",
            r#"{ pkgs }:
{
  one = pkgs.dockerTools.buildLayeredImage {
    name = "one";
    tag = "latest";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };
  two = pkgs.dockerTools.streamLayeredImage {
    name = "two";
    tag = "2.0";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "0";
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" (import ./compose.nix);
}
"#,
        )
        .with("nix/compose.nix", COMPOSE)
}

/// In the first line what services shall have, so that only the flaws are found.
const COMPOSE: &str = r#"let common = { restart = "always"; read_only = true; mem_limit = "1g"; cpus = 1; pids_limit = 9; security_opt = [ "no-new-privileges" ]; }; in {
  version = "3.8";
  services = {
    one = common // {
      image = "one:latest";
      depends_on = [ "twoo" ];
    };
    two = common // { image = "two:2.0"; };
  };
}
"#;

/// Only a warning.
fn warning() -> Project {
    Project::outputs(
        "{ packages.x86_64-linux.app = pkgs.dockerTools.buildLayeredImage {\nname = \"app\";\ntag = \"latest\";\n\
         config = { Cmd = [ \"${pkgs.hello}/bin/hello\" ]; User = \"1000\"; };\n}; }",
    )
}

#[track_caller]
fn run(project: &Project, arguments: &[&str]) -> Run {
    program!().run(project.root(), arguments)
}

/// The codes in a concise answer.
fn codes(run: &Run) -> Vec<&str> {
    run.stdout.lines().map(|line| line.split(' ').nth(2).unwrap_or_else(|| panic!("{line}"))).collect()
}

fn keys(json: &Json) -> Vec<&str> {
    json.as_object().unwrap_or_else(|| panic!("not an object: {json}")).keys().map(String::as_str).collect()
}

// Exit codes.

#[test]
fn exit_codes() {
    let clean = Project::outputs("{ }");
    run(&clean, &[]).expect(0);
    run(&flawed(), &[]).expect(1);
    run(&warning(), &[]).expect(0);
    run(&Project::outputs("throw \"no\""), &[]).expect(2);
    run(&Project::new(), &[]).expect(2);
    for format in ["full", "concise", "json"] {
        run(&clean, &["--format", format]).expect(0);
        run(&flawed(), &["--format", format]).expect(1);
        run(&Project::new(), &["--format", format]).expect(2);
    }
}

#[test]
fn wrong_usage() {
    let project = Project::outputs("{ }");
    for arguments in [
        &["--no-such-option"][..],
        &["--format", "xml"],
        &["--fail-on", "sometimes"],
        &["--override-input", "nixpkgs"],
        &["--timeout", "soon"],
        &["compose", "a", "b"],
        &["eval"],
        &["rule"],
        &["-q", "-v"],
    ] {
        let run = run(&project, arguments).expect(2);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{arguments:?}: {}", run.shown());
    }
}

#[test]
fn help_and_version_are_results() {
    let project = Project::new();
    for arguments in [&["--help"][..], &["-h"], &["check", "--help"], &["help", "eval"]] {
        let run = run(&project, arguments).expect(0);
        assert!(run.stdout.contains("Usage:") && run.stderr.is_empty(), "{arguments:?}: {}", run.shown());
    }
    assert_eq!(run(&project, &["--version"]).expect(0).stdout, format!("bt-lint {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn fail_on() {
    for (level, flawed_code, warning_code) in [("error", 1, 0), ("warning", 1, 1), ("info", 1, 1), ("never", 0, 0)] {
        run(&flawed(), &["--fail-on", level]).expect(flawed_code);
        run(&warning(), &["--fail-on", level]).expect(warning_code);
    }
}

// Which rules.

#[test]
fn select_and_ignore() {
    let project = flawed();
    let codes_of = |arguments: &[&str]| {
        let answer = run(&project, &[&["--format", "concise"], arguments].concat());
        let mut codes = codes(&answer);
        codes.sort_unstable();
        codes.join(" ")
    };
    assert_eq!(codes_of(&[]), "CFG001 CFG001 CFG016 CMP002 CMP003 CNT008 IMG001");
    assert_eq!(codes_of(&["--select", "CFG001"]), "CFG001 CFG001");
    assert_eq!(codes_of(&["--select", "root-user,IMG001"]), "CFG001 CFG001 IMG001");
    assert_eq!(codes_of(&["--select", "CMP", "--select", "IMG"]), "CMP002 CMP003 IMG001");
    assert_eq!(codes_of(&["--ignore", "root-user", "--ignore", "CMP"]), "CFG016 CNT008 IMG001");
    assert_eq!(codes_of(&["--select", "CMP", "--ignore", "CMP003"]), "CMP002");
    assert_eq!(codes_of(&["--select", "FLK"]), "");
}

#[test]
fn unknown_rules_are_usage_errors() {
    let project = flawed();
    for arguments in [&["--select", "root-usr"], &["--ignore", "root-usr"]] {
        run(&project, arguments).expect(2).says("there is no rule `root-usr`; did you mean `root-user`?");
    }
    run(&project, &["--select", "CFG001,nothing-like-it"]).expect(2).says("`bt-lint rule --all` lists them");
    run(&project, &["--select", "CFG999"]).expect(2).says("CFG999");
    run(&project, &["rule", "root-usr"]).expect(2).says("did you mean `root-user`?");
}

// Formats.

#[test]
fn concise_lines() {
    let project = flawed();
    let answer = run(&project, &["--format", "concise"]).expect(1);
    let mut places = Vec::new();
    for line in answer.stdout.lines() {
        let (place, rest) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
        let [file, row, column] = place.split(':').collect::<Vec<_>>()[..] else {
            panic!("not FILE:LINE:COLUMN: {line}")
        };
        let (row, column): (usize, usize) = (row.parse().unwrap(), column.parse().unwrap());
        let source = project.read(file);
        let length = source.lines().nth(row - 1).unwrap_or_else(|| panic!("no such line: {line}")).chars().count();
        assert!((1..=length).contains(&column), "no such column: {line}");
        let [severity, code, name, message] = rest.splitn(4, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(["error", "warning", "info"].contains(&severity), "{line}");
        let rule = bt_rules::find(code).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(name, format!("{}:", rule.name), "{line}");
        assert!(!message.is_empty(), "{line}");
        places.push((file.to_string(), row, column));
    }
    assert_eq!(places.len(), 7, "{}", answer.shown());
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn names_of_files_can_be_opened_from_where_one_is() {
    let project = flawed();
    let below = program!().run(&project.path("nix"), &["..", "--format", "concise"]).expect(1);
    assert!(below.stdout.starts_with("compose.nix:2:"), "{}", below.shown());
    let holder = Project::new();
    holder.write("a/flake.nix", project.read("flake.nix"));
    for file in ["flake.lock", "nix/images.nix", "nix/compose.nix"] {
        holder.write(&format!("a/{file}"), project.read(file));
    }
    let above = run(&holder, &["a", "--format", "concise"]).expect(1);
    assert!(above.stdout.starts_with("a/nix/compose.nix:2:"), "{}", above.shown());
    // Programs get the same names wherever it was started.
    let json =
        |directory: &Path, target: &str| program!().run(directory, &[target, "--format", "json"]).expect(1).stdout;
    assert_eq!(json(project.root(), "."), json(&project.path("nix"), ".."));
    assert_eq!(json(project.root(), "."), json(project.root(), "flake.nix"));
    assert_eq!(json(project.root(), "."), json(holder.root(), "a"));
}

#[test]
fn json_shape() {
    let project = flawed();
    let answer = run(&project, &["--format", "json", "--nixpkgs", "model"]).expect(1);
    assert!(answer.stdout.ends_with("}\n"), "{}", answer.shown());
    let checked = Checked::parse(&answer.stdout);
    let json = &checked.json;
    assert_eq!(keys(json), ["version", "date", "findings", "suppressed", "images", "compose", "incomplete", "notices"]);
    assert_eq!(json["version"], 1);
    for finding in list(&json["findings"]) {
        let expected = ["code", "name", "severity", "confidence", "message", "attr", "locations", "help", "url", "fix"];
        assert_eq!(keys(finding), expected);
        assert_eq!(bt_rules::find(text(&finding["code"])).unwrap().name, text(&finding["name"]));
        assert!(["error", "warning", "info"].contains(&text(&finding["severity"])), "{finding}");
        assert!(["certain", "high"].contains(&text(&finding["confidence"])), "{finding}");
        assert!(!text(&finding["message"]).is_empty() && !text(&finding["attr"]).is_empty(), "{finding}");
        let locations = list(&finding["locations"]);
        assert_eq!(locations[0]["role"], "primary");
        for (at, location) in locations.iter().enumerate() {
            assert_eq!(keys(location), ["role", "file", "line", "column", "end_line", "end_column"]);
            assert!(at == 0 || location["role"] == "related", "{finding}");
            let number = |key: &str| location[key].as_u64().unwrap();
            assert!((number("line"), number("column")) <= (number("end_line"), number("end_column")), "{location}");
            assert!(number("line") >= 1 && number("column") >= 1, "{location}");
            assert!(project.path(text(&location["file"])).is_file(), "{location}");
        }
        if !finding["fix"].is_null() {
            assert_eq!(keys(&finding["fix"]), ["message", "safety", "edits"]);
            for edit in list(&finding["fix"]["edits"]) {
                assert_eq!(keys(edit), ["file", "start", "end", "text"]);
                assert_eq!(
                    (keys(&edit["start"]), keys(&edit["end"])),
                    (vec!["line", "column"], vec!["line", "column"])
                );
            }
        }
    }
    assert_eq!(
        json["images"],
        json!([
            { "attr": "packages.x86_64-linux.one", "name": "one", "tag": "latest", "builder": "buildLayeredImage" },
            { "attr": "packages.x86_64-linux.two", "name": "two", "tag": "2.0", "builder": "streamLayeredImage" },
        ])
    );
    assert_eq!(json["compose"], json!([{ "attr": "packages.x86_64-linux.compose", "services": ["one", "two"] }]));
    assert_eq!(json["incomplete"], json!([]));
    assert!(list(&json["notices"]).iter().any(|n| text(n).contains("nixpkgs") && text(n).contains("model")), "{json}");
}

#[test]
fn json_is_sorted() {
    let answer = run(&flawed(), &["--format", "json"]).expect(1);
    let json: Json = serde_json::from_str(&answer.stdout).unwrap();
    let place = |finding: &Json| {
        let at = &finding["locations"][0];
        (text(&at["file"]).to_string(), at["line"].as_u64(), at["column"].as_u64(), text(&finding["code"]).to_string())
    };
    let places: Vec<_> = list(&json["findings"]).iter().map(place).collect();
    assert!(places.is_sorted() && places.len() == 7, "{places:?}");
}

#[test]
fn a_part_that_failed_is_in_the_json() {
    let project = Project::outputs("{ packages.x86_64-linux.broken =\nthrow \"not\\nyet\"; }");
    let answer = run(&project, &["--format", "json"]).expect(2);
    let json: Json = serde_json::from_str(&answer.stdout).unwrap();
    let part = &json["incomplete"][0];
    assert_eq!(keys(part), ["attr", "message", "locations", "help"]);
    assert_eq!(part["attr"], "packages.x86_64-linux.broken");
    assert_eq!((&part["message"], &part["locations"][0]["line"]), (&json!("not\nyet"), &json!(9)));
    assert_eq!(json["findings"][0]["code"], "BTL004");
}

#[test]
fn nothing_names_this_machine() {
    let clean = Project::reference();
    let absolute = |project: &Project, arguments: &[&str]| {
        let answer = run(project, arguments);
        assert!(!answer.stdout.contains(project.root_text()), "{arguments:?}: {}", answer.shown());
        assert!(!answer.stdout.contains("/tmp/"), "{arguments:?}: {}", answer.shown());
    };
    let missing = Project::outputs("{ packages.x86_64-linux.x = import ./gone.nix; y = builtins.readFile ./gone; }");
    let broken = Project::outputs("{ packages.x86_64-linux.x = import ./x.nix; }").with("x.nix", "{ a = ; }");
    for project in [&clean, &flawed(), &missing, &broken] {
        for format in ["json", "concise", "full"] {
            absolute(project, &["--format", format, "--fail-on", "never"]);
            absolute(project, &["--format", format, "--fail-on", "never", "--show-trace"]);
            absolute(project, &["--format", format, project.root_text()]);
        }
    }
}

/// Not even where the flake points out of itself.
#[test]
fn what_is_outside_of_the_flake_is_named_from_it() {
    for value in ["import ../gone.nix", "builtins.readFile ../gone", "builtins.readFile (./. + \"/../../gone\")"] {
        let project = Project::outputs(&format!("{{ packages.x86_64-linux.x = {value}; }}"));
        for format in ["json", "concise", "full"] {
            let answer = run(&project, &["--format", format]).expect(2);
            assert!(!answer.stdout.contains("/tmp/"), "{value}: {}", answer.shown());
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let project = flawed();
    for arguments in [&["--format", "json"][..], &["--format", "concise"], &[], &["compose"], &["rule", "--all"]] {
        let first = run(&project, arguments);
        for _ in 0..3 {
            assert_eq!(first.stdout, run(&project, arguments).stdout, "{arguments:?}");
        }
    }
}

#[test]
fn full_shows_the_source_and_what_to_do() {
    let answer = run(&flawed(), &[]).expect(1);
    for part in
        ["CMP003", "undefined-reference", "nix/compose.nix:6:", "depends_on = [ \"twoo\" ];", "did you mean `two`?"]
    {
        assert!(answer.stdout.contains(part), "{part:?}: {}", answer.shown());
    }
    assert!(!answer.stdout.contains('\u{1b}'), "colours in a pipe: {}", answer.shown());
    assert!(run(&flawed(), &["--color", "always"]).stdout.contains('\u{1b}'));
}

#[test]
fn messages_go_to_standard_error() {
    let project = flawed();
    let answer = run(&project, &["--format", "json", "--nixpkgs", "model"]);
    assert!(
        answer.stderr.contains("built-in model") && answer.stderr.contains("2 images, 1 compose file with 2 services")
    );
    assert!(answer.stderr.contains("3 errors, 2 warnings, 2 infos"), "{}", answer.shown());
    assert_eq!(run(&project, &["--format", "json", "--quiet"]).stderr, "");
    let verbose = run(&project, &["-v", "--format", "concise"]);
    assert!(
        verbose.stderr.contains("image one:latest (buildLayeredImage, packages.x86_64-linux.one)"),
        "{}",
        verbose.shown()
    );
}

// Where the answer goes.

#[test]
fn an_answer_in_a_file() {
    let project = flawed();
    for format in ["json", "concise", "full"] {
        let printed = run(&project, &["--format", format]).stdout;
        project.write("answer", "something longer that was there before".repeat(1000));
        let answer = run(&project, &["--format", format, "-o", "answer"]).expect(1);
        assert_eq!(answer.stdout, "");
        assert_eq!(project.read("answer"), printed, "{format}");
        assert_eq!(run(&project, &["--format", format, "--output=-"]).stdout, printed, "{format}");
    }
    run(&project, &["-o", "missing/answer"]).expect(2).says("missing/answer");
    run(&project, &["-o", "nix"]).expect(2).says("nix");
    let names: BTreeSet<_> = std::fs::read_dir(project.root()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "something was left behind: {names:?}");
}

// Targets.

#[test]
fn targets() {
    let project = flawed();
    let images = |arguments: &[&str]| {
        let answer = run(&project, &[arguments, &["--format", "json", "--fail-on", "never"]].concat()).expect(0);
        Checked::parse(&answer.stdout).images().join(" ")
    };
    let both = "packages.x86_64-linux.one packages.x86_64-linux.two";
    for arguments in
        [&[][..], &["."], &["flake.nix"], &["check"], &["check", "flake.nix"], &[project.root_text()], &["./nix/.."]]
    {
        assert_eq!(images(arguments), both, "{arguments:?}");
    }
    assert_eq!(images(&[".#two"]), "packages.x86_64-linux.two");
    assert_eq!(images(&["#one", "#two"]), both);
    assert_eq!(images(&[".#packages.x86_64-linux.one"]), "packages.x86_64-linux.one");
    assert_eq!(images(&[".#two", "."]), both);
    run(&project, &[".#three"]).expect(2).says("'three'");
    // One target that cannot be read does not hide what is wrong with the other.
    let answer = run(&project, &["nowhere", ".", "--format", "concise"]).expect(2);
    assert_eq!(codes(&answer).len(), 7, "{}", answer.shown());
}

#[test]
fn another_system() {
    let project = Project::outputs(
        "{ packages.aarch64-linux.app = nixpkgs.legacyPackages.aarch64-linux.dockerTools.buildLayeredImage {\nname = \"app\";\n\
         tag = \"latest\";\nconfig = { Cmd = [ \"/bin/app\" ]; User = \"1000\"; };\n}; packages.x86_64-linux = { }; }",
    );
    let arguments = |system| ["--system", system, "--format", "json", "--fail-on", "never"];
    let images = |system| Checked::parse(&run(&project, &arguments(system)).stdout).images().len();
    assert_eq!((images("aarch64-linux"), images("x86_64-linux")), (1, 0));
}

// Other commands.

#[test]
fn rules_are_explained() {
    let project = Project::new();
    let by_name = run(&project, &["rule", "root-user"]).expect(0).stdout;
    for part in ["CFG001 root-user (error", "Why it matters", "dockerTools.buildLayeredImage", "References"] {
        assert!(by_name.contains(part), "{part:?}: {by_name}");
    }
    for arguments in [&["rule", "CFG001"][..], &["--explain", "root-user"], &["rule", "cfg001"]] {
        assert_eq!(run(&project, arguments).expect(0).stdout, by_name, "{arguments:?}");
    }
    let all = run(&project, &["rule", "--all"]).expect(0).stdout;
    let listed: Vec<&str> = all.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let known: Vec<&str> = bt_rules::all().iter().map(|rule| rule.code).collect();
    assert_eq!(listed, known);
    let json: Json =
        serde_json::from_str(&run(&project, &["rule", "--all", "--format", "json"]).expect(0).stdout).unwrap();
    assert_eq!(list(&json).iter().map(|rule| text(&rule["code"])).collect::<Vec<_>>(), known);
    assert!(
        run(&project, &["rule", "CFG001", "--format", "markdown"]).expect(0).stdout.starts_with("# CFG001 `root-user`")
    );
}

/// A service with what `COMPOSE` gives to all of them.
fn common(service: Json) -> Json {
    let Json::Object(service) = service else { return service };
    let common = json!({
        "restart": "always", "read_only": true, "mem_limit": "1g", "cpus": 1, "pids_limit": 9,
        "security_opt": ["no-new-privileges"],
    });
    let Json::Object(mut common) = common else { return common };
    common.extend(service);
    Json::Object(common)
}

#[test]
fn compose_as_json() {
    let project = flawed();
    let answer = run(&project, &["compose"]).expect(0);
    let json: Json = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(
        json,
        json!({
            "version": "3.8",
            "services": {
                "one": common(json!({ "image": "one:latest", "depends_on": ["twoo"] })),
                "two": common(json!({ "image": "two:2.0" })),
            },
        })
    );
    for arguments in [&["compose", "flake.nix"][..], &["compose", ".#compose"], &["compose", "--format", "json"]] {
        assert_eq!(run(&project, arguments).expect(0).stdout, answer.stdout, "{arguments:?}");
    }
    assert_eq!(run(&project, &["compose", "-o", "compose.json"]).expect(0).stdout, "");
    assert_eq!(project.read("compose.json"), answer.stdout);
}

#[test]
fn compose_that_cannot_be_had() {
    run(&warning(), &["compose"]).expect(2).says("the flake has no compose file");
    run(&Project::new(), &["compose"]).expect(2).says("there is no flake.nix");
    let compose =
        |attrs: &str| format!("(pkgs.formats.json {{ }}).generate \"compose.json\" {{ services = {attrs}; }}");
    let two = Project::outputs(&format!(
        "{{ packages.x86_64-linux = {{ a = {0}; b = {1}; }}; }}",
        compose("{ x.image = \"x\"; }"),
        compose("{ y.image = \"y\"; }")
    ));
    run(&two, &["compose"]).expect(2).says("several compose files").says("#packages.x86_64-linux.b");
    let one = run(&two, &["compose", ".#b"]).expect(0);
    assert!(one.stdout.contains("\"y\""), "{}", one.shown());
    let broken = Project::outputs(&format!(
        "{{ packages.x86_64-linux.c = {}; }}",
        compose("{ x.image =\nthrow \"no image\"; }")
    ));
    let answer = run(&broken, &["compose"]).expect(2).says("no image").says("flake.nix:9:");
    assert_eq!(answer.stdout, "");
}

/// What YAML reads as something else when it has no quotes, and what it cannot hold as it is.
const TRICKY: &str = r##"{ services.x = {
  image = "x";
  command = [ "yes" "No" "on" "y" "null" "~" "" " " "1" "1.0" "1e3" "0x1f" "0o7" "1_000" ".inf" ".nan" "12:34:56" "2001-01-01" "<<" "="
    "a: b" "a #b" "#a" "- a" "? a" "a:" ":a" "&a" "*a" "!a" "|" ">" "'a'" "\"a\"" "%a" "@a" "`a`" "{a}" "[a]" "a, b" "---" "..." "-" "--x=y"
    "two\nlines\n" "tab\tbed" "trailing " "\\back" "\${ENV}" "ü€😀" "'" "\r" "true" "-1" "+1" ];
  environment = { YES = "yes"; "a b" = 1; "1" = true; "null" = null; "x:y" = -1.5; EMPTY = ""; };
  ports = [ "22:22" "80:80" { target = 80; published = "8080"; } ];
  x-empty = { list = [ ]; set = { }; nested = [ [ ] [ 1 [ 2 ] ] { a = [ { b = { }; } ]; } ]; };
}; }"##;

#[test]
fn compose_as_yaml() {
    let project = Project::outputs(&format!(
        "{{ packages.x86_64-linux.c = (pkgs.formats.yaml {{ }}).generate \"c\" {TRICKY}; }}"
    ));
    let json: Json = serde_json::from_str(&run(&project, &["compose"]).expect(0).stdout).unwrap();
    assert_eq!(
        json["services"]["x"]["environment"],
        json!({"YES": "yes", "a b": 1, "1": true, "null": null, "x:y": -1.5, "EMPTY": ""})
    );
    let yaml = run(&project, &["compose", "--format", "yaml"]).expect(0).stdout;
    assert!(yaml.starts_with("services:\n  x:\n"), "{yaml}");
    assert!(!yaml.contains('{') || !yaml.trim_start().starts_with('{'), "that is JSON: {yaml}");
    let python = |program: &str, input: &str| {
        let mut command = std::process::Command::new("python3");
        command.args(["-c", program]);
        bt_tests::process::run(command, input.as_bytes(), bt_tests::process::TIME_LIMIT).expect("it ends")
    };
    if !bt_tests::nix::is_installed("python3".as_ref()) || python("import yaml", "").code != Some(0) {
        return bt_tests::skipped("PyYAML is not installed, so nobody else has read the YAML");
    }
    let read =
        python("import sys, json, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)", &yaml).expect(0);
    let read: Json = serde_json::from_str(&read.stdout).unwrap();
    assert_eq!(read, json, "PyYAML reads something else:\n{yaml}");
}

#[test]
fn eval() {
    let project = flawed().with("x.nix", "{ a ? 1, b ? \"x\" }: { inherit a b; c = [ 1 2.5 null ]; }");
    let answer = |arguments: &[&str]| run(&project, &[&["eval"], arguments].concat()).expect(0).stdout;
    assert_eq!(answer(&["--expr", "1 + 1"]), "2\n");
    assert_eq!(answer(&["-E", "-1"]), "-1\n");
    assert_eq!(answer(&["--expr", "{ a = 1; b = [ 2 ]; }", "--strict"]), "{ a = 1; b = [ 2 ]; }\n");
    assert_eq!(answer(&["--json", "--expr", "{ b = [ 1 null ]; a = \"ü\\n\"; }"]), "{\"a\":\"ü\\n\",\"b\":[1,null]}\n");
    assert_eq!(answer(&["--raw", "--expr", "\"as it is\""]), "as it is");
    assert!(answer(&["--xml", "--expr", "{ a = 1; }"]).contains("<int value=\"1\" />"));
    assert_eq!(answer(&["--json", "--file", "x.nix"]), "{\"a\":1,\"b\":\"x\",\"c\":[1,2.5,null]}\n");
    assert_eq!(answer(&["--json", "--file", "x.nix", "-A", "c"]), "[1,2.5,null]\n");
    let given = answer(&["--json", "--file", "x.nix", "--arg", "a", "1 + 4", "--argstr", "b", "1 + 4"]);
    assert_eq!(given, "{\"a\":5,\"b\":\"1 + 4\",\"c\":[1,2.5,null]}\n");
    assert_eq!(answer(&["--json", ".#packages.x86_64-linux.one.imageName"]), "\"one\"\n");
    assert_eq!(answer(&["--raw", "--system", "x86_64-linux", ".#two.imageTag"]), "2.0");
    let stdin = program!().run_with(project.root(), &["eval", "--file", "-"], b"builtins.length [ 1 2 ]").expect(0);
    assert_eq!(stdin.stdout, "2\n");
}

#[test]
fn eval_that_only_parses() {
    let answer = run(&Project::new(), &["eval", "--parse-only", "--expr", "1 + 2 * throw \"never\""]).expect(0).stdout;
    let theirs =
        bt_tests::nix::command("nix-instantiate").args(["--parse", "--expr", "1 + 2 * throw \"never\""]).output();
    match theirs {
        Ok(output) => assert_eq!(answer, String::from_utf8(output.stdout).unwrap()),
        Err(error) => bt_tests::skipped(&format!("not compared with nix-instantiate: {error}")),
    }
}

#[test]
fn eval_that_fails() {
    let project = Project::new().with("x.nix", "{\n  a = 1 + null;\n}\n");
    for (arguments, says) in [
        (&["--file", "x.nix", "-A", "a"][..], "x.nix:2:"),
        (&["--file", "x.nix", "-A", "b"], "'b'"),
        (&["--file", "gone.nix"], "gone.nix"),
        (&["--expr", "1 +"], "syntax error"),
        (&["--expr", "throw \"on purpose\""], "on purpose"),
        (&["--raw", "--expr", "{ }"], "string"),
        (&["--json", "--expr", "x: x"], "function"),
        (&[".#x"], "there is no flake.nix"),
    ] {
        let answer = run(&project, &[&["eval"], arguments].concat()).expect(2).says(says).says("error");
        assert_eq!(answer.stdout, "", "{arguments:?}");
    }
}

#[test]
fn eval_is_pure_unless_asked() {
    let project = Project::new();
    let pure =
        run(&project, &["eval", "--expr", "builtins.getEnv \"PATH\" + toString (builtins ? currentTime)"]).expect(0);
    assert_eq!(pure.stdout, "\"\"\n");
    let impure =
        run(&project, &["eval", "--impure", "--expr", "builtins.getEnv \"PATH\" != \"\" && builtins ? currentTime"])
            .expect(0);
    assert_eq!(impure.stdout, "true\n");
    run(&project, &["eval", "--expr", "builtins.readFile \"/etc/passwd\""]).expect(2);
}
