//! What the guides in docs/guides say is so: examples are checked, measures are taken away. tests/troubleshooting.rs
//! has the faults.
//! `BT_LINT_UPDATE_DOCS=1` writes the table of measures.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::docs::check_table;
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::{Project, repository};
use std::path::PathBuf;

fn guide(name: &str) -> PathBuf {
    repository().join("docs/guides").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(guide(name)).unwrap()
}

// Security.

struct Measure {
    what: &'static str,
    file: &'static str,
    /// What says so there.
    text: &'static str,
    /// What is there when it is taken away.
    instead: &'static str,
    rule: &'static str,
    /// Whether the text says it; else nothing does, and the rule notices what is added.
    is_said: bool,
}

type Text = &'static str;

/// What is said somewhere.
const fn measure(what: Text, file: Text, text: Text, instead: Text, rule: Text) -> Measure {
    Measure { what, file, text, instead, rule, is_said: true }
}

/// What is nowhere.
const fn absence(what: Text, file: Text, text: Text, instead: Text, rule: Text) -> Measure {
    Measure { what, file, text, instead, rule, is_said: false }
}

const IMAGE: &str = "nix/lib/mk-image.nix";
const COMPOSE: &str = "nix/lib/mk-compose.nix";
const GENERATOR: &str = "nix/docker-compose-generator.nix";
const SERVICES: &str = "nix/services.nix";

