//! The reference deployment, at four levels: its images are built, loaded, tried one by one, and run together. Where this
//! machine has no program to put into an image, it is evaluated and linted only, and the tests say so.

use super::*;

/// The images whose programs Debian has.
pub const REFERENCE: [&str; 3] = ["backend", "frontend", "prometheus"];

/// The others, and what is missing.
const NOT_BUILT: [(&str, &str); 6] = [
    ("grafana", "grafana"),
    ("loki", "loki"),
    ("tempo", "tempo"),
    ("pyroscope", "pyroscope"),
    ("alloy", "alloy"),
    ("all-in-one", "process-compose and the programs above"),
];

#[test]
fn compose_and_derivations_of_the_reference_are_those_of_nix() {
    let project = Project::reference();
    let theirs = |attr: &str| nix::flake_attribute_over("nix26", project.root(), attr, &overridden(2));
    // The text of the file, as it will be built.
    let Some(text) = theirs("packages.x86_64-linux.docker-compose-json.text") else { return };
    let ours = compose(project.root(), 2);
    assert_eq!(ours, serde_json::from_str::<Json>(text.as_str().unwrap()).unwrap());
    assert_eq!(ours["services"].as_object().unwrap().len(), 8);
    for name in ["backend", "frontend", "grafana", "loki", "tempo", "prometheus", "pyroscope", "alloy"] {
        let attr = format!("packages.x86_64-linux.container-{name}.drvPath");
        assert_eq!(evaluated(project.root(), 2, &attr), theirs(&attr).unwrap(), "{attr}");
    }
}

/// The newest daemon that is installed, or a line on standard error.
pub fn newest() -> Option<Daemon> {
    builder(DAEMONS.into_iter().rfind(|daemon| nix::is_installed(daemon.as_ref())).unwrap_or(DAEMONS[0]))
}

/// All four levels, for what can be built.
pub fn four_levels(daemon: &Daemon) -> Option<Log> {
    let project = Project::reference();
    let mut compose = compose(project.root(), 2);
    compose["services"].as_object_mut().unwrap().retain(|name, _| REFERENCE.contains(&name.as_str()));
    for service in compose["services"].as_object_mut().unwrap().values_mut() {
        if let Some(after) = service.get_mut("depends_on").and_then(Json::as_object_mut) {
            after.retain(|name, _| REFERENCE.contains(&name.as_str()));
        }
    }
    // Grafana's files.
    compose.as_object_mut().unwrap().remove("secrets");
    whole_way(daemon, &project, 2, &REFERENCE, &compose, |port| {
        wait_for_answer(port("backend"), "/health", "ok");
        wait_for_answer(port("frontend"), "/", "<html");
        wait_for_answer(port("prometheus"), "/-/healthy", "Healthy");
        wait_for_answer(port("prometheus"), "/api/v1/query?query=up%7Bjob%3D%22backend%22%7D", "\"1\"");
        wait_for_answer(port("frontend"), "/api/status", "bt-backend");
    })
}

/// One test, because all of it needs the same builds, and they take their time.
#[test]
fn what_can_be_built_of_the_reference_is_loaded_tried_started_and_answers() {
    let Some(daemon) = newest() else { return };
    let log = four_levels(&daemon);
    backend_and_probe_run_without_a_container(&daemon);
    the_frontend_is_served_without_a_container(&daemon);
    the_plugin_is_what_grafana_looks_for(&daemon);
    let Some(log) = log else { return };
    for service in REFERENCE {
        let size = log.sizes[service];
        assert!(size.archive > 0 && size.loaded > size.archive, "{service}");
        // No more than a runtime can stack.
        assert!((4..=100).contains(&size.layers), "{service}: {} layers", size.layers);
    }
}

#[test]
fn the_others_are_evaluated_and_linted_and_it_is_said() {
    let project = Project::reference();
    let overrides = packages();
    let overrides = overrides.each_ref().map(|(name, reference)| (*name, reference.as_str()));
    let checked = check::check_with(project.root(), &overrides);
    assert_eq!(checked.shown(), "  (no findings)");
    // Every image is here or there.
    let mut expected: Vec<String> =
        REFERENCE.into_iter().chain(NOT_BUILT.map(|(name, _)| name)).map(|name| format!("container-{name}")).collect();
    expected.sort_unstable();
    let names = checked.images().into_iter().filter_map(|attr| attr.strip_prefix("packages.x86_64-linux."));
    assert_eq!(names.collect::<Vec<_>>(), expected);
    // Nor is linting them a formality.
    let helper = project.read("nix/lib/mk-image.nix");
    let flawed = Project::reference().with("nix/lib/mk-image.nix", helper.replace("    User = user;\n", ""));
    for (name, missing) in NOT_BUILT {
        let attr = format!("packages.x86_64-linux.container-{name}");
        assert!(evaluated(project.root(), 2, &format!("{attr}.outPath")).as_str().unwrap().starts_with("/nix/store/"));
        let target = format!("path:{}#{attr}", flawed.root_text());
        let found = run(flawed.root(), 2, &["check", &target, "--format", "concise"]).expect(1);
        assert!(
            found.stdout.contains("CFG001 root-user") && found.stdout.contains(&format!("`bt-{name}`")),
            "{}",
            found.shown()
        );
        skipped(&format!("image {name} is evaluated and linted only: Debian has no {missing} to build it of"));
    }
}

