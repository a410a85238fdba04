//! Configuration files, baselines and statistics, through the whole program.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::docs;
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::{Project, repository};
use serde_json::Value as Json;

/// An image that runs as root (CFG001) with a shell (CNT001) and a tag that moves (IMG001), and another as root.
fn flawed() -> Project {
    Project::outputs("{ packages.x86_64-linux = import ./nix/images.nix { inherit pkgs; }; }").with(
        "nix/images.nix",
        r#"{ pkgs }:
{
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "latest";
    contents = [ pkgs.bash ];
    extraCommands = "mkdir -m 1777 tmp";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };
  web = pkgs.dockerTools.buildLayeredImage {
    name = "web";
    tag = "1.0";
    extraCommands = "mkdir -m 1777 tmp";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };
}
"#,
    )
}

fn configured(text: &str) -> Project {
    flawed().with("bt-lint.toml", text)
}

#[track_caller]
fn run(project: &Project, arguments: &[&str]) -> Run {
    let model = ["--nixpkgs", "model", "--system", "x86_64-linux"];
    program!().run(project.root(), &[arguments, &model].concat())
}

/// `CODE severity` of what is found, without what is only information.
#[track_caller]
fn found(project: &Project, arguments: &[&str]) -> Vec<String> {
    let run = run(project, &[&["--format", "concise"], arguments].concat());
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.shown());
    let words = |line: &str| line.split(' ').map(str::to_string).collect::<Vec<_>>();
    let rows = run.stdout.lines().map(words).map(|words| format!("{} {}", words[2], words[1]));
    rows.filter(|row| !row.ends_with("info")).collect()
}

#[track_caller]
fn fails(project: &Project, arguments: &[&str], says: &[&str]) -> Run {
    let run = run(project, arguments).expect(2);
    assert!(run.stdout.is_empty(), "{}", run.shown());
    for text in says {
        assert!(run.stderr.contains(text), "{text:?} is not in it: {}", run.shown());
    }
    assert!(!run.stderr.contains("panicked"), "{}", run.shown());
    run
}

const ALL: [&str; 4] = ["CFG001 error", "CNT001 error", "IMG001 warning", "CFG001 error"];

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

fn expected(rows: &[&str]) -> Vec<String> {
    sorted(rows.iter().map(|row| (*row).to_string()).collect())
}

#[test]
fn without_a_configuration_everything_is_found() {
    assert_eq!(sorted(found(&flawed(), &[])), expected(&ALL));
    assert_eq!(sorted(found(&configured("# nothing\n"), &[])), expected(&ALL));
}

#[test]
fn rules_are_selected_and_ignored() {
    let of = |text: &str, arguments: &[&str]| sorted(found(&configured(text), arguments));
    assert_eq!(of("ignore = ['CFG']", &[]), expected(&["CNT001 error", "IMG001 warning"]));
    assert_eq!(of("select = ['IMG', 'shell-in-image']", &[]), expected(&["CNT001 error", "IMG001 warning"]));
    assert_eq!(of("select = ['CNT001']\nignore = ['CNT']", &[]), expected(&[]));
    assert_eq!(
        of("select = ['CNT001']\nextend-select = ['IMG001']", &[]),
        expected(&["CNT001 error", "IMG001 warning"])
    );
    // The command line comes first.
    assert_eq!(of("ignore = ['CNT']", &["--select", "CNT001"]), expected(&["CNT001 error"]));
    assert_eq!(
        of("ignore = ['CNT', 'CFG']", &["--extend-select", "CNT001"]),
        expected(&["CNT001 error", "IMG001 warning"])
    );
    assert_eq!(of("ignore = ['CFG']", &["--ignore", "IMG"]), expected(&["CNT001 error"]));
    assert_eq!(of("ignore = ['ALL']", &["--no-config"]), expected(&ALL));
}

#[test]
fn severities_and_the_exit_code() {
    let project = configured("ignore = ['CFG', 'CNT']\n[severity]\nIMG001 = 'error'\n");
    assert_eq!(found(&project, &[]), ["IMG001 error"]);
    run(&project, &[]).expect(1);
    run(&configured("ignore = ['CFG', 'CNT']"), &[]).expect(0);
    run(&configured("fail-on = 'warning'\nignore = ['CFG', 'CNT']"), &[]).expect(1);
    run(&configured("fail-on = 'warning'\nignore = ['CFG', 'CNT']"), &["--fail-on", "error"]).expect(0);
    // A rule that is named counts more than its family, in any order.
    let both = configured("[severity]\nroot-user = 'error'\nCFG = 'warning'\n");
    assert!(found(&both, &["--select", "CFG"]).iter().all(|row| row == "CFG001 error"));
}

