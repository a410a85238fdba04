//! The configuration files of the reference deployment: programs accept them, and they say what the services say.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{check_with, eval};
use bt_tests::project::{Project, repository};
use bt_tests::{nix, skipped};
use serde_json::{Value as Json, json};
use std::process::Command;

/// The text of each configuration file, as JSON, with what a host and a listen address is.
fn configurations(arguments: &str) -> Json {
    let project = Project::outputs(&format!(
        r#"{{
    shown = let
      lib = import ./packages/lib;
      ports = import ./nix/ports.nix;
      services = lib.mapAttrs (_: service: {{ inherit (service) state; }}) (import ./nix/services.nix {{
        pkgs.linkFarm = _: _: "/plugins";
        inherit ports;
        configs = {{ }};
        backend = "/backend";
        grafana-plugin = "/plugin";
      }});
      pkgs = {{
        inherit lib;
        writeTextDir = path: text: {{ inherit path text; outPath = "/nix/store/x"; }};
        symlinkJoin = {{ paths, ... }}: {{ inherit paths; }};
      }};
      texts = import ./nix/container-configs ({{ inherit pkgs ports services; siteRoot = "/site"; }} // {arguments});
    in lib.mapAttrs (_: config: if config ? text then config.text else builtins.map (part: part.text) config.paths) texts;
  }}"#
    ));
    project.copy_in(&repository().join("nix"), "nix");
    project.copy_in(&repository().join("tests/packages"), "packages");
    eval(project.root(), "shown").unwrap_or_else(|error| panic!("{error}"))
}

const VARIANTS: &[(&str, &str)] = &[
    ("containers", "{ }"),
    ("all in one", "{ host = _: \"127.0.0.1\"; }"),
    ("native", "{ host = _: \"127.0.0.1\"; listen = \"127.0.0.1\"; state = name: \"\\${BT_STATE_DIR}/${name}\"; }"),
];

