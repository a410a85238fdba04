//! Bad input: each time a clear message with file and place and exit code 2 (or the finding), never a panic, a hang, or an
//! empty report that looks like success.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::Checked;
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::{NIXPKGS_LOCK, Project};
use std::process::Command;

const DEEP: usize = 100_000;

/// What most images here lack, and what this is not about.
const BESIDE: &str = "CFG016,CNT008";

/// Runs `check --format concise` and insists on an exit code and on texts in what is printed.
#[track_caller]
fn check(project: &Project, code: i32, says: &[&str]) -> Run {
    check_with(project, &[], code, says)
}

#[track_caller]
fn check_with(project: &Project, arguments: &[&str], code: i32, says: &[&str]) -> Run {
    let arguments =
        [&["check", "--nixpkgs", "model", "--system", "x86_64-linux", "--ignore", BESIDE], arguments].concat();
    let concise = program!().run(project.root(), &[&arguments[..], &["--format", "concise"]].concat()).expect(code);
    let json = program!().run(project.root(), &[&arguments[..], &["--format", "json"]].concat()).expect(code);
    let full = program!().run(project.root(), &arguments).expect(code);
    for run in [&concise, &json, &full] {
        for word in ["panicked", "internal error", "RUST_BACKTRACE", "stack overflow\n", "fatal runtime error"] {
            assert!(!run.stdout.contains(word) && !run.stderr.contains(word), "{word:?} is in it: {}", run.shown());
        }
    }
    let printed = format!("{}{}", concise.stdout, concise.stderr);
    for text in says {
        assert!(printed.contains(text), "{text:?} is not in it: {}", concise.shown());
    }
    // Programs read only this: it must be complete, say what is wrong, and not where it happened to lie on this machine.
    let checked = Checked::parse(&json.stdout);
    assert!(!json.stdout.contains(project.root_text()), "the place of the files is in it: {}", json.shown());
    if code == 2 {
        assert!(!checked.findings.is_empty(), "it looks like success: {}", json.shown());
        assert!(
            !bt_tests::check::list(&checked.json["incomplete"]).is_empty(),
            "nothing is incomplete: {}",
            json.shown()
        );
        assert!(full.stdout.contains("error") || full.stderr.contains("error"), "people see nothing: {}", full.shown());
    }
    concise
}

fn output(value: &str) -> Project {
    Project::flake(format!(
        "{{\n  outputs = {{ self }}: {{\n    packages.x86_64-linux.default =\n      {value};\n  }};\n}}\n"
    ))
}

// Files.

#[test]
fn copies_of_links_that_lead_out_of_the_flake() {
    let project = Project::new()
        .with("inside.nix", "builtins.readFile (builtins.path { path = ./link; } + \"/f\")")
        .with("outside.nix", "builtins.path { path = ./out; }")
        .with("around.nix", "builtins.path { path = ./around; }")
        .with("d/f", "hi");
    for (target, link) in [("d", "link"), ("/etc/hostname", "out"), ("around", "around")] {
        std::os::unix::fs::symlink(target, project.root().join(link)).expect("a link");
    }
    let eval = |file: &str| program!().run(project.root(), &["eval", "--file", file]);
    assert_eq!(eval("inside.nix").expect(0).stdout.trim(), "\"hi\"");
    eval("outside.nix").expect(2).says("access to absolute path '/etc/hostname' is forbidden in pure evaluation mode");
    eval("around.nix").expect(2).says("too many symbolic links on the way to 'around'");
}

#[test]
fn a_missing_file() {
    let project = Project::new();
    check_with(&project, &["nowhere/flake.nix"], 2, &["error: 'nowhere/flake.nix' does not exist"]);
    check_with(&project, &["nowhere"], 2, &["error: 'nowhere' does not exist"]);
}

#[test]
fn a_directory_without_a_flake() {
    check(&Project::new(), 2, &["error: there is no flake.nix in '.'", "help: name a directory"]);
}