#[test]
fn rules_are_ignored_in_files() {
    let of = |glob: &str| sorted(found(&configured(&format!("[per-file-ignores]\n'{glob}' = ['CFG']\n")), &[]));
    for glob in ["nix/*.nix", "nix", "images.nix", "**/images.nix", "{nix,lib}/"] {
        assert_eq!(of(glob), expected(&["CNT001 error", "IMG001 warning"]), "{glob}");
    }
    for glob in ["*.toml", "/images.nix", "lib/"] {
        assert_eq!(of(glob), expected(&ALL), "{glob}");
    }
    // Patterns start from the directory of the configuration, wherever bt-lint does.
    let project = flawed().with("conf/c.toml", "[per-file-ignores]\n'*.nix' = ['CFG']\n");
    assert_eq!(sorted(found(&project, &["--config", "conf/c.toml"])), expected(&ALL));
}

#[test]
fn outputs_are_chosen() {
    let of = |text: &str| sorted(found(&configured(text), &[]));
    assert_eq!(of("outputs = ['packages.*.web']"), expected(&["CFG001 error"]));
    assert_eq!(of("exclude-outputs = ['packages.*.app']"), expected(&["CFG001 error"]));
    assert_eq!(of("outputs = ['packages']\nexclude-outputs = ['packages']"), expected(&[]));
    assert_eq!(of("outputs = ['packages']"), expected(&ALL));
}

#[test]
fn rules_have_options() {
    let shells = |option: &str| {
        let project = configured(&format!("select = ['CNT001']\n[rules.shell-in-image]\n{option}\n"));
        found(&project, &[]).len()
    };
    assert_eq!(shells("allowed = ['bash', 'bash-interactive']"), 0);
    assert_eq!(shells("allowed = ['zsh']"), 1);
    assert_eq!(shells("allowed-in = { 'ap?' = ['bash', 'bash-interactive'] }"), 0);
    assert_eq!(shells("allowed-in = { 'packages.*.web' = ['bash', 'bash-interactive'] }"), 1);
    // Options switch a rule on that is off by default, but not against what selects.
    let labels = "[rules.missing-labels]\nrequired-labels = ['a.b']\n";
    let found_labels = |text: &str| {
        let run = run(&configured(text), &["--format", "concise"]);
        run.stdout.lines().filter(|line| line.contains("IMG014") && line.contains("`a.b`")).count()
    };
    assert_eq!(found_labels(labels), 2);
    assert_eq!(found_labels(&format!("select = ['CFG']\n{labels}")), 0);
    assert_eq!(found_labels(&format!("ignore = ['IMG014']\n{labels}")), 0);
}

#[test]
fn formats_systems_and_models() {
    let project = configured("format = 'concise'\nnixpkgs = 'model'\nsystem = 'x86_64-linux'\n");
    let run = |arguments: &[&str]| program!().run(project.root(), arguments).expect(1).stdout;
    assert!(run(&[]).starts_with("flake.nix:") || run(&[]).starts_with("nix/images.nix:"), "{}", run(&[]));
    assert!(run(&["--format", "json"]).starts_with('{'));
    let other = configured("system = 'aarch64-linux'\n");
    assert!(program!().run(other.root(), &["--nixpkgs", "model"]).stderr.contains("0 images"));
}

#[test]
fn the_nearest_file_counts() {
    let project = Project::new();
    for (name, text) in [("flake.nix", flawed().read("flake.nix")), ("flake.lock", flawed().read("flake.lock"))] {
        project.write(&format!("a/b/{name}"), text);
    }
    project.write("a/b/nix/images.nix", flawed().read("nix/images.nix"));
    project.write("a/bt-lint.toml", "ignore = ['CFG', 'IMG']");
    // No repository: what is above does not count.
    assert_eq!(sorted(found(&project, &["a/b"])), expected(&ALL));
    bt_tests::git::run(project.root(), &["init", "-q"]);
    bt_tests::git::run(project.root(), &["add", "."]);
    assert_eq!(found(&project, &["a/b"]), ["CNT001 error"]);
    project.write("a/b/.bt-lint.toml", "ignore = ['CFG', 'CNT']");
    assert_eq!(found(&project, &["a/b/flake.nix"]), ["IMG001 warning"]);
    project.write("a/b/bt-lint.toml", "");
    fails(&project, &["a/b"], &["both bt-lint.toml and .bt-lint.toml are in", "remove one"]);
}

