//! The texts in docs/guides/troubleshooting.md are those that programs print when the faults are provoked.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::docker::Docker;
use bt_tests::process::Run;
use bt_tests::project::{Project, repository};
use bt_tests::{git, nix, program, skipped};
use serde_json::json;
use std::process::Command;

fn read(name: &str) -> String {
    std::fs::read_to_string(repository().join("docs/guides").join(name)).unwrap()
}

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
