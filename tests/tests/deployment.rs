//! The reference deployment beyond its findings (those are in broken.rs): it holds under every rule, other flakes can use
//! its functions, and real Nix evaluates it to the same.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{Checked, check_with, eval, eval_with};
use bt_tests::project::{Project, repository};
use bt_tests::{nix, program, skipped};
use serde_json::Value as Json;

fn path_of(name: &str) -> String {
    format!("path:{}", repository().join(name).display())
}

// Every rule.

fn strict(project: &Project) -> bt_tests::process::Run {
    let all = ["flake.nix", "--nixpkgs", "model", "--offline", "--select", "ALL", "--fail-on", "info"];
    program!().run(project.root(), &all)
}

#[test]
fn every_rule_finds_nothing_in_the_deployment() {
    let configuration = std::fs::read_to_string(repository().join("bt-lint.toml")).unwrap();
    strict(&Project::reference().with("bt-lint.toml", configuration)).expect(0).says("9 images");
    // Nobody is trusted without it.
    let run = strict(&Project::reference()).expect(1);
    assert!(run.stdout.contains("SUP002 untrusted-input-owner"), "{}", run.shown());
}

/// `bt-lint.toml` says how old the lock may get, for as long as .github/workflows/update-inputs.yaml has had its chance.
#[test]
fn the_lock_may_get_as_old_as_the_configuration_says() {
    let configuration = std::fs::read_to_string(repository().join("bt-lint.toml")).unwrap();
    let project = Project::reference().with("bt-lint.toml", configuration);
    let lock: Json = serde_json::from_str(&project.read("flake.lock")).unwrap();
    let locked = lock["nodes"]["nixpkgs"]["locked"]["lastModified"].as_u64().unwrap();
    let check = |days: u64| {
        let date = (locked + days * 24 * 60 * 60).to_string();
        let arguments = ["flake.nix", "--offline", "--select", "FLK005", "--fail-on", "info"];
        program!().run_in(project.root(), &arguments, &[("SOURCE_DATE_EPOCH", &date)])
    };
    check(90).expect(0);
    assert!(check(91).expect(1).stdout.contains("FLK005 stale-nixpkgs"));
}

/// The workflow updates them together; an application on its own is then what it is in the deployment.
#[test]
fn applications_lock_what_the_deployment_locks() {
    let nodes = |file: &str| -> Json {
        serde_json::from_str::<Json>(&std::fs::read_to_string(repository().join(file)).unwrap()).unwrap()["nodes"]
            .take()
    };
    let all = nodes("flake.lock");
    for name in ["backend", "frontend", "grafana-plugin", "probe"] {
        let own = nodes(&format!("nix/apps/{name}/flake.lock"));
        for input in ["nixpkgs", "flake-utils", "systems"] {
            assert_eq!(own[input], all[input], "{name}: {input}");
        }
    }
}

// Use by other flakes: the examples of nix/lib/README.md.

fn example(name: &str) -> Project {
    let text = std::fs::read_to_string(repository().join("nix/lib/README.md")).unwrap();
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n```nix\n")).expect("an example");
    let (flake, _) = rest.split_once("```\n").expect("its end");
    Project::flake(flake).with("prometheus.yaml", "scrape_configs: []\n").with("site/index.html", "<p>A shop.</p>\n")
}

fn used(project: &Project) -> Checked {
    let deployment = Project::reference();
    let checked = check_with(project.root(), &[("bt-lint", &format!("path:{}", deployment.root_text()))]);
    assert_eq!(checked.json["incomplete"], serde_json::json!([]), "{}", checked.shown());
    checked
}

#[test]
fn examples_are_clean() {
    for (name, images) in [("functions", vec!["metrics", "site"]), ("module", vec!["metrics"])] {
        let project = example(name);
        let checked = used(&project);
        // Nothing is locked, which is not for the functions to say.
        assert_eq!(checked.places(), ["flake.nix:2 FLK001"], "{name}:\n{}", checked.shown());
        let attrs: Vec<String> = images.iter().map(|name| format!("packages.x86_64-linux.container-{name}")).collect();
        assert_eq!(checked.images(), attrs);
        let deployment = Project::reference();
        let input = format!("path:{}", deployment.root_text());
        let mut arguments = vec!["flake.nix", "--nixpkgs", "model", "--offline", "--override-input", "bt-lint", &input];
        arguments.extend(["--select", "CFG,CNT,IMG,CMP", "--fail-on", "info"]);
        let said = format!("{} compose file with", if name == "module" { "1 image, 1" } else { "2 images, 1" });
        program!().run(project.root(), &arguments).expect(0).says(&said);
    }
}

