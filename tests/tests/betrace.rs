//! The flake of the users who asked for bt-lint: github.com/betrace-hq/betrace at c5f17ae4a572, in the directory that
//! BT_LINT_BETRACE names.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{Checked, check, list, text};
use bt_tests::project::{Project, repository};
use bt_tests::{git, nix, program};
use serde_json::Value as Json;
use std::path::PathBuf;

const CONTAINERS: &str = "nix/containers.nix";
const COMPOSE: &str = "nix/docker-compose.nix";

fn betrace() -> Option<PathBuf> {
    let directory = std::env::var_os("BT_LINT_BETRACE").map(PathBuf::from);
    if directory.is_none() {
        bt_tests::skipped("BT_LINT_BETRACE does not name a checkout of betrace, so bt-lint is not tried on it");
    }
    directory
}

/// Lines and messages of a rule's findings.
fn places(checked: &Checked, code: &str, file: &str) -> Vec<u64> {
    let found = checked.of(code);
    assert!(found.iter().all(|f| f.file == file || file.is_empty()), "{code}:\n{}", checked.shown());
    found.iter().map(|f| f.line).collect()
}

#[test]
fn everything_that_is_wrong_and_nothing_else() {
    let Some(directory) = betrace() else { return };
    let checked = check(&directory);

    let images = ["backend", "frontend", "grafana", "loki", "prometheus", "tempo"];
    let names: Vec<String> = list(&checked.json["images"]).iter().map(|i| text(&i["name"]).to_string()).collect();
    let mut expected = images.map(|name| format!("betrace-{name}")).to_vec();
    expected.sort();
    assert_eq!(names, expected, "images");
    let compose = list(&checked.json["compose"]);
    assert_eq!(compose.len(), 1);
    assert_eq!(compose[0]["services"], serde_json::json!(images));
    // The input dev-tools is a directory that does not exist: that stops nothing.
    assert_eq!(checked.json["incomplete"], serde_json::json!([]));

    let undefined = checked.of("CMP003");
    let undefined: Vec<(u64, bool)> = undefined
        .iter()
        .map(|f| (f.line, f.message.contains(if f.line == 25 { "`alloy`" } else { "`pyroscope`" })))
        .collect();
    assert_eq!((undefined, places(&checked, "CMP003", COMPOSE)), (vec![(25, true), (60, true)], vec![25, 60]));

    let hosts = checked.of("CMP008");
    assert!(hosts.iter().all(|f| f.message.contains("http://alloy:4317")), "{}", checked.shown());
    let hosts: Vec<(&str, u64)> = hosts.iter().map(|f| (f.file.as_str(), f.line)).collect();
    assert_eq!(hosts, [(CONTAINERS, 72), (COMPOSE, 22)]);

    assert_eq!(places(&checked, "CMP002", COMPOSE), [119]);

    assert_eq!(places(&checked, "CFG017", COMPOSE), [28, 43, 63, 76, 93, 106]);
    assert!(checked.of("CFG017").iter().all(|f| f.message.contains("curl")), "{}", checked.shown());

    assert_eq!(places(&checked, "CFG019", COMPOSE), [58]);
    assert!(checked.of("CFG019")[0].message.contains("GF_SECURITY_ADMIN_PASSWORD"), "{}", checked.shown());

    assert_eq!(places(&checked, "IMG001", CONTAINERS), [42, 157, 289, 382, 464, 543]);
    assert_eq!(places(&checked, "CNT014", CONTAINERS), [168, 295, 296, 387, 469, 548]);

    // fakeNss beside a passwd file of its own, in each image.
    assert_eq!(places(&checked, "CNT015", CONTAINERS), [60, 174, 300, 391, 473, 552]);
    assert_eq!(places(&checked, "CMP019", COMPOSE), [19, 39, 53, 73, 87, 103]);

    // What all lack is one information.
    for code in ["CMP018", "CMP021", "CMP022"] {
        assert_eq!(places(&checked, code, COMPOSE), [121], "{code}");
    }
    assert_eq!(places(&checked, "CNT008", CONTAINERS), [40]);

    assert_eq!(places(&checked, "CFG021", CONTAINERS), [85]);
    assert_eq!(places(&checked, "CMP023", COMPOSE), [125, 135]);

    assert_eq!(places(&checked, "FLK005", "flake.nix"), [9]);
    assert_eq!(places(&checked, "SUP001", "flake.nix"), [42]);

    // User is set in all six; the lock pins everything.
    let errors = ["CFG017", "CFG019", "CMP003", "CNT014"];
    let warnings = ["CFG021", "CMP002", "CMP008", "CMP019", "CMP023", "CNT015", "FLK005", "IMG001", "SUP001"];
    let infos = ["CMP018", "CMP021", "CMP022", "CNT008"];
    let expected = [&errors[..], &warnings[..], &infos[..]].concat();
    let others: Vec<String> =
        checked.findings.iter().filter(|f| !expected.contains(&f.code.as_str())).map(ToString::to_string).collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn the_exit_code_says_so() {
    let Some(directory) = betrace() else { return };
    let answer = program!().run(&directory, &["flake.nix", "--format", "json", "--nixpkgs", "model"]).expect(1);
    assert_eq!(Checked::parse(&answer.stdout).findings, check(&directory).findings);
    assert!(!answer.stdout.contains(directory.to_str().unwrap()), "{}", answer.shown());
}

#[test]
fn the_distribution() {
    let Some(directory) = betrace() else { return };
    let checked = check(&directory.join("distribution/docker"));
    assert_eq!(checked.images().len(), 3, "{}", checked.shown());
    assert_eq!(places(&checked, "CFG001", "flake.nix"), [29, 57, 89]);
    assert_eq!(places(&checked, "CNT001", "flake.nix"), [54, 87]);
    assert_eq!(places(&checked, "IMG001", "flake.nix"), [25, 49, 85]);
    // The lock lists an input of the flake two directories up that its flake.nix has not got any more: Nix says the same.
    assert_eq!(places(&checked, "BTL004", "flake.nix"), [17, 18]);
    assert!(checked.of("BTL004").iter().all(|f| f.message.contains("unexpected argument 'grafana-nix'")));
    assert_eq!(
        (places(&checked, "CFG016", "flake.nix"), places(&checked, "CNT008", "flake.nix")),
        (vec![29], vec![83])
    );
    let containers = checked.findings.iter().filter(|f| !f.code.starts_with("FLK"));
    assert_eq!(containers.count(), 12, "{}", checked.shown());
    // All of packages is hidden by what the flake adds for macOS.
    let notices = list(&checked.json["notices"]);
    assert!(notices.iter().any(|n| text(n).contains("'packages' is hidden by the '//' on line 166")), "{notices:?}");
}

/// In a repository, `path:../..` is a flake in the same tree.
#[test]
fn the_distribution_in_a_repository() {
    let Some(directory) = betrace() else { return };
    let project = Project::copy_of(&directory);
    git::run(project.root(), &["init", "-q"]);
    git::run(project.root(), &["add", "."]);
    let copy = check(&project.path("distribution/docker"));
    assert_eq!(copy.findings, check(&directory.join("distribution/docker")).findings);
}

/// As Nix evaluates the set that is generated; ports as in flake.nix.
#[test]
fn the_compose_file_is_that_of_nix() {
    let Some(directory) = betrace() else { return };
    let answer = program!().run(&directory, &["compose"]).expect(0);
    let ours: Json = serde_json::from_str(&answer.stdout).unwrap();
    let expression = format!(
        "import {}/nix/docker-compose.nix {{\n  pkgs.formats.yaml = _: {{ generate = _: set: set; }};\n  ports = {{ frontend = 12010; backend = \
         12011; grafana = 12015; prometheus = 9090; loki = 3100; tempo = 3200; pyroscope = 3210; }};\n}}",
        directory.display()
    );
    if let Some(theirs) = nix::instantiate(&expression) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours["services"].as_object().map(serde_json::Map::len), Some(6));
}