#[test]
fn mistakes_have_places_and_near_names() {
    let run = fails(
        &configured("fail-on = 'warning'\nignor = ['CFG']\nselect = ['root-usr']\n"),
        &[],
        &[
            "there is no key `ignor`",
            "did you mean `ignore`?",
            "did you mean `root-user`?",
            "bt-lint.toml:2:1",
            "bt-lint.toml:3:11",
        ],
    );
    assert!(run.stderr.contains("ignor = ['CFG']"), "no excerpt: {}", run.shown());
    fails(
        &configured("[rules.stale-nixpkgs]\nmax-age = 'old'\n"),
        &[],
        &["must be an integer, not a string", "bt-lint.toml:2:11"],
    );
    fails(
        &configured("[per-file-ignores]\n'[' = []\n"),
        &[],
        &["the pattern `[` has a `[` without its `]`", "bt-lint.toml:2:1"],
    );
    fails(&configured("a = \n"), &[], &["this is not TOML", "bt-lint.toml:1"]);
    // As with other commands' mistakes, programs find nothing on standard output.
    fails(&configured("a = 1\n"), &["--format", "json"], &["there is no key `a`"]);
    fails(&configured("a = 1\n"), &["config"], &["there is no key `a`"]);
    fails(&configured("\"\\u001b[31m\" = 1\n"), &[], &["there is no key `␛[31m`"]);
}

#[test]
fn files_that_are_no_configuration() {
    let with = |bytes: &[u8]| flawed().with("bt-lint.toml", bytes);
    fails(&with(b"a = 1\nb = '\xff'\n"), &[], &["cannot read 'bt-lint.toml': line 2 is not UTF-8"]);
    fails(&with(&b"#".repeat((1 << 20) + 1)), &[], &["cannot read 'bt-lint.toml': it is larger than 1 MiB"]);
    run(&with(&b"#".repeat(1 << 20)), &[]).expect(1);
    let deep = format!("ignore = {}", "[".repeat(500_000));
    fails(&with(deep.as_bytes()), &[], &["this is not TOML"]);
    let directory = flawed();
    std::fs::create_dir(directory.path("bt-lint.toml")).unwrap();
    fails(&directory, &[], &["cannot read 'bt-lint.toml': it is a directory"]);
    let dangling = flawed();
    std::os::unix::fs::symlink("nowhere", dangling.path("bt-lint.toml")).unwrap();
    fails(&dangling, &[], &["cannot read 'bt-lint.toml': No such file"]);
    fails(&flawed(), &["--config", "nowhere.toml"], &["cannot read 'nowhere.toml': No such file"]);
    fails(&flawed(), &["--config", "/dev/zero"], &["cannot read '/dev/zero': it is larger than 1 MiB"]);
    // A pipe would keep it waiting.
    let pipe = flawed();
    let made = std::process::Command::new("mkfifo").arg(pipe.path("bt-lint.toml")).status();
    if made.is_ok_and(|status| status.success()) {
        fails(&pipe, &[], &["cannot read 'bt-lint.toml': it is not a file"]);
    }
}

#[test]
fn what_counts_is_shown() {
    let project = configured("ignore = ['CFG']\n[rules.stale-nixpkgs]\nmax-age = 60\n");
    let text = run(&project, &["config", "--fail-on", "info"]).expect(0).stdout;
    for line in [
        "# configuration: bt-lint.toml",
        "# select is not set (default)",
        "ignore = [\"CFG\"]  # bt-lint.toml:1",
        "fail-on = \"info\"  # command line",
        "format = \"full\"  # default",
        "rules.stale-nixpkgs.max-age = 60  # bt-lint.toml:3",
    ] {
        assert!(text.lines().any(|l| l == line), "{line:?} is not in it:\n{text}");
    }
    // It is a configuration itself.
    let again = flawed().with("bt-lint.toml", &text);
    run(&again, &["config"]).expect(0);
    let json: Json = serde_json::from_str(&run(&project, &["config", "--json"]).expect(0).stdout).unwrap();
    let rule = |code: &str| json["rules"].as_array().unwrap().iter().find(|rule| rule["code"] == code).unwrap().clone();
    assert_eq!((rule("CFG001")["on"].as_bool(), rule("CNT001")["on"].as_bool()), (Some(false), Some(true)));
    assert_eq!(json["file"], "bt-lint.toml");
    fails(&project, &["config", "nowhere"], &["'nowhere' does not exist"]);
    assert!(run(&flawed(), &["config"]).expect(0).stdout.starts_with("# configuration: none\n"));
}

