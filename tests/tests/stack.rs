//! The whole way: a flake is evaluated, linted and built, its images are loaded and run, and answer. `tests/packages`
//! stands for nixpkgs, so that programs of this machine are what runs.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

#[path = "../../crates/bt-daemon/tests/harness/mod.rs"]
mod harness;

#[path = "stack/figures.rs"]
mod figures;
#[path = "stack/log.rs"]
mod log;
#[path = "stack/reference.rs"]
mod reference;

use bt_tests::docker::{self, Docker};
use bt_tests::process::{self, Run};
use bt_tests::project::{Project, repository};
use bt_tests::{check, nix, program, skipped};
use harness::{DAEMONS, Daemon};
use log::Log;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The images of `tests/stack`, and what makes them.
const IMAGES: [&str; 3] = ["container-backend", "container-frontend", "container-prometheus"];

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

/// What tests/stack/README.md has people ask is where the frontend is.
#[test]
fn the_readme_of_the_stack_asks_the_frontend() {
    let text = std::fs::read_to_string(stack().join("README.md")).unwrap();
    let port = published(&compose(&stack(), 1), "frontend");
    assert!(text.contains(&format!("curl http://127.0.0.1:{port}/api/this\n")), "{port}");
    for image in IMAGES {
        let name = image.trim_start_matches("container-");
        assert!(text.split_once("container-{").unwrap().1.split('}').next().unwrap().split(',').any(|n| n == name));
    }
}

// What is built.

/// A daemon that can build images, or a line on standard error.
fn builder(program: &'static str) -> Option<Daemon> {
    let needed = ["nix-build", "busybox", "caddy", "prometheus", "promtool", "go", "patchelf", "tar", "gzip"];
    if let Some(name) = needed.into_iter().find(|program| !nix::is_installed(program.as_ref())) {
        skipped(&format!("'{name}' is not installed, so no image is built"));
        return None;
    }
    Daemon::start(program)
}

/// `bt-lint build` of packages of a flake; it sees the store where the daemon has it.
fn build_command(
    daemon: &Daemon,
    directory: &Path,
    inputs: usize,
    attrs: &[&str],
    options: &[&str],
    docker: &str,
) -> Command {
    let mut command = daemon.command(program!().path);
    command.args(["build", "--no-link", "--now", "2026-10-01", "--store", &daemon.address_text()]).args(options);
    command.args(attrs.iter().map(|attr| format!("path:{}#{attr}", directory.display())));
    for (input, reference) in overridden(inputs) {
        command.args(["--override-input", input, &reference]);
    }
    command.env("XDG_CACHE_HOME", "/dev/null").env("DOCKER_HOST", docker).env_remove("NIX_REMOTE");
    command
}

#[track_caller]
fn build(daemon: &Daemon, directory: &Path, inputs: usize, attrs: &[&str], options: &[&str], docker: &str) -> Run {
    let command = build_command(daemon, directory, inputs, attrs, options, docker);
    process::run(command, b"", Duration::from_secs(300)).expect("it ends").expect(0)
}

/// The store paths that `bt-lint build` prints.
fn paths(run: &Run) -> Vec<&str> {
    run.stdout.lines().filter(|line| line.starts_with("/nix/store/")).collect()
}

