//! The whole way: a flake is evaluated, linted and built, its images are loaded and run, and answer. `tests/packages`
//! stands for nixpkgs, so that programs of this machine are what runs.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

#[path = "../../crates/bt-daemon/tests/harness/mod.rs"]
mod harness;

use bt_tests::docker::{self, Docker};
use bt_tests::process::{self, Run};
use bt_tests::project::{Project, repository};
use bt_tests::{check, nix, program, skipped};
use harness::{DAEMONS, Daemon};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The images of `tests/stack`, and what makes them.
const IMAGES: [&str; 3] = ["container-backend", "container-frontend", "container-prometheus"];

/// Those of the reference deployment whose programs this machine has.
const REFERENCE: [&str; 3] = ["backend", "frontend", "prometheus"];

fn stack() -> PathBuf {
    repository().join("tests/stack")
}

/// References for `--override-input`.
fn packages() -> [(&'static str, String); 2] {
    let packages = repository().join("tests/packages").display().to_string();
    [("nixpkgs", format!("path:{packages}")), ("flake-utils", format!("path:{packages}/flake-utils"))]
}

/// Runs bt-lint on a flake that may have the two inputs.
#[track_caller]
fn run(directory: &Path, inputs: usize, arguments: &[&str]) -> Run {
    let overrides = packages();
    let overrides = overrides.iter().take(inputs).flat_map(|(name, reference)| ["--override-input", name, reference]);
    let arguments: Vec<&str> = arguments.iter().copied().chain(overrides).collect();
    program!().run(directory, &arguments)
}

#[track_caller]
fn evaluated(directory: &Path, inputs: usize, attr: &str) -> Json {
    let target = format!("path:{}#{attr}", directory.display());
    let answer = run(directory, inputs, &["eval", "--json", "--system", "x86_64-linux", &target]).expect(0);
    serde_json::from_str(&answer.stdout).unwrap()
}

#[track_caller]
fn compose(directory: &Path, inputs: usize) -> Json {
    let target = format!("path:{}", directory.display());
    let answer = run(directory, inputs, &["compose", &target]).expect(0);
    serde_json::from_str(&answer.stdout).unwrap()
}

fn overridden(inputs: usize) -> Vec<(&'static str, String)> {
    packages().into_iter().take(inputs).collect()
}

// What is evaluated.

#[test]
fn the_stack_is_clean_and_a_flaw_in_it_is_found() {
    let project = Project::copy_of(&stack());
    let overrides = packages();
    let overrides = [("nixpkgs", overrides[0].1.as_str())];
    let checked = check::check_with(project.root(), &overrides);
    assert_eq!((checked.images().len(), checked.shown()), (3, "  (no findings)".into()));
    let images = project.read("images.nix");
    let flawed = images.replace("      User = \"${toString users.${name}}:${toString users.${name}}\";\n", "");
    assert_ne!(flawed, images);
    project.write("images.nix", flawed);
    let found = check::check_with(project.root(), &overrides);
    assert_eq!(found.of("CFG001").len(), 1, "{}", found.shown());
}

#[test]
fn compose_and_derivations_of_the_stack_are_those_of_nix() {
    let project = Project::copy_of(&stack());
    let ours = compose(project.root(), 1);
    assert!(ours["services"]["frontend"]["image"].as_str().unwrap().len() > "stack-frontend:".len() + 30, "{ours}");
    for program in ["nix", "nix26"] {
        let theirs = |attr: &str| nix::flake_attribute_over(program, project.root(), attr, &overridden(1));
        let Some(set) = theirs("compose") else { continue };
        assert_eq!(ours, set, "{program}");
        for image in IMAGES {
            for attr in ["drvPath", "outPath"] {
                let attr = format!("packages.x86_64-linux.{image}.{attr}");
                assert_eq!(evaluated(project.root(), 1, &attr), theirs(&attr).unwrap(), "{program}: {attr}");
            }
        }
    }
}

#[test]
fn compose_and_derivations_of_the_reference_are_those_of_nix() {
    let project = Project::reference();
    let theirs = |attr: &str| nix::flake_attribute_over("nix26", project.root(), attr, &overridden(2));
    let Some(theirs_of_json) = theirs("packages.x86_64-linux.docker-compose-json.drvPath") else { return };
    // The derivation holds the whole text.
    assert_eq!(evaluated(project.root(), 2, "packages.x86_64-linux.docker-compose-json.drvPath"), theirs_of_json);
    assert_eq!(compose(project.root(), 2)["services"].as_object().unwrap().len(), 8);
    for name in ["backend", "frontend", "grafana", "loki", "tempo", "prometheus", "pyroscope", "alloy"] {
        let attr = format!("packages.x86_64-linux.container-{name}.drvPath");
        assert_eq!(evaluated(project.root(), 2, &attr), theirs(&attr).unwrap(), "{attr}");
    }
}

// What is built.

/// What is missing for building the images.
fn missing() -> Option<&'static str> {
    let needed = ["nix-build", "busybox", "caddy", "prometheus", "promtool", "go", "patchelf", "tar", "gzip"];
    needed.into_iter().find(|program| !nix::is_installed(program.as_ref()))
}