#[test]
fn a_file_that_is_no_flake() {
    let project = Project::new().with("default.nix", "{ }");
    check_with(
        &project,
        &["default.nix"],
        2,
        &["error: 'default.nix' is not a flake.nix", "help: bt-lint checks flakes"],
    );
}

#[test]
fn an_empty_file() {
    check(&Project::flake(""), 2, &["flake.nix:1:1: error BTL004", "unexpected end of file"]);
}

#[test]
#[cfg(unix)]
fn a_link_that_points_to_nothing() {
    let project = Project::new();
    std::os::unix::fs::symlink("gone.nix", project.path("flake.nix")).unwrap();
    check(&project, 2, &["error: the flake.nix in '.' is a symbolic link that points to nothing"]);
    check_with(&project, &["flake.nix"], 2, &["error: 'flake.nix' is a symbolic link that points to nothing"]);
}

#[test]
#[cfg(unix)]
fn a_link_that_points_to_itself() {
    let project = Project::new();
    std::os::unix::fs::symlink("flake.nix", project.path("flake.nix")).unwrap();
    check(&project, 2, &["error: cannot read '.'"]);
}

#[test]
fn a_directory_in_place_of_the_file() {
    check(&Project::new().with("flake.nix/x", ""), 2, &["error: the flake.nix in '.' is not a file"]);
}

#[cfg(unix)]
fn make_fifo(project: &Project, name: &str) {
    let status = Command::new("mkfifo").arg(project.path(name)).status().expect("mkfifo is a part of every Unix");
    assert!(status.success());
}

#[test]
#[cfg(unix)]
fn a_pipe_that_nobody_writes_to() {
    let project = Project::new();
    make_fifo(&project, "flake.nix");
    check(&project, 2, &["error: the flake.nix in '.' is not a file"]);

    for value in ["builtins.readFile ./pipe", "import ./pipe", "builtins.hashFile \"sha256\" ./pipe"] {
        let project = output(value);
        make_fifo(&project, "pipe");
        check(&project, 2, &["flake.nix:4:7: error BTL004", "pipe", "is not a regular file"]);
    }

    let project = Project::outputs("{ }");
    std::fs::remove_file(project.path("flake.lock")).unwrap();
    make_fifo(&project, "flake.lock");
    check(&project, 1, &["flake.nix:2:3: error FLK001"]);
}

#[test]
fn bytes_that_are_no_text() {
    for (text, place) in [
        (&b"# \xff\n{ outputs = { self }: { }; }\n"[..], "flake.nix:1:3"),
        (&b"{\n  outputs = { self }: { x = \"\xc3\"; };\n}\n"[..], "flake.nix:2:30"),
        (&b"{\n  outputs = \xff;\n}\n"[..], "flake.nix:2:13"),
    ] {
        check(&Project::flake(text), 2, &[place, "is not valid UTF-8"]);
    }
    let project = output("import ./other.nix").with("other.nix", b"{\n\xff}");
    check(&project, 2, &["other.nix:2:1", "is not valid UTF-8"]);
}

#[test]
fn a_file_of_50_megabytes() {
    let comment = format!("{{ outputs = {{ self }}: {{ }}; }}\n#{}\n", "x".repeat(50_000_000));
    check(&Project::flake(comment), 2, &["flake.nix", "is too large", "47 MiB"]);
}

#[test]
fn a_lock_of_50_megabytes() {
    let project = Project::outputs("{ }").with("flake.lock", " ".repeat(50_000_000) + NIXPKGS_LOCK);
    check(&project, 2, &["flake.lock", "is too large"]);
}

/// The last line is what people read first.
#[test]
fn the_summary_does_not_look_like_success() {
    for project in [Project::new(), Project::flake(""), Project::flake("5"), output("throw \"later\"")] {
        let run = program!().run(project.root(), &[]).expect(2);
        // An error that is about no file has no summary; every other summary says it.
        let says_so = run.stderr.ends_with("; the analysis is incomplete\n");
        let is_bare_error = run.stderr.starts_with("error: ") && !run.stderr.contains("0 errors");
        assert!(says_so || is_bare_error, "{}", run.shown());
    }
}

