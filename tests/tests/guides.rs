//! What the guides in docs/guides say is so: examples are checked, measures are taken away, faults are provoked.
//! `BT_LINT_UPDATE_DOCS=1` writes the table of measures.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::docker::Docker;
use bt_tests::docs::check_table;
use bt_tests::process::Run;
use bt_tests::project::{Project, repository};
use bt_tests::{git, nix, program, skipped};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

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

// Troubleshooting.

/// The texts that the guide shows, one for each block.
fn symptoms() -> Vec<String> {
    let text = read("troubleshooting.md");
    text.split("```text\n").skip(1).map(|rest| rest.split_once("\n```").expect("its end").0.to_string()).collect()
}

/// Whether an output has a text; ellipses stand for anything on the same line.
fn has(output: &str, text: &str) -> bool {
    output.lines().any(|line| {
        let mut rest = line;
        text.split('…').all(|part| match rest.split_once(part) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    })
}

#[test]
fn ellipses_stand_for_anything() {
    assert!(has("a\nlisten 127.0.0.1:80: in use", "127.0.0.1:…: in use"));
    assert!(!has("listen 127.0.0.1:80\n: in use", "127.0.0.1:…: in use"));
    assert!(!has("in use 127.0.0.1:80: ", "127.0.0.1:…: in use"));
}

#[test]
fn symptoms_are_what_programs_print() {
    let mut output = checking();
    // A test of its own compares these with what builds print.
    output.push_str(&std::fs::read_to_string(repository().join("docs/realisation.md")).unwrap());
    match containers() {
        Some(text) => output.push_str(&text),
        None => {
            let known = symptoms().iter().filter(|symptom| has(&output, symptom)).count();
            assert!(known >= 8, "only {known} symptoms: {output}");
            return skipped("the symptoms that Docker has are not compared");
        }
    }
    let missing: Vec<String> = symptoms().into_iter().filter(|symptom| !has(&output, symptom)).collect();
    assert!(missing.is_empty(), "nothing prints {missing:#?}\n{output}");
    assert!(symptoms().len() > 20);
}

/// What bt-lint prints.
fn checking() -> String {
    let mut output = String::new();
    let mut add = |run: Run| output.push_str(&format!("{}\n{}\n", run.stdout, run.stderr));
    let import =
        "{ packages.x86_64-linux.default = import (derivation { name = \"x\"; system = \"x\"; builder = \"x\"; }); }";
    let project = Project::flake(format!("{{ outputs = {{ self }}: {import}; }}"));
    add(program!().run(project.root(), &["flake.nix", "--offline", "--format=concise"]).expect(2));
    add(program!().run(Project::reference().root(), &["flake.nix", "--offline", "--format=concise"]).expect(0));

    let untracked = Project::outputs(
        "{ packages.x86_64-linux.default = pkgs.writeText \"notes\" (builtins.readFile ./notes.txt); }",
    );
    git::run(untracked.root(), &["init", "-q"]);
    git::run(untracked.root(), &["add", "."]);
    untracked.write("notes.txt", "");
    add(program!().run(untracked.root(), &["flake.nix", "--offline", "--format=concise"]));
    output
}

/// What Docker and docker-compose print when something is wrong; `None` when they cannot be had.
fn containers() -> Option<String> {
    if let Some(name) = ["busybox", "tar", "docker"].into_iter().find(|name| !nix::is_installed((*name).as_ref())) {
        skipped(&format!("'{name}' is not installed, so no fault of containers is provoked"));
        return None;
    }
    let docker = Docker::start()?;
    let mut output = String::new();
    let mut add = |run: Run| {
        output.push_str(&format!("{}\n{}\n", run.stdout, run.stderr));
        run
    };
    // An image that holds busybox, a program without its linker, and one for no processor at all.
    let files = Project::new()
        .with("root/etc/none", "")
        .with("root/bin/strange", [b'x'; 2000])
        .with("no-image", "no image\n".repeat(200));
    let busybox = Command::new("sh").args(["-c", "command -v busybox"]).output().unwrap().stdout;
    std::fs::copy(String::from_utf8(busybox).unwrap().trim(), files.path("root/bin/busybox")).unwrap();
    std::fs::copy("/bin/true", files.path("root/bin/dynamic")).unwrap();
    let prepare = "mkdir root/data root/tmp && chmod 1777 root/tmp && chmod 755 root/bin/* && chown 10001:10001 root/data && \
                   tar -C root -cf image.tar .";
    let prepared = Command::new("sh").args(["-c", prepare]).current_dir(files.root()).status().unwrap();
    assert!(prepared.success());
    let image = files.path("image.tar");
    let user = ["--change", "USER 10001:10001", "--change", "CMD [\"/bin/busybox\", \"sleep\", \"60\"]"];
    docker.run(&[&["import"], &user[..], &[image.to_str().unwrap(), "small:1"]].concat()).expect(0);
    let mut run = |options: &[&str], command: &[&str]| {
        add(docker.run(&[&["run", "--network", "none"], options, &["small:1"], command].concat()))
    };

    run(&["--rm", "--read-only"], &["/bin/busybox", "touch", "/data/x"]).expect(1);
    run(&["--rm"], &["/bin/absent"]);
    run(&["--rm"], &["/bin/dynamic"]);
    run(&["--rm"], &["/bin/strange"]);
    run(&["--rm"], &["/bin/busybox", "wget", "http://absent/"]).expect(1);
    let volume = ["--rm", "--volume", "old:/data"];
    run(&[&volume[..], &["--user", "0"]].concat(), &["/bin/busybox", "touch", "/data/x"]).expect(0);
    run(&[&volume[..], &["--user", "0"]].concat(), &["/bin/busybox", "chown", "-R", "10009:10009", "/data"]).expect(0);
    run(&volume, &["/bin/busybox", "touch", "/data/y"]).expect(1);
    // The cure.
    run(&[&volume[..], &["--user", "0"]].concat(), &["/bin/busybox", "chown", "-R", "10001:10001", "/data"]).expect(0);
    run(&volume, &["/bin/busybox", "touch", "/data/y"]).expect(0);
    let hungry = "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done";
    run(&["--name", "hungry", "--memory", "8m"], &["/bin/busybox", "sh", "-c", hungry]).expect(137);
    add(docker.run(&["inspect", "--format", "{{json .State}}", "hungry"]).expect(0));
    add(docker.run(&["run", "--rm", "--network", "none", "--pull", "never", "absent:1"]));
    add(docker.run(&["load", "--input", files.path("no-image").to_str().unwrap()]));
    add(docker.run(&["--host", "unix:///missing/socket", "load", "--input", image.to_str().unwrap()]));

    // Services.
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let health = json!({ "test": ["CMD", "/bin/busybox", "false"], "interval": "1s", "timeout": "1s", "retries": 1 });
    let compose = json!({ "services": {
        "sick": { "image": "small:1", "healthcheck": health },
        "waiting": { "image": "small:1", "depends_on": { "sick": { "condition": "service_healthy" } } },
    } });
    let sick = docker.project("sick", &compose)?;
    add(sick.run(&["up", "--detach"]));
    let container = sick.run(&["ps", "--quiet", "sick"]).stdout;
    add(docker.run(&["exec", container.trim(), "sh"]));
    let beside = format!("container:{}", container.trim());
    docker.run(&["run", "--rm", "--network", &beside, "--pid", &beside, "small:1", "/bin/busybox", "ps"]).expect(0);
    drop(sick);
    let compose = json!({ "services": { "late": { "image": "small:1", "ports": [format!("127.0.0.1:{port}:80")] } } });
    add(docker.project("late", &compose)?.run(&["up", "--detach"]));
    let secret = |directory: &str| {
        json!({
            "services": { "reader": { "image": "small:1", "secrets": ["word"] } },
            "secrets": { "word": { "file": format!("{directory}/word") } },
        })
    };
    add(docker.project("unset", &secret("${BT_NO_SUCH_DIR:?directory of the secret files}"))?.run(&["up", "--detach"]));
    add(docker.project("missing", &secret("/missing"))?.run(&["up", "--detach"]));
    Some(output)
}