/// Whether a program accepts a text as its configuration file. `None`, with a line on standard error, when it is missing.
fn accepts(program: &[&str], name: &str, text: &str) -> Option<(bool, String)> {
    if !nix::is_installed(program[0].as_ref()) {
        skipped(&format!("{} is not installed, so {name} is not checked by it", program[0]));
        return None;
    }
    let project = Project::new().with(name, text);
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(project.path(name)).env("HOME", project.root());
    let output = command.output().expect("it runs");
    Some((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// `damage` is what the program has to refuse, so that its consent means something.
#[track_caller]
fn accepted(program: &[&str], config: &str, name: &str, damage: (&str, &str)) {
    for (variant, arguments) in VARIANTS {
        let texts = configurations(arguments);
        let text = texts[config].as_str().unwrap();
        let Some((is_fine, said)) = accepts(program, name, text) else { return };
        assert!(is_fine, "{name} for {variant}: {said}\n{text}");
        assert_eq!(text.matches(damage.0).count().min(1), 1, "{:?} in {name}", damage.0);
        let (is_fine, _) = accepts(program, name, &text.replacen(damage.0, damage.1, 1)).unwrap();
        assert!(!is_fine, "{name} with {:?} is accepted", damage.1);
    }
}

#[test]
fn caddy_accepts_its_configuration() {
    let program = ["caddy", "validate", "--adapter", "caddyfile", "--config"];
    accepted(&program, "frontend", "Caddyfile", ("file_server", "fileserver"));
}

#[test]
fn prometheus_accepts_its_configuration() {
    accepted(&["promtool", "check", "config"], "prometheus", "prometheus.yaml", ("scrape_interval", "scrape-interval"));
}

#[test]
fn other_configurations_are_checked_where_their_programs_are() {
    accepted(&["loki", "-verify-config", "-config.file"], "loki", "loki.yaml", ("server:", "servers:"));
    accepted(&["tempo", "-config.verify=true", "-config.file"], "tempo", "tempo.yaml", ("server:", "servers:"));
    accepted(&["alloy", "validate"], "alloy", "config.alloy", ("logging {", "loggin {"));
}

/// Every number in a configuration file is one of ports.nix, and where programs run side by side none asks for a name.
#[test]
fn addresses_of_programs_that_run_side_by_side() {
    let names = ["backend", "grafana", "loki", "tempo", "prometheus", "pyroscope", "alloy"];
    for (variant, arguments) in VARIANTS {
        let texts = configurations(arguments).to_string();
        let named: Vec<_> = names
            .iter()
            .filter(|name| texts.contains(&format!("{name}:")))
            .filter(|name| {
                texts
                    .match_indices(&format!("{name}:"))
                    .any(|(at, found)| texts[at + found.len()..].starts_with(|c: char| c.is_ascii_digit()))
            })
            .collect();
        assert_eq!(named.is_empty(), *variant != "containers", "{variant}: {named:?}");
        assert_eq!(texts.contains("0.0.0.0"), *variant != "native", "{variant}");
    }
}

#[test]
fn an_unknown_placeholder_is_named() {
    let project = Project::reference();
    project.write("nix/container-configs/loki.yaml", "a: @ports.lokki@\n");
    let checked = check_with(project.root(), &[]);
    assert!(checked.shown().contains("loki.yaml: unknown placeholder @ports.lokki@"), "{}", checked.shown());
}

// What the programs that are not in Debian are told.

/// Reads YAML or INI from standard input, and prints it as JSON. YAML in which a key comes twice is refused, as it is by Go's
/// readers of YAML.
const READER: &str = r#"
import configparser, json, sys, yaml
class Loader(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            sys.exit(f"a key comes twice: {keys}")
        return super().construct_mapping(node, deep)
text = sys.stdin.read()
if sys.argv[1] == "ini":
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    print(json.dumps({name: dict(parser[name]) for name in parser.sections()}))
else:
    print(json.dumps(yaml.load(text, Loader)))
"#;

/// A Python that reads YAML, as docker-compose 1.29 of Debian needs it. `None`, with a line on standard error, without one.
fn python() -> Option<&'static str> {
    let reads = |python: &str| {
        Command::new(python).args(["-c", "import yaml"]).output().is_ok_and(|output| output.status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(|python| reads(python));
    if found.is_none() {
        skipped("no python3 with yaml is installed, so configuration files of programs that are missing are not read");
    }
    found
}

fn read(python: &str, format: &str, text: &str) -> Result<Json, String> {
    let mut command = Command::new(python);
    command.args(["-c", READER, format]);
    let run = bt_tests::process::run(command, text.as_bytes(), bt_tests::process::TIME_LIMIT).expect("it ends");
    if run.code == Some(0) { Ok(serde_json::from_str(&run.stdout).unwrap()) } else { Err(run.stderr) }
}

#[test]
fn files_of_programs_that_are_missing_are_well_formed_and_say_what_the_services_say() {
    let Some(python) = python() else { return };
    let ports = eval(Project::reference().root(), "lib.ports").unwrap();
    for (variant, arguments) in VARIANTS {
        let texts = configurations(arguments);
        let yaml = |name: &str| read(python, "yaml", texts[name].as_str().unwrap()).unwrap();
        let state = |name: &str| match *variant {
            "native" => format!("${{BT_STATE_DIR}}/{name}"),
            _ => format!("/var/lib/{name}"),
        };
        for name in ["loki", "tempo", "pyroscope"] {
            let config = yaml(name);
            let server = &config["server"];
            assert_eq!(server["http_listen_port"], ports[name], "{name}");
            assert_eq!(server["grpc_listen_port"], ports[&format!("{name}Grpc")], "{name}");
            // All that is written lands where the image has a volume.
            let mut written = Vec::new();
            strings(&config, &mut |text| written.extend(text.contains('/').then(|| text.to_string())));
            written.retain(|text| !text.starts_with("http://"));
            assert!(
                !written.is_empty() && written.iter().all(|path| path.starts_with(&state(name))),
                "{name}: {written:?}"
            );
        }
        let receiver = yaml("tempo")["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].take();
        assert!(receiver.as_str().unwrap().ends_with(&format!(":{}", ports["tempoOtlpGrpc"])), "{receiver}");

        let grafana = texts["grafana"].as_array().unwrap();
        let ini = read(python, "ini", grafana[0].as_str().unwrap()).unwrap();
        assert_eq!(ini["server"]["http_port"], json!(ports["grafana"].to_string()));
        let sources = read(python, "yaml", grafana[1].as_str().unwrap()).unwrap();
        for source in sources["datasources"].as_array().unwrap() {
            let name = source["type"].as_str().unwrap().trim_start_matches("grafana-").trim_end_matches("-datasource");
            let port = &ports[name];
            assert!(source["url"].as_str().unwrap().ends_with(&format!(":{port}")), "{source}");
        }
        assert!(read(python, "yaml", grafana[2].as_str().unwrap()).unwrap()["providers"].is_array());
    }
}

fn strings(value: &Json, use_it: &mut impl FnMut(&str)) {
    match value {
        Json::String(text) => use_it(text),
        Json::Array(list) => list.iter().for_each(|value| strings(value, use_it)),
        Json::Object(object) => object.values().for_each(|value| strings(value, use_it)),
        _ => {}
    }
}

#[test]
fn files_that_are_not_well_formed_are_refused() {
    let Some(python) = python() else { return };
    for (format, text) in [("yaml", "a: 1\n b: 2\n"), ("yaml", "a: 1\na: 2\n"), ("ini", "key = 1\n")] {
        read(python, format, text).unwrap_err();
    }
    assert_eq!(read(python, "ini", "[a]\nb = 1\n"), Ok(json!({ "a": { "b": "1" } })));
}