// Syntax.

#[test]
fn syntax_errors() {
    for (text, place, message) in [
        ("{\n  outputs = { self }: {\n    a = ;\n  };\n}\n", "flake.nix:3:9", "unexpected ';'"),
        ("{\n  outputs = { self }: {\n", "flake.nix:", "unexpected end of file"),
        ("{\n  outputs = \"unfinished;\n}\n", "flake.nix:", "BTL004"),
        ("{\n  outputs = ''unfinished;\n}\n", "flake.nix:", "BTL004"),
        ("{ /* unfinished", "flake.nix:1:", "BTL004"),
        ("{\n  a = 1;\n  a = 2;\n  outputs = { self }: { };\n}\n", "flake.nix:3:3", "already defined"),
        ("{\n  outputs = { self, self }: { };\n}\n", "flake.nix:2:", "self"),
        ("{\n  outputs = { self }: { a = missing; };\n}\n", "flake.nix:2:29", "undefined variable 'missing'"),
    ] {
        check(&Project::flake(text), 2, &[place, message]);
    }
}

#[test]
fn a_syntax_error_in_another_file() {
    let project = output("import ./nix/broken.nix").with("nix/broken.nix", "{\n  a = [ 1 2;\n}\n");
    check(&project, 2, &["nix/broken.nix:2:", "unexpected ';'"]);
}

/// Every construct of the language that nests, deeper than any stack of the system is large.
#[test]
fn deep_nesting() {
    let nested = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP));
    for (what, value) in [
        ("parentheses", nested("(", "1", ")")),
        ("lists", nested("[", " 1 ", "]")),
        ("sets", nested("{a=", "1", ";}")),
        ("recursive sets", nested("rec{a=", "1", ";}")),
        ("let", nested("let a=1;in ", "a", "")),
        ("if", nested("if true then ", "1", " else 2")),
        ("with", nested("with {};", "1", "")),
        ("assert", nested("assert true;", "1", "")),
        ("functions", nested("x: ", "1", "")),
        ("strings", nested("\"${", "\"\"", "}\"")),
        ("negations", nested("!", "true", "")),
        ("sums", nested("1 + ", "1", "")),
        ("concatenations", nested("[]++", "[]", "")),
        ("updates", nested("{}//", "{}", "")),
        ("selections", format!("{{}}{} or 1", " . a".repeat(DEEP))),
        ("defaults", nested("{}.a or (", "1", ")")),
        ("attribute paths", format!("{{ a{} = 1; }}", " . a".repeat(DEEP))),
    ] {
        let project = output(&value);
        let run = program!().run(project.root(), &["--format", "concise"]);
        let is_fine = run.code == Some(0) && run.stdout.is_empty();
        let is_told = run.code == Some(2) && run.stdout.contains("flake.nix:4:");
        assert!(is_fine || is_told, "{DEEP} nested {what}: {}", run.shown());
        assert!(!run.stderr.contains("panicked") && !run.stderr.contains("internal error"), "{what}: {}", run.shown());
    }
}

#[test]
fn deep_nesting_that_is_not_closed() {
    for open in ["(", "[", "{a=", "\"${", "''${", "if ", "let a=", "x: ", "{x?", "(1+", "!", "- "] {
        let run = program!().run(output(&open.repeat(DEEP)).root(), &["--format", "concise"]).expect(2);
        assert!(run.stdout.contains("flake.nix:"), "{open:?}: {}", run.shown());
    }
}