#[test]
fn the_schema_is_current() {
    let file = repository().join("docs/bt-lint.schema.json");
    let schema = program!().run(repository(), &["config", "--schema"]).expect(0).stdout;
    if std::env::var_os("BT_LINT_UPDATE_DOCS").is_some() {
        std::fs::write(&file, &schema).unwrap();
    }
    let present = std::fs::read_to_string(&file).unwrap();
    assert!(present == schema, "run the test with BT_LINT_UPDATE_DOCS=1 to write {}", file.display());
}

#[test]
fn the_documentation_has_every_key() {
    let schema = program!().run(repository(), &["config", "--schema"]).expect(0).stdout;
    let schema: Json = serde_json::from_str(&schema).unwrap();
    let row = |name: &str, key: &Json| {
        let default = match &key["default"] {
            Json::Null => String::new(),
            default => format!("`{default}`"),
        };
        format!("| `{name}` | {default} | {} |\n", key["description"].as_str().unwrap())
    };
    let head = |first: &str| format!("| {first} | default | |\n|---|---|---|\n");
    let properties = |json: &Json| json["properties"].as_object().unwrap().clone();
    let mut options = head("option");
    for (rule, keys) in properties(&properties(&schema)["rules"]).iter().filter(|(_, keys)| keys.get("$ref").is_none())
    {
        options.extend(properties(keys).iter().map(|(name, key)| row(&format!("rules.{rule}.{name}"), key)));
    }
    let keys = properties(&schema).iter().map(|(name, key)| row(name, key)).collect::<String>();
    let file = repository().join("docs/configuration.md");
    docs::check_table(&file, "keys", &(head("key") + &keys));
    docs::check_table(&file, "options", &options);
}

#[test]
fn the_examples_of_the_documentation_are_right() {
    let text = std::fs::read_to_string(repository().join("docs/configuration.md")).unwrap();
    let blocks: Vec<&str> = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 5);
    for block in blocks {
        run(&Project::outputs("{ }").with("bt-lint.toml", block), &["config"]).expect(0);
    }
}

#[test]
fn a_first_configuration_is_written_once() {
    let project = flawed();
    run(&project, &["init"]).expect(0).says("wrote bt-lint.toml");
    assert_eq!(sorted(found(&project, &[])), expected(&ALL));
    fails(&project, &["init"], &["'bt-lint.toml' is there already", "--force replaces it"]);
    project.write("bt-lint.toml", "ignor = 1");
    run(&project, &["init", "--force", "-q"]).expect(0);
    assert!(project.read("bt-lint.toml").contains("fail-on = \"error\""));
    let hidden = flawed().with(".bt-lint.toml", "");
    fails(&hidden, &["init"], &["'.bt-lint.toml' is there already"]);
    fails(&flawed(), &["init", "nowhere"], &["'nowhere' does not exist"]);
}