/// The expression of the packages of a flake without other inputs, as Nix without flakes sees them.
fn expression(directory: &Path) -> String {
    format!(
        "let packages = {{ outPath = {packages}; }} // (import {packages}/flake.nix).outputs {{ self = packages; }}; \
         flake = (import {directory}/flake.nix).outputs {{ self = flake; nixpkgs = packages; }}; \
         in flake.packages.x86_64-linux",
        packages = repository().join("tests/packages").display(),
        directory = directory.display()
    )
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

/// Lints, builds, verifies and loads images, tries each on its own, starts the services, waits until all are healthy, lets
/// `ask` ask them, and stops them. Says what it does, and how long that takes. `None` where images cannot be run.
fn whole_way(
    daemon: &Daemon,
    project: &Project,
    inputs: usize,
    services: &[&str],
    compose: &Json,
    ask: impl FnOnce(&dyn Fn(&str) -> u16),
) -> Option<Log> {
    let mut log = Log::default();
    let images: Vec<String> = services.iter().map(|service| format!("container-{service}")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    for (image, service) in images.iter().zip(services) {
        let linted = log.timed("linted", service, || {
            let image = format!("path:{}#packages.x86_64-linux.{image}", project.root_text());
            run(project.root(), inputs, &["check", &image, "--fail-on", "info"])
        });
        linted.expect(0);
        let built = log.timed("built", service, || build(daemon, project.root(), inputs, &[image], &[], ""));
        log.archive(service, &daemon.on_disk(paths(&built)[0]));
    }
    log.timed("built again", "all", || build(daemon, project.root(), inputs, &images, &[], ""));
    let docker = Docker::start()?;
    // All is there already.
    let loading = ["--verify", "--load=docker"];
    let built = log.timed("loaded", "all", || build(daemon, project.root(), inputs, &images, &loading, &docker.host()));
    let loaded = built.stderr.lines().filter(|line| line.starts_with("loaded ")).count();
    assert_eq!(loaded, images.len(), "{}", built.shown());
    for (image, output) in images.iter().zip(paths(&built)) {
        let attr = format!("packages.x86_64-linux.{image}.outPath");
        assert_eq!(evaluated(project.root(), inputs, &attr), json!(output));
    }

    for service in services {
        let image = compose["services"][service]["image"].as_str().unwrap();
        log.image(service, &docker, image);
        log.timed("tried", service, || docker.run_alone(image));
    }

    assert!(compose["services"].as_object().unwrap().keys().eq(services.iter().copied()), "{services:?}");
    let port = |service: &str| published(compose, service);
    for service in services {
        assert!(docker::get(port(service), "/").is_err(), "something else is where {service} will be");
    }
    let running = log.timed("up", "all", || docker.up("under-test", compose))?;
    log.timed("healthy", "all", || services.iter().for_each(|service| running.wait_for(service)));
    log.timed("answers", "all", || ask(&port));
    // Nothing is written in the containers, and their programs are nobody special.
    for service in services {
        let container = running.run(&["ps", "--quiet", service]).stdout;
        let format = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}";
        let inspected = docker.run(&["inspect", "--format", format, container.trim()]).expect(0).stdout;
        assert!(inspected.starts_with("100") && inspected.ends_with(" true [ALL]\n"), "{service}: {inspected}");
    }
    log.timed("down", "all", || drop(running));
    assert!(docker::get(port(services[0]), "/").is_err(), "it is still running");
    assert_eq!(docker.run(&["ps", "--all", "--quiet"]).expect(0).stdout, "");
    Some(log)
}

#[test]
fn the_stack_is_built_loaded_started_and_answers() {
    let project = Project::copy_of(&stack());
    let compose = compose(project.root(), 1);
    let Some(daemon) = builder(DAEMONS[0]) else { return };
    whole_way(&daemon, &project, 1, &["backend", "frontend", "prometheus"], &compose, |port| {
        wait_for_answer(port("backend"), "/health", "ok");
        wait_for_answer(port("frontend"), "/healthz", "ok");
        // Through the frontend to the backend, and from there to Prometheus.
        wait_for_answer(port("frontend"), "/api/this", "the backend was asked for /api/this");
        wait_for_answer(port("prometheus"), "/api/v1/query?query=stack_requests_total", "\"1\"");
        assert_eq!(docker::get(port("frontend"), "/other").unwrap().1, "the frontend");
    });
}

/// Images that are made in a moment.
const SMALL: &str = r#"{
  packages.x86_64-linux = let
    inherit (pkgs) busybox dockerTools;
    config = { Cmd = [ "${busybox}/bin/echo" "hello" ]; User = "1000:1000"; WorkingDir = "/data"; };
    extraCommands = "mkdir -p data\necho written > data/file\n";
    texts = map (n: pkgs.writeTextDir "etc/${toString n}" "${toString n}\n") [ 1 2 3 4 ];
    arguments = name: { inherit name config extraCommands; contents = texts; fakeRootCommands = "chown 1000:1000 data\n"; };
  in {
    layered = dockerTools.buildLayeredImage (arguments "Layered");
    few = dockerTools.buildLayeredImage (arguments "few" // { maxLayers = 3; tag = "1"; compressor = "none"; });
    stream = dockerTools.streamLayeredImage (arguments "stream" // { tag = "1"; });
    whole = dockerTools.buildImage { name = "whole"; inherit config extraCommands; copyToRoot = [ busybox ]; compressor = "none"; };
    named = pkgs.grafana;
  };
}"#;

const SMALL_IMAGES: [&str; 4] = ["layered", "few", "stream", "whole"];

#[test]
fn out_paths_and_files_are_those_of_nix_build() {
    let project = Project::outputs(SMALL);
    for program in DAEMONS {
        let (Some(ours), Some(theirs)) = (builder(program), builder(program)) else { continue };
        let built = build(&ours, project.root(), 1, &SMALL_IMAGES, &["--no-lint"], "");
        let expression = expression(project.root());
        let attrs = SMALL_IMAGES.iter().flat_map(|attr| ["-A", attr]);
        let arguments: Vec<&str> = ["--no-out-link", "--expr", &expression].into_iter().chain(attrs).collect();
        let expected = theirs.nix("nix-build", &arguments);
        assert_eq!(paths(&built), expected.lines().collect::<Vec<_>>(), "{program}");
        for path in paths(&built) {
            let hash = |daemon: &Daemon| daemon.nix("nix-store", &["-q", "--hash", path]);
            assert_eq!(hash(&ours), hash(&theirs), "{program}: {path}");
        }
    }
}

#[test]
fn images_of_the_packages_are_what_the_manual_of_nixpkgs_describes() {
    let project = Project::outputs(SMALL);
    let Some(daemon) = builder(DAEMONS[0]) else { return };
    let built = build(&daemon, project.root(), 1, &SMALL_IMAGES, &["--no-lint"], "");
    let files: Vec<PathBuf> = paths(&built).iter().map(|path| daemon.on_disk(path)).collect();
    let archive = project.path("stream.tar");
    let mut stream = daemon.command(paths(&built)[2]);
    let status = stream.stdout(std::fs::File::create(&archive).unwrap()).status().unwrap();
    assert!(status.success());
    // Texts and busybox, a layer each, and one more; two and one more; everything.
    for (name, file, layers) in
        [("layered", &files[0], 6), ("few", &files[1], 3), ("stream", &archive, 6), ("whole", &files[3], 1)]
    {
        let answer = program!().run(project.root(), &["image", "--select", "CFG001", file.to_str().unwrap()]).expect(0);
        let shown = format!("{}\n{}", answer.stdout, answer.stderr);
        assert_eq!(shown.lines().filter(|line| line.starts_with("  layer ")).count(), layers, "{name}: {shown}");
    }
    if !nix::is_installed("skopeo".as_ref()) {
        return skipped("skopeo is not installed, so images are not read by it");
    }
    // Skopeo of Debian 12 reads archives that are not compressed.
    for (file, layers, tag) in [(&files[1], 3, "few:1"), (&archive, 6, "stream:1"), (&files[3], 1, "whole:")] {
        let mut command = Command::new("skopeo");
        command.arg("inspect").arg("--config").arg(format!("docker-archive:{}", file.display()));
        let answer = process::run(command, b"", process::TIME_LIMIT).expect("it ends").expect(0);
        let config: Json = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), layers, "{tag}");
        assert_eq!(
            (&config["config"]["User"], &config["created"]),
            (&json!("1000:1000"), &json!("1970-01-01T00:00:01Z"))
        );
        let manifest = Command::new("tar").arg("-xOf").arg(file).arg("manifest.json").output().unwrap();
        assert!(String::from_utf8_lossy(&manifest.stdout).contains(&format!("\"RepoTags\":[\"{tag}")), "{tag}");
    }
}