/// A mistake in a service's description is found in the description, although the functions are another flake's.
#[test]
fn mistakes_are_found_where_they_are_written() {
    let edits = [
        (
            "functions",
            "Cmd = [\n                  \"${pkgs.caddy}/bin/caddy\"\n                  \"file-server\"\n                  \"--listen=:8080\"\n                  \"--root=${./site}\"\n                ];",
            "Cmd = \"caddy file-server\";",
            "CFG005",
            "Cmd = \"caddy",
        ),
        ("functions", "\"${pkgs.caddy}/bin/caddy\"", "\"caddy\"", "CFG006", "\"caddy\""),
        ("functions", "Env = [\n", "User = \"root\";\n                Env = [\n", "CFG001", "User = \"root\""),
        (
            "functions",
            "\"XDG_DATA_HOME=/tmp\"",
            "\"XDG_DATA_HOME=/tmp\" \"API_TOKEN=4c1f9a0e7d\"",
            "CFG019",
            "API_TOKEN",
        ),
        ("functions", "after.metrics =", "after.metric =", "CMP003", "after.metric ="),
        ("functions", "published = [ 8080 ];", "published = [ 8081 ];", "CMP007", "published = [ 8081 ]"),
        (
            "functions",
            "ready.port = 8080;",
            "health = [ \"curl\" \"http://127.0.0.1:8080\" ];",
            "CFG017",
            "health = [ \"curl\"",
        ),
        ("functions", "version = \"1.4.0\";", "version = \"latest\";", "IMG001", "packages.${system} ="),
        ("module", "config.Cmd = [", "config.User = \"0\";\n              config.Cmd = [", "CFG001", "config.User"),
    ];
    let mut wrong = Vec::new();
    for (name, find, replace, code, text) in edits {
        let project = example(name);
        let flake = project.read("flake.nix");
        assert_eq!(flake.matches(find).count(), 1, "{find:?} in example {name}");
        let flake = flake.replace(find, replace);
        let line = 1 + flake[..flake.find(text).expect(text)].matches('\n').count();
        project.write("flake.nix", flake);
        let place = format!("flake.nix:{line} {code}");
        let checked = used(&project);
        if !checked.places().contains(&place) {
            wrong.push(format!("{place} is missing in\n{}", checked.shown()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The module is compared with Nix under the real flake-parts: its directory is in BT_LINT_FLAKE_PARTS, and that of
/// nixpkgs.lib in BT_LINT_NIXPKGS_LIB.
#[test]
fn the_module_works_with_the_real_flake_parts() {
    let directory = |name: &str| std::env::var(name).ok();
    let (Some(parts), Some(lib)) = (directory("BT_LINT_FLAKE_PARTS"), directory("BT_LINT_NIXPKGS_LIB")) else {
        return skipped(
            "BT_LINT_FLAKE_PARTS and BT_LINT_NIXPKGS_LIB are not set, so the module is tried with the model of flake-parts only",
        );
    };
    let deployment = Project::reference();
    let inputs = format!(
        "flake-parts = {{ url = \"path:{parts}\"; inputs.nixpkgs-lib.url = \"path:{lib}\"; }};\n    flake-utils.url = \"{}\";\n",
        path_of("tests/packages/flake-utils")
    );
    let project = example("module");
    let flake = project.read("flake.nix");
    let flake = flake
        .replace("github:NixOS/nixpkgs/nixos-26.05", &path_of("tests/packages"))
        .replace("flake-parts.url = \"github:hercules-ci/flake-parts\";", &inputs)
        .replace("github:betrace-hq/bt-lint", &format!("path:{}", deployment.root_text()))
        .replace("inputs.nixpkgs.follows = \"nixpkgs\";", "inputs.nixpkgs.follows = \"nixpkgs\"; inputs.flake-utils.follows = \"flake-utils\";")
        .replace("systems = [", "flake.shown = builtins.mapAttrs (_: package: package.drvPath) inputs.self.packages.x86_64-linux;\n      systems = [");
    project.write("flake.nix", flake);
    let Some(theirs) = nix::path_attribute(project.root(), "shown") else { return };
    let names: Vec<&String> = theirs.as_object().unwrap().keys().collect();
    assert_eq!(names, ["container-metrics", "containers-all", "docker-compose", "docker-compose-json"]);
    let (parts, lib, packages) = (format!("path:{parts}"), format!("path:{lib}"), path_of("tests/packages"));
    let overrides = [("flake-parts", parts.as_str()), ("flake-parts/nixpkgs-lib", &lib), ("nixpkgs", &packages)];
    let ours = eval_with(project.root(), "shown", &overrides).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ours, theirs);
}

/// What cannot work is said in the words of whoever describes a service.
#[test]
fn a_service_without_a_way_to_tell_whether_it_is_well() {
    let project = example("functions");
    project.write("flake.nix", project.read("flake.nix").replace("ready.port = 8080;", ""));
    let deployment = Project::reference();
    let input = format!("path:{}", deployment.root_text());
    let checked = check_with(project.root(), &[("bt-lint", &input)]);
    assert!(checked.shown().contains("service site has neither `ready`"), "{}", checked.shown());
}

// Real Nix.

/// All that the flake offers, as strings, with packages for tests in the place of nixpkgs.
fn all_outputs() -> Project {
    let deployment = Project::reference();
    let project = Project::flake(
        r#"{
  inputs.nixpkgs.url = "PACKAGES";
  inputs.flake-utils.url = "PACKAGES/flake-utils";
  inputs.deployment = {
    url = "path:./deployment";
    inputs.nixpkgs.follows = "nixpkgs";
    inputs.flake-utils.follows = "flake-utils";
  };
  outputs = { self, nixpkgs, flake-utils, deployment }:
    let
      inherit (builtins) attrNames isFunction mapAttrs;
      derivations = mapAttrs (_: mapAttrs (_: package: package.drvPath));
    in
    {
      shown = {
        names = attrNames (removeAttrs deployment [ "_type" "inputs" "lastModified" "lastModifiedDate" "narHash" "outPath" "outputs" "sourceInfo" ]);
        packages = derivations deployment.packages;
        checks = derivations deployment.checks;
        devShells = derivations deployment.devShells;
        formatter = mapAttrs (_: package: package.drvPath) deployment.formatter;
        apps = mapAttrs (_: mapAttrs (_: app: { inherit (app) type program; })) deployment.apps;
        lib = mapAttrs (_: isFunction) deployment.lib;
        inherit (deployment.lib) ports;
        module = isFunction deployment.flakeModules.default;
        overlay = (deployment.overlays.default nixpkgs.legacyPackages.x86_64-linux { }).bt-lint.drvPath;
      };
    };
}
"#
        .replace("PACKAGES", &path_of("tests/packages")),
    );
    for name in ["flake.nix", "flake.lock", "Cargo.toml"] {
        project.write(&format!("deployment/{name}"), deployment.read(name));
    }
    project.copy_in(&deployment.path("nix"), "deployment/nix");
    project
}

#[test]
fn all_outputs_are_those_of_nix() {
    let project = all_outputs();
    let (packages, utils) = (path_of("tests/packages"), path_of("tests/packages/flake-utils"));
    let ours = eval_with(project.root(), "shown", &[("nixpkgs", &packages), ("flake-utils", &utils)]);
    let ours = ours.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ours["packages"]["x86_64-linux"].as_object().unwrap().len(), 20);
    assert_eq!(ours["packages"].as_object().unwrap().len(), 4);
    assert_eq!(ours["ports"], eval(Project::reference().root(), "lib.ports").unwrap());
    if let Some(theirs) = nix::path_attribute(project.root(), "shown") {
        assert_eq!(ours, theirs);
    }
}

/// Each output, as a function of it that gives what can be compared.
const OUTPUTS: [(&str, &str); 8] = [
    ("apps", "builtins.mapAttrs (_: builtins.mapAttrs (_: app: { inherit (app) type program; }))"),
    ("checks", DERIVATIONS),
    ("devShells", DERIVATIONS),
    ("flakeModules", "builtins.mapAttrs (_: builtins.isFunction)"),
    ("formatter", "builtins.mapAttrs (_: package: package.drvPath)"),
    ("lib", "lib: builtins.mapAttrs (_: builtins.isFunction) lib // { inherit (lib) ports; }"),
    ("overlays", "builtins.mapAttrs (_: overlay: builtins.attrNames (overlay { } { }))"),
    ("packages", DERIVATIONS),
];

const DERIVATIONS: &str = "builtins.mapAttrs (_: builtins.mapAttrs (_: package: package.drvPath))";

/// Nix before 2.26 refuses locks of directories of the flake (`lockfile contains mutable lock`), and locks them itself.
fn without_directories(lock: &str) -> String {
    let mut lock: Json = serde_json::from_str(lock).unwrap();
    let nodes = lock["nodes"].as_object_mut().unwrap();
    let named: Vec<String> =
        nodes.iter().filter(|(_, node)| node.get("parent").is_some()).map(|(n, _)| n.clone()).collect();
    assert_eq!(named, ["backend", "frontend", "grafana-plugin", "probe"]);
    for name in named {
        nodes.remove(&name);
        nodes["root"]["inputs"].as_object_mut().unwrap().remove(&name);
    }
    serde_json::to_string_pretty(&lock).unwrap() + "\n"
}

/// Every output for every system, with nothing around the flake, by Nix 2.8 and 2.26.
#[test]
fn each_output_is_that_of_nix_2_8_and_2_26() {
    let overrides = [("nixpkgs", path_of("tests/packages")), ("flake-utils", path_of("tests/packages/flake-utils"))];
    for program in ["nix", "nix26"] {
        let project = Project::reference();
        if program == "nix" {
            project.write("flake.lock", without_directories(&project.read("flake.lock")));
        }
        let Some(shown) = nix::flake_show(program, project.root(), &overrides) else { continue };
        let names: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, OUTPUTS.map(|(name, _)| name), "{program}");
        for (output, apply) in OUTPUTS {
            let theirs = nix::flake_attribute_applied(program, project.root(), output, apply, &overrides).unwrap();
            // The same function of the same flake: what bt-lint has in the place of --apply is a flake around it.
            let around = Project::flake(format!(
                "{{ inputs.flake.url = \"path:{}\"; outputs = {{ self, flake }}: {{ shown = ({apply}) flake.{output}; }}; }}\n",
                project.root_text()
            ));
            let overrides = overrides.each_ref().map(|(name, reference)| (format!("flake/{name}"), reference));
            let overrides = overrides.each_ref().map(|(name, reference)| (name.as_str(), reference.as_str()));
            let ours =
                eval_with(around.root(), "shown", &overrides).unwrap_or_else(|error| panic!("{output}: {error}"));
            assert_eq!(ours, theirs, "{program}: {output}");
            for system in ["x86_64-linux", "aarch64-darwin"] {
                assert_eq!(
                    theirs.get(system).is_some(),
                    !["flakeModules", "lib", "overlays"].contains(&output),
                    "{output}"
                );
            }
        }
    }
}

// All in one.

/// What process-compose is told: it needs no shell, and waits for what is there.
#[test]
fn all_in_one_needs_no_shell() {
    let project = Project::outputs(
        r#"{
    shown = let
      lib = import ./packages/lib;
      ports = import ./nix/ports.nix;
      pkgs = {
        inherit lib;
        writeText = _: text: text;
        writeTextDir = _: text: text;
        linkFarm = _: _: "/plugins";
        dockerTools = { buildLayeredImage = image: image; caCertificates = "/ca"; };
        cacert = "/cacert"; tzdata = "/tzdata"; process-compose = "/process-compose"; caddy = "/caddy"; grafana = "/grafana";
        grafana-loki = "/loki"; tempo = "/tempo"; prometheus = "/prometheus"; pyroscope = "/pyroscope"; grafana-alloy = "/alloy";
      };
      configs = lib.genAttrs [ "frontend" "grafana" "loki" "tempo" "prometheus" "pyroscope" "alloy" ] (name: "/${name}-config");
      services = import ./nix/services.nix { inherit pkgs ports configs; backend = "/backend"; grafana-plugin = "/plugin"; };
      images = import ./nix/containers.nix {
        inherit pkgs ports services;
        localServices = services; version = "1"; revision = "r"; probe = "/probe";
      };
    in { inherit (images.all-in-one) config; inherit services; };
  }"#,
    );
    project.copy_in(&repository().join("nix"), "nix");
    project.copy_in(&repository().join("tests/packages"), "packages");
    let shown = eval(project.root(), "shown").unwrap_or_else(|error| panic!("{error}"));
    let strings =
        |list: &Json| -> Vec<String> { list.as_array().unwrap().iter().map(|s| s.as_str().unwrap().into()).collect() };
    let command = strings(&shown["config"]["Cmd"]);
    let config: Json =
        command.iter().find_map(|a| a.strip_prefix("--config=")).map(|t| serde_json::from_str(t).unwrap()).unwrap();
    let processes = config["processes"].as_object().unwrap();
    assert_eq!(processes.len(), 8);
    let health = strings(&shown["config"]["Healthcheck"]["Test"]);
    for (name, process) in processes {
        assert!(process.get("command").is_none() && !strings(&process["entrypoint"]).is_empty(), "{name}: {process}");
        assert!(process["readiness_probe"].get("exec").is_none(), "{name}: {process}");
        for after in process["depends_on"].as_object().unwrap().keys() {
            assert!(processes.contains_key(after), "{name} waits for {after}");
        }
        let get = &process["readiness_probe"]["http_get"];
        let url = format!("http://127.0.0.1:{}{}", get["port"], get["path"].as_str().unwrap());
        assert!(health.contains(&url), "{url} of {name} is not in {health:?}");
    }
    assert_eq!(shown["config"]["User"], "10000:10000");
    assert_eq!(shown["config"]["Volumes"].as_object().unwrap().len(), 6);
}