#[test]
fn what_is_in_the_baseline_is_counted_and_not_listed() {
    let project = flawed();
    run(&project, &["init", "--baseline"]).expect(0).says("wrote bt-lint-baseline.json with ");
    let clean = run(&project, &["--format", "concise"]).expect(0).says("in the baseline");
    assert_eq!(clean.stdout, "");
    run(&project, &["--no-baseline"]).expect(1);

    // Lines move: still known. One more is new.
    let images = project.read("nix/images.nix");
    project.write("nix/images.nix", format!("# moved\n\n{images}"));
    run(&project, &[]).expect(0);
    let third = images.replace("  web = ", "  third = pkgs.dockerTools.buildLayeredImage {\n    name = \"third\";\n    tag = \"2\";\n    \
                               extraCommands = \"mkdir -m 1777 tmp\";\n    config.Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n  };\n  web = ");
    project.write("nix/images.nix", third);
    assert_eq!(found(&project, &[]), ["CFG001 error"]);

    // One less is told, unless not everything was looked for.
    project.write("nix/images.nix", images.replace("tag = \"latest\"", "tag = \"1\""));
    let gone = "1 finding of the baseline does not occur any more; `bt-lint init --baseline`";
    run(&project, &[]).expect(0).says(gone);
    assert!(!run(&project, &["--select", "CFG"]).expect(0).stderr.contains("any more"));
    assert!(!run(&project, &[".#packages.x86_64-linux.web"]).expect(0).stderr.contains("any more"));
    project.write("bt-lint.toml", project.read("bt-lint.toml").replace("ignore = []", "ignore = [\"CFG016\"]"));
    run(&project, &["init", "--baseline"]).expect(0);
    assert!(project.read("bt-lint.toml").contains("CFG016"), "it was kept");
    // A configuration that names no baseline is kept too, wherever it is, and someone says what to do.
    let above = Project::new().with("bt-lint.toml", "fail-on = 'warning'");
    for name in ["flake.nix", "flake.lock", "nix/images.nix"] {
        above.write(&format!("sub/{name}"), flawed().read(name));
    }
    bt_tests::git::run(above.root(), &["init", "-q"]);
    bt_tests::git::run(above.root(), &["add", "."]);
    let init = run(&above, &["init", "--baseline", "sub"]).expect(0);
    let init = init.says("note: add `baseline = \"bt-lint-baseline.json\"` to bt-lint.toml");
    assert!(
        above.path("bt-lint-baseline.json").is_file() && !above.path("sub/bt-lint.toml").exists(),
        "{}",
        init.shown()
    );
    above.write("bt-lint.toml", "fail-on = 'warning'\nbaseline = 'bt-lint-baseline.json'");
    run(&above, &["sub"]).expect(0);
    assert!(!run(&project, &[]).expect(0).stderr.contains("any more"));
}

#[test]
fn the_baseline_in_formats_for_programs() {
    let project = flawed();
    let parse = |arguments: &[&str]| -> Json { serde_json::from_str(&run(&project, arguments).stdout).unwrap() };
    assert!(parse(&["--format", "json"]).get("baseline").is_none());
    run(&project, &["init", "--baseline"]).expect(0);
    let json = parse(&["--format", "json"]);
    assert_eq!(json["findings"], serde_json::json!([]));
    assert!(json["baseline"]["known"].as_u64() >= Some(4) && json["baseline"]["gone"] == 0);
    let sarif = parse(&["--format", "sarif"]);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() >= 4 && results.iter().all(|result| result["baselineState"] == "unchanged"));
    assert!(results.iter().all(|result| result["suppressions"][0]["kind"] == "external"));
}

#[test]
fn baselines_that_are_none() {
    let with = |text: &str| configured("baseline = 'b.json'").with("b.json", text);
    fails(&with("{"), &[], &["'b.json' is no baseline", "`bt-lint init --baseline` writes it"]);
    fails(&with("{\"version\":7,\"findings\":[]}"), &[], &["has version 7"]);
    fails(&configured("baseline = 'b.json'"), &[], &["cannot read 'b.json'"]);
    run(&with("{\"version\":1,\"findings\":[]}"), &[]).expect(1);
    // Below another directory the name is still that of the configuration's.
    let elsewhere =
        flawed().with("conf/c.toml", "baseline = 'b.json'").with("conf/b.json", "{\"version\":1,\"findings\":[]}");
    run(&elsewhere, &["--config", "conf/c.toml"]).expect(1);
    // The same baseline serves from everywhere.
    let project = flawed();
    run(&project, &["init", "--baseline"]).expect(0);
    let other = Project::new();
    let model = ["--nixpkgs", "model", "--system", "x86_64-linux"];
    program!().run(other.root(), &[&[project.root_text()], &model[..]].concat()).expect(0);
}

#[test]
fn statistics() {
    let run_with = |arguments: &[&str]| run(&flawed(), arguments);
    let text = run_with(&["--statistics"]).expect(1).stdout;
    assert!(text.starts_with("2  CFG001  root-user "), "{text}");
    assert!(text.contains("\n1  CNT001  shell-in-image "), "{text}");
    let json: Json = serde_json::from_str(&run_with(&["--statistics", "--format", "json"]).stdout).unwrap();
    assert_eq!((json[0]["code"].as_str(), json[0]["count"].as_u64()), (Some("CFG001"), Some(2)));
    assert_eq!(run(&Project::outputs("{ }"), &["--statistics"]).expect(0).stdout, "");
    fails(&flawed(), &["--statistics", "--format", "sarif"], &["'--statistics' goes with"]);
    fails(&configured("format = 'sarif'"), &["--statistics"], &["'--statistics' goes with"]);
}