#[test]
fn what_has_no_host_program_says_so() {
    let project = Project::outputs(SMALL);
    let Some(daemon) = builder(DAEMONS[0]) else { return };
    let mut command = daemon.command("nix-build");
    command.args(["--no-out-link", "--expr", &expression(project.root()), "-A", "named"]);
    command.env("NIX_REMOTE", daemon.address_text()).env("NIX_PATH", "");
    let answer = process::run(command, b"", process::TIME_LIMIT).expect("it ends");
    assert_ne!(answer.code, Some(0));
    answer.says("grafana is only a name in the packages for tests: no host program stands for it");
}

#[test]
fn without_docker_images_are_built_all_the_same() {
    let project = Project::outputs(SMALL);
    let Some(daemon) = builder(DAEMONS[0]) else { return };
    let nowhere = format!("unix://{}/no-docker", project.root_text());
    let command = build_command(&daemon, project.root(), 1, &["few"], &["--no-lint", "--load=docker"], &nowhere);
    let answer = process::run(command, b"", process::TIME_LIMIT).expect("it ends");
    assert_eq!(answer.code, Some(2), "{}", answer.shown());
    // Whether it is not running or not there.
    let is_there = nix::is_installed("docker".as_ref());
    answer.says(if is_there {
        "is docker running? The image is built"
    } else {
        "there is no docker to load images into"
    });
    let built = build(&daemon, project.root(), 1, &["few"], &["--no-lint"], &nowhere);
    assert!(!built.stderr.contains("building") && daemon.on_disk(paths(&built)[0]).is_file(), "{}", built.shown());
}