const TWO_NIXPKGS: &str = r#"
    "nixpkgs_2": {
      "locked": {
        "lastModified": 1785542400,
        "narHash": "sha256-0m27AKv6ka+q270dw48KflE0LwQYrO7Fm4/2//KCVWg=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "3e3afe5174c561dee0df6f2c2b2236990146329f",
        "type": "github"
      },
      "original": { "owner": "NixOS", "repo": "nixpkgs", "type": "github" }
    },
    "flake-utils": {
      "inputs": {
        "nixpkgs": "nixpkgs_2","#;

/// Each once, in the order of the guide.
const MEASURES: &[Measure] = &[
    measure("Programs run as a numeric user of their own, not as root", IMAGE, "User = user;", "", "CFG001"),
    absence(
        "No service is told to be another user",
        COMPOSE,
        "read_only = true;",
        "read_only = true; user = \"root\";",
        "CFG001",
    ),
    measure("The root of the file system is read-only", COMPOSE, "read_only = true;", "", "CMP022"),
    measure(
        "Programs keep their data where they may write",
        SERVICES,
        "\"XDG_DATA_HOME=/tmp\"",
        "\"XDG_DATA_HOME=/srv/caddy\"",
        "CFG023",
    ),
    absence(
        "No capability is added to none",
        COMPOSE,
        "cap_drop = [ \"ALL\" ];",
        "cap_add = [ \"SYS_ADMIN\" ];",
        "CMP017",
    ),
    measure(
        "No program gains privileges, as by setuid",
        COMPOSE,
        "security_opt = [ \"no-new-privileges:true\" ];",
        "",
        "CMP018",
    ),
    absence("No service is privileged", COMPOSE, "pull_policy = \"never\";", "privileged = true;", "CMP013"),
    absence(
        "Networks are those of compose, not the host's",
        COMPOSE,
        "networks = service.networks;",
        "network_mode = \"host\";",
        "CMP016",
    ),
    absence(
        "No service commands Docker",
        COMPOSE,
        "\"${volume.name}:${volume.path}\"",
        "\"/var/run/docker.sock:${volume.path}\"",
        "CMP014",
    ),
    absence(
        "No service sees files of the host",
        COMPOSE,
        "\"${volume.name}:${volume.path}\"",
        "\"/etc:${volume.path}\"",
        "CMP015",
    ),
    measure(
        "Ports are published on 127.0.0.1",
        COMPOSE,
        "\"${address}:${toString port}:${toString port}\"",
        "\"${toString port}:${toString port}\"",
        "CMP019",
    ),
    measure(
        "Memory, processors and processes are limited",
        COMPOSE,
        "deploy.resources.limits = service.limits;",
        "",
        "CMP021",
    ),
    measure("What ends is started again", COMPOSE, "restart = \"unless-stopped\";", "", "CMP020"),
    measure(
        "Health checks run what is in the image",
        IMAGE,
        "Test = [ \"CMD\" ] ++ described.health;",
        "Test = [ \"CMD\" \"curl\" \"http://127.0.0.1\" ];",
        "CFG017",
    ),
    absence("Images hold no shell", IMAGE, "++ contents;", "++ [ pkgs.bash ];", "CNT001"),
    absence("Images hold no package manager", IMAGE, "++ contents;", "++ [ pkgs.nix ];", "CNT003"),
    absence("Images hold no tools for people", IMAGE, "++ contents;", "++ [ pkgs.curl ];", "CNT004"),
    absence(
        "Images have no base that others made",
        IMAGE,
        "inherit maxLayers;",
        concat!(
            "inherit maxLayers; fromImage = pkgs.dockerTools.pullImage { imageName = \"debian\"; ",
            "imageDigest = \"sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9\"; sha256 = \"\"; };"
        ),
        "IMG008",
    ),
    measure("Tags say which version it is", IMAGE, "tag = version;", "tag = \"latest\";", "IMG001"),
    absence(
        "The same source makes the same image",
        IMAGE,
        "inherit maxLayers;",
        "inherit maxLayers; created = \"now\";",
        "IMG002",
    ),
    measure("Labels say where an image comes from", IMAGE, "Labels = {", "Labels = if true then { } else {", "IMG014"),
    measure(
        "Secrets are files, not variables",
        GENERATOR,
        "grafana.secrets = secretNames;",
        "grafana.environment.GF_SECURITY_ADMIN_PASSWORD = \"4c1f9a0e7d31\";",
        "CFG019",
    ),
    measure(
        "Secrets do not come from the source",
        GENERATOR,
        "file = \"\\${BT_SECRETS_DIR:?directory of the secret files}/${name}\";",
        "file = \"./${name}\";",
        "CMP011",
    ),
    measure(
        "Programs are named by their store paths",
        SERVICES,
        "\"${pkgs.prometheus}/bin/prometheus\"",
        "\"/bin/prometheus\"",
        "CFG025",
    ),
    absence("Inputs are locked", "flake.lock", "\"rev\": \"", "\"ref\": \"", "FLK002"),
    absence("There is one nixpkgs", "flake.lock", "    \"flake-utils\": {\n      \"inputs\": {", TWO_NIXPKGS, "FLK007"),
    measure("Its branch gets security updates", "flake.nix", "nixpkgs/nixos-26.05", "nixpkgs/nixos-23.05", "FLK004"),
    measure(
        "Owners of inputs are on a list",
        "bt-lint.toml",
        "trusted-owners = [\"NixOS\", \"numtide\", \"nix-systems\"]",
        "trusted-owners = [\"NixOS\"]",
        "SUP002",
    ),
    absence(
        "Binary caches are those of NixOS",
        "flake.nix",
        "  inputs = {",
        "  nixConfig.extra-substituters = [ \"https://cache.example.org\" ];\n  inputs = {",
        "SUP001",
    ),
];

fn strict(project: &Project) -> Run {
    let all =
        ["flake.nix", "--nixpkgs", "model", "--offline", "--select", "ALL", "--fail-on", "info", "--format", "concise"];
    program!().run(project.root(), &all)
}

fn reference() -> Project {
    Project::reference().with("bt-lint.toml", std::fs::read_to_string(repository().join("bt-lint.toml")).unwrap())
}

#[test]
fn each_measure_has_a_rule_that_notices_when_it_is_gone() {
    strict(&reference()).expect(0);
    let mut wrong = Vec::new();
    for measure in MEASURES {
        let project = reference();
        let text = project.read(measure.file);
        if !text.contains(measure.text) {
            wrong.push(format!("{}: {:?} is not there", measure.file, measure.text));
            continue;
        }
        project.write(measure.file, text.replacen(measure.text, measure.instead, 1));
        let run = strict(&project);
        if !run.stdout.contains(&format!(" {} ", measure.rule)) {
            wrong.push(format!("{}: {} finds nothing: {}", measure.what, measure.rule, run.shown()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_guide_lists_the_measures() {
    let mut table = String::from("| measure | where | rule |\n|---|---|---|\n");
    for Measure { what, file, text, rule, is_said, .. } in MEASURES {
        let rule = bt_rules::find(rule).unwrap();
        let shown = if *is_said { format!(": `{}`", text.trim()) } else { String::new() };
        let name = file.rsplit('/').next().unwrap();
        table.push_str(&format!(
            "| {what} | [{name}](../../{file}){shown} | [{}](../rules/{}.md) |\n",
            rule.name, rule.name
        ));
    }
    check_table(&guide("security.md"), "measures", &table);
}

// Migration.

/// The code block after `<!-- NAME -->`.
fn example(name: &str) -> String {
    let text = read("migration.md");
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n```nix\n")).expect("an example");
    rest.split_once("```\n").expect("its end").0.into()
}

const IMAGES_AND_COMPOSE: [&str; 9] = [
    "flake.nix",
    "--nixpkgs",
    "model",
    "--offline",
    "--select",
    "CFG,CNT,IMG,CMP,BTL",
    "--fail-on",
    "info",
    "--format=concise",
];

fn images_and_compose(project: &Project) -> Run {
    let deployment = Project::reference();
    let input = format!("path:{}", deployment.root_text());
    let overrides = ["--override-input", "bt-lint", &input];
    program!().run(project.root(), &[&IMAGES_AND_COMPOSE[..], &overrides].concat())
}

#[test]
fn what_becomes_of_the_dockerfile_is_clean() {
    let after = example("after");
    let project = |flake: &str| Project::flake(flake).with("src/go.mod", "module example.org/orders\n");
    let run = images_and_compose(&project(&after)).expect(0);
    assert!(run.stderr.contains("2 images, 1 compose file with 2 services"), "{}", run.shown());
    // It is looked at.
    let flawed = after.replace("\"${pkgs.redis}/bin/redis-cli\"", "\"curl\"");
    assert_ne!(flawed, after);
    let run = images_and_compose(&project(&flawed)).expect(1);
    assert!(run.stdout.contains(" CFG017 "), "{}", run.shown());
}

#[test]
fn a_dockerfile_word_for_word_is_not() {
    let project = Project::outputs(
        r#"{
  packages.x86_64-linux = rec {
    orders = pkgs.dockerTools.buildLayeredImage {
      name = "orders";
      tag = "latest";
      contents = [ pkgs.bash pkgs.apt pkgs.curl pkgs.go ./. ];
      config = {
        Cmd = "orders --password-file /run/secrets/database";
        Env = [ "PORT=8080" "TZ=Europe/Berlin" "DATABASE_PASSWORD=4c1f9a0e7d31" ];
        ExposedPorts."8080" = { };
        Volumes."/etc" = { };
        WorkingDir = "src";
      };
    };
    docker-compose = pkgs.writeText "docker-compose.json" (builtins.toJSON {
      services = {
        orders = {
          image = "orders:1";
          ports = [ "8080:8080" ];
          depends_on = [ "cach" ];
          healthcheck.test = [ "CMD" "wget" "http://localhost:8080/health" ];
        };
        cache = { image = "redis"; privileged = true; };
      };
      secrets.database.file = "./database.txt";
    });
  };
}"#,
    );
    let run = program!().run(project.root(), &IMAGES_AND_COMPOSE).expect(1);
    let expected = [
        "CFG001", "CFG005", "CFG019", "CFG021", "CMP003", "CMP009", "CMP011", "CMP012", "CMP013", "CMP019", "CMP020",
        "CMP021", "CMP022", "CMP023", "CNT001", "CNT002", "CNT004", "CNT011", "IMG001",
    ];
    let missing: Vec<&str> = expected.into_iter().filter(|code| !run.stdout.contains(&format!(" {code} "))).collect();
    assert!(missing.is_empty(), "{missing:?}: {}", run.shown());
}

/// Every instruction of a Dockerfile (the reference of Docker) has a row, but for those without a meaning here.
#[test]
fn instructions_are_listed() {
    let text = read("migration.md");
    let table = text.split_once("<!-- instructions: -->").unwrap().1.split_once("<!-- :instructions -->").unwrap().0;
    for instruction in [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ] {
        let is_there = table.lines().any(|line| line.split('|').nth(1).is_some_and(|cell| cell.contains(instruction)));
        assert!(is_there, "{instruction}");
    }
}