// Applications outside of containers.

/// Builds an application of `nix/apps`, and says where it is on the disk.
#[track_caller]
fn application(daemon: &Daemon, name: &str) -> PathBuf {
    let directory = repository().join("nix/apps").join(name);
    let built = build(daemon, &directory, 2, &["default"], &[], "");
    daemon.on_disk(paths(&built)[0])
}

/// A program that ends with this value.
struct Running(std::process::Child);

impl Running {
    fn start(command: &mut Command) -> Running {
        Running(command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn backend_and_probe_run_without_a_container(daemon: &Daemon) {
    let backend = application(daemon, "backend").join("bin/bt-backend");
    let probe = application(daemon, "probe").join("bin/probe");
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/health");
    let is_well = || {
        let asked = Command::new(&probe).args([&url, &url]).output().unwrap().status.code();
        let asked_itself = Command::new(&backend).arg("--healthcheck").env("PORT", port.to_string()).output().unwrap();
        (asked, asked_itself.status.code())
    };
    assert_eq!(is_well(), (Some(1), Some(1)));
    let running = Running::start(Command::new(&backend).env_clear().env("PORT", port.to_string()));
    wait_for_answer(port, "/health", "ok");
    wait_for_answer(port, "/metrics", "# TYPE ");
    assert_eq!(is_well(), (Some(0), Some(0)));
    assert_eq!(
        Command::new(&probe).arg(format!("http://127.0.0.1:{port}/none")).output().unwrap().status.code(),
        Some(1)
    );
    drop(running);
    assert_eq!(is_well(), (Some(1), Some(1)));
    let wrong = Command::new(&backend).env_clear().env("PORT", "none").output().unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("PORT is not a port number"), "{wrong:?}");
}

fn the_frontend_is_served_without_a_container(daemon: &Daemon) {
    let site = application(daemon, "frontend");
    let port = free_port();
    let mut caddy = Command::new("caddy");
    caddy.args(["file-server", "--listen", &format!("127.0.0.1:{port}"), "--root"]).arg(&site);
    let state = Project::new();
    let running = Running::start(caddy.env("HOME", state.root()).env("XDG_DATA_HOME", state.root()));
    wait_for_answer(port, "/", "<html");
    // All that the page names is there.
    let page = std::fs::read_to_string(site.join("index.html")).unwrap();
    for file in ["app.js", "style.css"] {
        assert!(page.contains(file), "{file}");
        assert_eq!(
            docker::get(port, &format!("/{file}")).unwrap().1,
            std::fs::read_to_string(site.join(file)).unwrap()
        );
    }
    assert_eq!(docker::get(port, "/none").unwrap().0, 404);
    drop(running);
}

fn the_plugin_is_what_grafana_looks_for(daemon: &Daemon) {
    let plugin = application(daemon, "grafana-plugin");
    let manifest: Json = serde_json::from_slice(&std::fs::read(plugin.join("plugin.json")).unwrap()).unwrap();
    assert_eq!((&manifest["id"], &manifest["type"]), (&json!("betracehq-status-panel"), &json!("panel")));
    for logo in ["small", "large"] {
        let file = manifest["info"]["logos"][logo].as_str().unwrap();
        assert!(plugin.join(file).is_file(), "{file}");
    }
    let module = std::fs::read_to_string(plugin.join("module.js")).unwrap();
    // Loaded by Grafana, which has no program here, so only its language is checked.
    if !nix::is_installed("node".as_ref()) {
        return skipped("node is not installed, so the plugin's module is not parsed");
    }
    for (text, expected) in [(module.clone(), true), (module.replacen("function", "functoin", 1), false)] {
        let project = Project::new().with("module.js", text);
        let checked = Command::new("node").arg("--check").arg(project.path("module.js")).output().unwrap();
        assert_eq!(checked.status.success(), expected, "{}", String::from_utf8_lossy(&checked.stderr));
    }
}