/// A daemon that can build, or a line on standard error.
fn builder(program: &'static str) -> Option<Daemon> {
    if let Some(name) = missing() {
        skipped(&format!("'{name}' is not installed, so no image is built"));
        return None;
    }
    Daemon::start(program)
}

/// The expression of the packages of a flake, as Nix without flakes sees them: of the same derivations.
fn expression(directory: &Path) -> String {
    format!(
        "let packages = {{ outPath = {packages}; }} // (import {packages}/flake.nix).outputs {{ self = packages; }}; \
         flake = (import {directory}/flake.nix).outputs {{ self = flake; nixpkgs = packages; }}; \
         in flake.packages.x86_64-linux",
        packages = repository().join("tests/packages").display(),
        directory = directory.display()
    )
}

/// Builds packages of a flake without other inputs; their store paths.
fn build(daemon: &Daemon, directory: &Path, attrs: &[&str]) -> Vec<String> {
    let expression = expression(directory);
    let mut arguments = vec!["--no-out-link", "--expr", &expression];
    arguments.extend(attrs.iter().flat_map(|attr| ["-A", attr]));
    daemon.nix("nix-build", &arguments).lines().map(String::from).collect()
}

/// A port that a service publishes.
fn published(compose: &Json, service: &str) -> u16 {
    let port = compose["services"][service]["ports"][0].as_str().unwrap();
    port.split(':').nth(1).unwrap().parse().unwrap()
}

/// Asks until the answer is the one that is waited for.
#[track_caller]
fn wait_for_answer(port: u16, path: &str, expected: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = docker::get(port, path);
        if answer.as_ref().is_ok_and(|(status, body)| *status == 200 && body.contains(expected)) {
            return;
        }
        assert!(Instant::now() < until, "{port}{path}: {answer:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_stack_is_built_loaded_started_and_answers() {
    let project = Project::copy_of(&stack());
    for program in DAEMONS {
        let Some(daemon) = builder(program) else { continue };
        let outputs = build(&daemon, project.root(), &IMAGES);
        for (image, output) in IMAGES.iter().zip(&outputs) {
            let attr = format!("packages.x86_64-linux.{image}.outPath");
            assert_eq!(evaluated(project.root(), 1, &attr), json!(output), "{program}");
        }
        let [backend, frontend, prometheus] = outputs.try_into().unwrap();
        for image in [&frontend, &prometheus] {
            let file = daemon.on_disk(image);
            let answer = program!().run(project.root(), &["image", file.to_str().unwrap()]).expect(0);
            assert!(answer.stderr.contains("0 errors, 0 warnings, 0 infos"), "{}", answer.shown());
        }
        let compose = compose(project.root(), 1);
        let Some(docker) = Docker::start() else { continue };
        docker.load_from(daemon.command(&backend));
        docker.load(&daemon.on_disk(&frontend));
        docker.load(&daemon.on_disk(&prometheus));
        let port = |service: &str| published(&compose, service);
        assert!(docker::get(port("backend"), "/health").is_err(), "something else is running there");
        let Some(running) = docker.up("stack", &compose) else { continue };
        for service in ["backend", "frontend", "prometheus"] {
            running.wait_for(service);
        }
        wait_for_answer(port("backend"), "/health", "ok");
        wait_for_answer(port("frontend"), "/healthz", "ok");
        // Through the frontend to the backend, and from there to Prometheus.
        wait_for_answer(port("frontend"), "/api/this", "the backend was asked for /api/this");
        wait_for_answer(port("prometheus"), "/api/v1/query?query=stack_requests_total", "\"1\"");
        assert_eq!(docker::get(port("frontend"), "/api").unwrap().1, "the frontend");
        // Nothing is written in the containers, and their programs are nobody special.
        let backend = running.run(&["ps", "--quiet", "backend"]).stdout;
        let format = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}";
        let inspected = docker.run(&["inspect", "--format", format, backend.trim()]).expect(0).stdout;
        assert_eq!(inspected.trim(), "10001:10001 true");
        drop(running);
        assert!(docker::get(port("backend"), "/health").is_err(), "it is still running");
        assert_eq!(docker.run(&["ps", "--all", "--quiet"]).expect(0).stdout, "");
    }
}

#[test]
fn the_reference_is_built_loaded_started_and_answers() {
    if !nix::is_installed("nix26".as_ref()) {
        return skipped("Nix 2.26 is not installed as 'nix26', so the reference deployment is not built");
    }
    let _ = (REFERENCE, Command::new("true"), process::TIME_LIMIT);
}