/// What has no spaces in it may be a path, for as long as no other character has come. To look for the end of it again and
/// again takes forever.
#[test]
fn long_runs_of_characters_that_paths_are_made_of() {
    for value in [format!("{{ a{} = 1; }}", ".a".repeat(DEEP)), format!("{}1", "1+".repeat(DEEP)), "x".repeat(DEEP)] {
        let project = output(&format!("{{ lazy = {value}; }}"));
        program!().run(project.root(), &["--format", "concise"]);
    }
}

/// A finding reads the text around it, which is done with another tree.
#[test]
fn findings_beside_deep_nesting() {
    const DEPTH: usize = DEEP / 5;
    let deep = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(DEPTH), close.repeat(DEPTH));
    for unused in [
        deep("(", "1", ")"),
        deep("[", "1", "]"),
        deep("{a=", "1", ";}"),
        deep("\"${", "\"\"", "}\""),
        deep("x: ", "1", ""),
    ] {
        let project = Project::outputs(&format!(
            "let unused =\n{unused}; in {{\npackages.x86_64-linux.default = pkgs.dockerTools.buildLayeredImage {{\nname = \"app\";\n\
             tag = \"latest\";\nconfig = {{ Cmd = [ \"${{pkgs.hello}}/bin/hello\" ]; User = \"1000\"; }};\n}};\n}}"
        ));
        let run = check(&project, 0, &["warning IMG001"]);
        assert_eq!(run.stdout.lines().count(), 1, "{}", run.shown());
    }
}

// Evaluation.

#[test]
fn infinite_recursion() {
    check(&output("let x = x; in x"), 2, &["flake.nix:4:", "infinite recursion"]);
    check(&output("let f = n: f (n + 1); in f 0"), 2, &["flake.nix:4:", "max-call-depth"]);
    check(&output("let s = rec { a = b; b = a; }; in s.a"), 2, &["flake.nix:4:", "infinite recursion"]);
    check(&output("self.packages.x86_64-linux.default"), 2, &["flake.nix:4:", "infinite recursion"]);
    check_with(&output("let f = l: f (l ++ l); in f [ 1 ]"), &["--max-memory", "256"], 2, &["flake.nix:4:"]);
}

#[test]
fn type_errors() {
    check(&output("1 + \"a\""), 2, &["flake.nix:4:", "cannot add a string to an integer"]);
    check(&output("{ a = 1; }.b"), 2, &["flake.nix:4:", "'b'"]);
    check(&output("builtins.head [ ]"), 2, &["flake.nix:4:7", "'builtins.head' called on an empty list"]);
    check(&output("throw \"on purpose\""), 2, &["flake.nix:4:7", "on purpose"]);
    check(&output("assert false; 1"), 2, &["flake.nix:4:", "assertion"]);
    check(&output("(x: x) 1 2"), 2, &["flake.nix:4:", "not a function"]);
    check(&output("({ a }: a) { b = 1; }"), 2, &["flake.nix:4:"]);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let run = check(&output("throw \"\u{1b}[31m \u{1b}]0;title\u{7} \u{202e}\""), 2, &["flake.nix:4:7"]);
    assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", run.shown());
}

#[test]
fn a_flake_that_is_not_a_set() {
    check(&Project::flake("5\n"), 2, &["flake.nix", "must be an attribute set, not an integer"]);
    check(&Project::flake("{ self }: { }\n"), 2, &["flake.nix", "must be an attribute set, not a function"]);
}

#[test]
fn outputs_that_are_no_function() {
    check(&Project::flake("{\n  outputs = 5;\n}\n"), 2, &["flake.nix:2:", "outputs", "not a function"]);
}

#[test]
fn outputs_that_are_missing_or_no_set() {
    check(&Project::flake("{\n  description = \"x\";\n}\n"), 2, &["flake.nix", "has no 'outputs'"]);
    check(&Project::flake("{\n  outputs = { self }: 5;\n}\n"), 2, &["flake.nix:2:", "an integer"]);
    check(&Project::flake("{\n  outputs = { self }: throw \"never\";\n}\n"), 2, &["flake.nix:2:23", "never"]);
    check(
        &Project::flake("{\n  output = { self }: { };\n}\n"),
        2,
        &["flake.nix:2:3", "unsupported attribute 'output'"],
    );
}

