//! The Flox environment in .flox: of the form that Flox documents, and consistent with the deployment.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::eval;
use bt_tests::project::{Project, repository};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use toml::{Table, Value};

fn manifest() -> Table {
    let text = std::fs::read_to_string(repository().join(".flox/env/manifest.toml")).unwrap();
    text.parse().expect(".flox/env/manifest.toml is TOML")
}

fn table<'t>(value: &'t Table, name: &str) -> &'t Table {
    value.get(name).and_then(Value::as_table).unwrap_or_else(|| panic!("no table {name}"))
}

fn names(table: &Table) -> BTreeSet<&str> {
    table.keys().map(String::as_str).collect()
}

/// `otlpGrpc` becomes `BT_PORT_OTLP_GRPC`.
fn variable(port: &str) -> String {
    let mut name = String::from("BT_PORT_");
    for letter in port.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// What differs between the variables of an environment and the ports of the deployment.
fn differences(vars: &Table, ports: &Json) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(String::from);
    let mut ours: BTreeMap<String, Option<String>> =
        vars.iter().filter(|(n, _)| n.starts_with("BT_PORT_")).map(|(n, v)| (n.clone(), text(v))).collect();
    let mut wrong = Vec::new();
    for (port, number) in ports.as_object().unwrap() {
        match ours.remove(&variable(port)) {
            Some(Some(text)) if text.parse().ok() == number.as_u64() => {}
            other => wrong.push(format!("{} is {other:?}, and {port} is {number}", variable(port))),
        }
    }
    wrong.extend(ours.into_keys().map(|name| format!("{name} is no port")));
    wrong
}

#[test]
fn numbers_are_those_of_the_deployment() {
    let project = Project::reference();
    let ports = eval(project.root(), "lib.ports").unwrap();
    let manifest = manifest();
    let vars = table(&manifest, "vars");
    assert_eq!(differences(vars, &ports), Vec::<String>::new());

    let mut other = vars.clone();
    other.insert("BT_PORT_LOKI".into(), Value::String("3101".into()));
    other.insert("BT_PORT_LOKKI".into(), Value::String("3100".into()));
    other.remove("BT_PORT_TEMPO_GRPC");
    let wrong = differences(&other, &ports);
    assert_eq!(wrong.len(), 3, "{wrong:?}");
}

/// The keys are those of Flox' manual for version 1 of the manifest.
#[test]
fn the_manifest_has_the_form_of_version_1() {
    let manifest = manifest();
    assert_eq!(manifest.get("version"), Some(&Value::Integer(1)));
    let sections = ["build", "hook", "install", "options", "profile", "services", "vars", "version"];
    assert_eq!(names(&manifest), sections.into());
    for (name, package) in table(&manifest, "install") {
        let known = BTreeSet::from(["pkg-group", "pkg-path", "priority", "systems", "version"]);
        let package = package.as_table().unwrap();
        assert!(package.contains_key("pkg-path") && names(package).is_subset(&known), "{name}");
    }
    for (name, service) in table(&manifest, "services") {
        let service = service.as_table().unwrap();
        assert!(service.contains_key("command"), "{name}");
        assert!(names(service).is_subset(&["command", "is-daemon", "shutdown", "systems", "vars"].into()), "{name}");
    }
    for (name, build) in table(&manifest, "build") {
        let build = build.as_table().unwrap();
        assert!(build.contains_key("command"), "{name}");
        let known = ["command", "description", "files", "sandbox", "systems", "version"];
        assert!(names(build).is_subset(&known.into()), "{name}");
    }
    assert!(names(table(&manifest, "hook")).is_subset(&["on-activate"].into()));
    assert!(names(table(&manifest, "profile")).is_subset(&["bash", "common", "fish", "tcsh", "zsh"].into()));
    assert!(table(&manifest, "vars").values().all(Value::is_str));

    let env = std::fs::read_to_string(repository().join(".flox/env.json")).unwrap();
    let env: Json = serde_json::from_str(&env).unwrap();
    assert_eq!(env, serde_json::json!({ "name": "bt-lint", "version": 1 }));
}

/// All scripts of a manifest, by where they are.
fn scripts(manifest: &Table) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut add = |place: String, value: &Value| found.push((place, value.as_str().unwrap().to_string()));
    for section in ["build", "services"] {
        for (name, entry) in table(manifest, section) {
            add(format!("{section}.{name}"), &entry["command"]);
            if let Some(shutdown) = entry.get("shutdown") {
                add(format!("{section}.{name}.shutdown"), &shutdown["command"]);
            }
        }
    }
    add("hook".into(), &manifest["hook"]["on-activate"]);
    add("profile".into(), &manifest["profile"]["common"]);
    found
}

/// Words of a script that begin with a text.
fn words<'s>(script: &'s str, start: &str, also: &str) -> Vec<&'s str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || also.contains(c);
    let places = script.match_indices(start).map(|(at, _)| &script[at + start.len()..]);
    places
        .map(|rest| &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())])
        .filter(|word| !word.is_empty())
        .collect()
}

#[test]
fn scripts_are_shell_and_know_their_variables() {
    let manifest = manifest();
    for (place, script) in scripts(&manifest) {
        let checked = Command::new("bash").args(["-n", "-c", &script]).output().expect("bash runs");
        assert!(checked.status.success(), "{place}: {}", String::from_utf8_lossy(&checked.stderr));
        for name in words(&script, "$BT_", "") {
            let name = format!("BT_{name}");
            let is_set = table(&manifest, "vars").contains_key(&name)
                || manifest["hook"]["on-activate"].as_str().unwrap().contains(&format!("export {name}="));
            assert!(is_set, "{place}: ${name} is not set");
        }
    }
}

#[test]
fn services_are_those_of_the_deployment() {
    let project = Project::reference();
    let manifest = manifest();
    let mut services: BTreeSet<String> = table(&manifest, "services").keys().cloned().collect();
    assert!(services.remove("containers"));
    let run = bt_tests::program!().run(project.root(), &["compose", "--nixpkgs", "model", "--offline"]).expect(0);
    let compose: Json = serde_json::from_str(&run.stdout).unwrap();
    let theirs: BTreeSet<String> = compose["services"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(services, theirs);
    // The project that is stopped is the one that is started.
    let stop = &table(&manifest, "services")["containers"]["shutdown"]["command"];
    assert!(stop.as_str().unwrap().contains(&format!("--project-name {} ", compose["name"].as_str().unwrap())));
}

/// Whatever of the flake a script names is there.
#[test]
fn outputs_of_the_flake_exist() {
    let project = Project::reference();
    let mut named = BTreeSet::new();
    for (_, script) in scripts(&manifest()) {
        for start in [" .#", "$FLOX_ENV_PROJECT#"] {
            named.extend(words(&script, start, "-").into_iter().map(String::from));
        }
    }
    let expected = ["bt-lint", "containers-all", "docker-compose", "load-containers", "native-configs"];
    assert_eq!(named, expected.map(String::from).into());
    for name in named {
        let path = eval(project.root(), &format!("packages.x86_64-linux.{name}.drvPath"));
        assert!(path.is_ok(), "{name}: {path:?}");
    }
    assert!(eval(project.root(), "packages.x86_64-linux.surely.drvPath").is_err());
}