/// The whole flake as `nix eval --json` of Nix 2.26 has it (2.8 refuses its lock file). Nixpkgs' generator shows its set.
#[test]
fn the_compose_file_is_that_of_nix_eval() {
    let Some(directory) = betrace() else { return };
    let packages = Project::copy_of(&repository().join("tests/packages")).with(
        "flake.nix",
        r#"{
  outputs = _: {
    legacyPackages.x86_64-linux = let
      packages = import ./. { system = "x86_64-linux"; };
      yaml = options: { generate = name: set: (packages.formats.yaml options).generate name set // { inherit set; }; };
    in packages // { formats = packages.formats // { inherit yaml; }; };
  };
}
"#,
    );
    let tools = Project::flake("{ outputs = _: { }; }");
    let path = |project: &Project, rest: &str| format!("path:{}{rest}", project.root_text());
    let overrides = [
        ("nixpkgs", path(&packages, "")),
        ("flake-utils", path(&packages, "/flake-utils")),
        ("dev-tools", path(&tools, "")),
    ];
    let options = overrides.iter().flat_map(|(input, reference)| ["--override-input", input, reference]);
    let arguments: Vec<&str> = std::iter::once("compose").chain(options).collect();
    let ours: Json = serde_json::from_str(&program!().run(&directory, &arguments).expect(0).stdout).unwrap();
    let set = "packages.x86_64-linux.docker-compose.set";
    if let Some(theirs) = nix::flake_attribute_over("nix26", &directory, set, &overrides) {
        assert_eq!(ours, theirs);
    }
    // The same as with the stand-in for nixpkgs.
    let alone = program!().run(&directory, &["compose", "--nixpkgs", "model"]).expect(0);
    assert_eq!(ours, serde_json::from_str::<Json>(&alone.stdout).unwrap());
}