#[test]
fn inputs_that_make_no_sense() {
    let flake = |inputs: &str| Project::flake(format!("{{\n  inputs = {inputs};\n  outputs = inputs: {{ }};\n}}\n"));
    check(&flake("5"), 2, &["flake.nix:2:", "a set", "an integer"]);
    check(&flake("{ a = 5; }"), 2, &["flake.nix:2:14", "a set", "an integer"]);
    check(&flake("{ a.url = 5; }"), 2, &["flake.nix:2:14", "a string", "an integer"]);
    check(&flake("{ a.flake = \"no\"; }"), 2, &["flake.nix:2:14", "a Boolean"]);
}

// Locks.

#[test]
fn locks_that_make_no_sense() {
    let lock = |text: &str| Project::outputs("{ }").with("flake.lock", text);
    check(&lock("{\n  \"nodes\": {,\n}\n"), 2, &["flake.lock:2:13", "is not valid JSON"]);
    check(&lock(""), 2, &["flake.lock:1:1", "is not valid JSON"]);
    check(&lock("[]"), 2, &["flake.lock:1:", "unsupported version"]);
    let changed = |find: &str, replace: &str| {
        assert!(NIXPKGS_LOCK.contains(find), "{find}");
        lock(&NIXPKGS_LOCK.replace(find, replace))
    };
    check(&changed("\"version\": 7", "\"version\": 99"), 2, &["flake.lock:26:", "unsupported version 99"]);
    check(&changed("\"version\": 7", "\"version\": \"7\""), 2, &["flake.lock:26:", "unsupported version"]);
    check(
        &changed("\"nixpkgs\": \"nixpkgs\"", "\"nixpkgs\": \"gone\""),
        2,
        &["flake.lock:21:", "the node 'gone', which is missing"],
    );
    check(
        &changed("\"nixpkgs\": \"nixpkgs\"", "\"nixpkgs\": [ \"a\", \"b\" ]"),
        2,
        &["flake.lock:21:", "follows a non-existent input 'a/b'"],
    );
    check(&changed("\"nixpkgs\": \"nixpkgs\"", "\"nixpkgs\": [ \"nixpkgs\" ]"), 2, &["flake.lock:21:", "follow cycle"]);
    check(
        &changed("\"nixpkgs\": \"nixpkgs\"", "\"nixpkgs\": 5"),
        2,
        &["flake.lock:21:", "neither a string nor a list"],
    );
    let deep = format!("{}1{}", "[".repeat(DEEP), "]".repeat(DEEP));
    check(&lock(&deep), 2, &["flake.lock:1:"]);
    #[cfg(unix)]
    {
        let project = lock("");
        std::fs::remove_file(project.path("flake.lock")).unwrap();
        std::os::unix::fs::symlink("gone", project.path("flake.lock")).unwrap();
        check(&project, 1, &["flake.nix:2:3: error FLK001"]);
    }
}

/// Nodes may be called like keys of the lock.
#[test]
fn a_lock_without_its_root() {
    let lock = NIXPKGS_LOCK.replace("\"root\": \"root\"", "\"root\": \"trunk\"");
    let project = Project::outputs("{ }").with("flake.lock", lock);
    check(&project, 2, &["flake.lock:25:", "the root node 'trunk', which is missing"]);
}

#[test]
fn a_lock_of_nodes_in_a_circle() {
    let lock = NIXPKGS_LOCK
        .replace("\"nixpkgs\": {", "\"nixpkgs\": {\n      \"inputs\": { \"self\": \"nixpkgs\", \"up\": \"root\" },");
    let run = ["flake.lock:4:", "input 'up' of node 'nixpkgs' is the root node"];
    check(&Project::outputs("{ }").with("flake.lock", lock), 2, &run);
}

// Parts that are broken beside parts that are not.

const IMAGE: &str = "pkgs.dockerTools.buildLayeredImage {\nname = \"app\";\ntag = \"1.0\";\nconfig.Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n}";

#[test]
fn a_broken_output_beside_good_ones() {
    for broken in [
        "throw \"later\"",
        "let x = x; in x",
        "1 + \"a\"",
        "missing.attribute",
        "import ./gone.nix",
        "pkgs.dockerTools.buildImage { }",
    ] {
        let broken_set = if broken.starts_with("missing") { "(builtins.head [ { } ]).attribute" } else { broken };
        let project = Project::outputs(&format!(
            "{{ packages.x86_64-linux = {{\nbroken =\n{broken_set};\nimage = {IMAGE};\n}}; }}"
        ));
        let run = check(&project, 2, &["CFG001", "BTL004", "`packages.x86_64-linux.broken` could not be evaluated"]);
        assert_eq!(run.stdout.lines().count(), 2, "{}", run.shown());
    }
}

#[test]
fn a_broken_setting_beside_good_ones() {
    let image = IMAGE.replace("tag = \"1.0\";", "tag = \"latest\";\nconfig.WorkingDir =\nthrow \"later\";");
    let project = Project::outputs(&format!("{{ packages.x86_64-linux.image = {image}; }}"));
    let run = check(&project, 2, &["CFG001", "IMG001", "flake.nix:12:1: error BTL004", "later"]);
    assert_eq!(run.stdout.lines().count(), 3, "{}", run.shown());
}

/// What becomes a file is evaluated by whoever builds it, and by nobody else: silence would look like success.
#[test]
fn a_compose_file_that_cannot_be_evaluated() {
    let mut wrong = Vec::new();
    for compose in [
        "(pkgs.formats.yaml { }).generate \"c.yaml\" {\nservices.x.image =\nthrow \"later\"; }",
        "(pkgs.formats.json { }).generate \"c.json\" {\nservices.x.image =\nthrow \"later\"; }",
        "pkgs.writeText \"c.json\" (builtins.toJSON {\nservices.x.image =\nthrow \"later\"; })",
        "(pkgs.formats.yaml { }).generate \"c.yaml\" {\nservices.x =\nthrow \"later\"; }",
        "(pkgs.formats.yaml { }).generate \"c.yaml\" {\nservices =\nthrow \"later\"; }",
        "(pkgs.formats.yaml { }).generate \"c.yaml\" (\nlet x = 1; in\nthrow \"later\")",
    ] {
        let project = Project::outputs(&format!("{{ packages.x86_64-linux.c = {compose}; }}"));
        let check = program!().run(project.root(), &["--format", "concise"]);
        if check.code != Some(2)
            || !check.stdout.starts_with("flake.nix:10:1: error BTL004")
            || !check.stdout.contains("later")
        {
            wrong.push(format!("{compose}: {}", check.shown()));
        }
        let printed = program!().run(project.root(), &["compose"]);
        if printed.code != Some(2) || !printed.stderr.contains("later") || !printed.stderr.contains("flake.nix:10:1") {
            wrong.push(format!("compose: {compose}: {}", printed.shown()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ignoring_what_is_incomplete_is_a_decision() {
    let project = output("throw \"later\"");
    program!().run(project.root(), &["--ignore", "BTL004"]).expect(0);
    program!().run(project.root(), &["--select", "root-user"]).expect(2);
    program!().run(project.root(), &["--fail-on", "never"]).expect(2);
}

/// A flake with an input that nobody has.
fn with_unavailable(outputs: &str) -> Project {
    let node = r#""private": {
      "locked": {
        "lastModified": 1, "narHash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "owner": "acme", "repo": "private",
        "rev": "0123456789012345678901234567890123456789", "type": "github"
      },
      "original": { "owner": "acme", "repo": "private", "type": "github" }
    },
    "root": {
      "inputs": {
        "private": "private","#;
    let lock = NIXPKGS_LOCK.replacen("\"root\": {\n      \"inputs\": {", node, 1);
    let project = Project::outputs(outputs).with("flake.lock", lock);
    let flake = project.read("flake.nix");
    let flake = flake.replace("{ self, nixpkgs }", "{ self, nixpkgs, private }");
    project.with(
        "flake.nix",
        flake.replacen("  inputs.nixpkgs", "  inputs.private.url = \"github:acme/private\";\n  inputs.nixpkgs", 1),
    )
}

#[test]
fn an_unavailable_input_that_nobody_uses() {
    let project = with_unavailable(&format!(
        "{{ packages.x86_64-linux.image = {}; }}",
        IMAGE.replace("config.", "config.User = \"1\"; config.")
    ));
    check(&project, 0, &["1 image", "0 errors, 0 warnings, 0 infos"]);
}

#[test]
fn an_unavailable_input_that_one_output_uses() {
    let outputs = format!(
        "{{ packages.x86_64-linux = {{\nused =\nprivate.packages.x86_64-linux.default;\nimage = {IMAGE};\n}}; }}"
    );
    let project = with_unavailable(&outputs);
    let run = check(
        &project,
        2,
        &[
            "flake.nix:11:1: error BTL004",
            "input 'private' (github:acme/private/0123456789012345678901234567890123456789) is not available",
            "CFG001",
        ],
    );
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.shown());
    let json = program!().run(project.root(), &["--format", "json", "--nixpkgs", "model"]).expect(2);
    let checked = Checked::parse(&json.stdout);
    let help = &checked.of("BTL004")[0].help;
    assert!(help.contains("nix flake archive") && help.contains("--override-input private"), "{help}");
}

#[test]
fn import_from_derivation() {
    for value in [
        "import (pkgs.runCommand \"made\" { } \"echo 1 > $out\")",
        "builtins.readFile (pkgs.runCommand \"made\" { } \"echo 1 > $out\")",
        "builtins.fromJSON (builtins.readFile \"${pkgs.hello}/x.json\")",
        "builtins.readDir \"${pkgs.hello}/bin\"",
    ] {
        let project =
            Project::outputs(&format!("{{ packages.x86_64-linux = {{\nmade =\n{value};\nimage = {IMAGE};\n}}; }}"));
        let run =
            check(&project, 2, &["flake.nix:10:", "FLK014", "without building it (import from derivation)", "CFG001"]);
        assert_eq!(run.stdout.lines().count(), 2, "{}", run.shown());
    }
}

#[test]
fn a_limit_of_time() {
    let endless = output(
        "let f = n: if n == 0 then 0 else f (n - 1); in builtins.foldl' (a: n: a + f 1000) 0 (builtins.genList (x: x) 1000000)",
    );
    let run = program!().run(endless.root(), &["--timeout", "1"]).expect(2);
    assert!(run.stdout.contains("longer than --timeout allows"), "{}", run.shown());
}

#[test]
fn a_limit_of_memory() {
    let mut wrong = Vec::new();
    // 256 MiB each.
    for greedy in [
        "let f = l: n: if n == 0 then l else f (l ++ l) (n - 1); in f [ 1 ] 24",
        "let f = s: n: if n == 0 then s else f (s + s) (n - 1); in f \"a\" 28",
        "let f = s: n: if n == 0 then s else f \"${s}${s}\" (n - 1); in f \"a\" 28",
        "builtins.concatLists (builtins.genList (x: builtins.genList (y: y) 1000) 16000)",
        "builtins.concatStringsSep \"x\" (builtins.genList toString 16000000)",
    ] {
        let run = program!().run(output(greedy).root(), &["--max-memory", "64", "--format", "concise"]);
        let says = run.stdout.contains("64 MiB of memory") || run.stdout.contains("too large");
        if run.code != Some(2) || !run.stdout.contains("flake.nix:4:") || !says {
            wrong.push(format!("{greedy}: {}", run.shown()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
