//! The embedded model: nixpkgs and helper flakes where the real ones are not at hand.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{Checked, check, eval, list, text};
use bt_tests::nix;
use bt_tests::project::{Project, repository};
use serde_json::{Value as Json, json};

fn failures(json: &Json) -> String {
    let line = |f: &Json| format!("  {} {}: {} instead of {}", f["file"], f["name"], f["got"], f["want"]);
    list(json).iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The tests that are written in Nix, in crates/bt-model/nix/tests, with open sets.
#[test]
fn tests_of_the_model() {
    let names: Vec<&str> = bt_model::trees().map(|tree| tree.name).collect();
    let project = Project::copy_of(&repository().join("crates/bt-model/nix/tests")).with(
        "flake.nix",
        format!(
            "{{\n  outputs = {{ self, {} }}@inputs: {{\n    lib.result = import ./run.nix {{\n      source = path: let found = \
             builtins.match \"([^/]+)(/.*)\" path; in import (inputs.${{builtins.elemAt found 0}}.outPath + builtins.elemAt \
             found 1);\n    }};\n  }};\n}}\n",
            names.join(", ")
        ),
    );
    let result = eval(project.root(), "lib.result").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(result, json!([]), "\n{}", failures(&result));
}

/// The tests of flake-parts hold for the real one: its directory is in BT_LINT_FLAKE_PARTS, and that of nixpkgs.lib, which
/// has `lib/`, in BT_LINT_NIXPKGS_LIB.
#[test]
fn tests_of_flake_parts_hold_for_the_real_one() {
    let directory = |name: &str| std::env::var(name).ok();
    let (Some(parts), Some(lib)) = (directory("BT_LINT_FLAKE_PARTS"), directory("BT_LINT_NIXPKGS_LIB")) else {
        return bt_tests::skipped("BT_LINT_FLAKE_PARTS and BT_LINT_NIXPKGS_LIB are not set");
    };
    let run = repository().join("crates/bt-model/nix/tests/run.nix");
    let program = if nix::is_installed("nix26-instantiate".as_ref()) { "nix26-instantiate" } else { "nix-instantiate" };
    let output = nix::command(program)
        .args(["--eval", "--strict", "--json", "--readonly-mode"])
        .arg(run)
        .args(["--arg", "lib", &format!("import {lib}/lib"), "--arg", "flakeParts", &parts])
        .output()
        .expect("Nix runs");
    let result: Json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(result, json!([]), "\n{}", failures(&result));
}

#[track_caller]
fn complete(project: &Project) -> Checked {
    let checked = check(project.root());
    assert_eq!(checked.json["incomplete"], json!([]), "{}", checked.shown());
    checked
}

fn image<'c>(checked: &'c Checked, attr: &str) -> &'c Json {
    list(&checked.json["images"]).iter().find(|image| image["attr"] == attr).expect("the image is found")
}

const PARTS: &str = r#"{
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = inputs@{ flake-parts, ... }: flake-parts.lib.mkFlake { inherit inputs; } {
    systems = [ "x86_64-linux" "aarch64-linux" ];
    imports = [ ./image.nix ];
    OPTIONS
  };
}"#;
const PARTS_IMAGE: &str = r#"{ ... }: {
  perSystem = { pkgs, self', ... }: {
    packages.app = pkgs.hello;
    packages.image = pkgs.dockerTools.buildLayeredImage { name = "app"; tag = "1"; config.Cmd = [ "${self'.packages.app}/bin/hello" ]; };
  };
}"#;

#[test]
fn images_of_flake_parts() {
    let checked = complete(&Project::flake(PARTS.replace("OPTIONS", "")).with("image.nix", PARTS_IMAGE));
    assert_eq!(checked.images(), ["packages.x86_64-linux.image"]);
    let finding = checked.findings.iter().find(|finding| finding.file == "image.nix").expect("a finding in the module");
    assert_eq!(finding.line, 4);
}

/// What the rest of the flake says is checked all the same, and that something is missing is said.
#[test]
fn modules_of_flakes_that_cannot_be_had_are_left_out() {
    let options = "flake-root.projectRootFile = \"x\"; perSystem.just-flake.features.rust.enable = true;";
    let flake = PARTS.replace("OPTIONS", options).replace("imports = [", "imports = [ inputs.flake-root.flakeModule");
    let flake = flake.replacen(
        "  inputs.nixpkgs",
        "  inputs.flake-root.url = \"github:srid/flake-root\";\n  inputs.nixpkgs",
        1,
    );
    let checked = check(Project::flake(&flake).with("image.nix", PARTS_IMAGE).root());
    assert_eq!(checked.images(), ["packages.x86_64-linux.image"]);
    let [missing] = checked.of("BTL004")[..] else { panic!("{}", checked.shown()) };
    assert!(missing.message.starts_with("a module was left out: input 'flake-root'"), "{missing}");
    assert_eq!((missing.file.as_str(), missing.line), ("flake.nix", 7));
    // An option that nobody knows is still a mistake where all modules are there.
    let checked = check(Project::flake(PARTS.replace("OPTIONS", options)).with("image.nix", PARTS_IMAGE).root());
    assert!(checked.of("BTL004")[0].message.contains("does not exist"), "{}", checked.shown());
}

#[test]
fn errors_in_modules_of_flake_parts_are_reported() {
    let wrong = PARTS_IMAGE.replace("packages.app = pkgs.hello", "packages.app = 5");
    let checked = check(Project::flake(PARTS.replace("OPTIONS", "")).with("image.nix", wrong).root());
    assert!(checked.shown().contains("is not of type"), "{}", checked.shown());
}

#[test]
fn evaluated_modules_shown_for_debugging_are_no_packages() {
    let checked = complete(&Project::flake(PARTS.replace("OPTIONS", "debug = true;")).with("image.nix", PARTS_IMAGE));
    assert_eq!(checked.images(), ["packages.x86_64-linux.image"]);
    // An output of that name that holds packages is looked at.
    let packages = "{ inputs.nixpkgs.url = \"github:NixOS/nixpkgs\"; outputs = { self, nixpkgs }: { debug.x86_64-linux.image = \
                    nixpkgs.legacyPackages.x86_64-linux.dockerTools.buildImage { name = \"a\"; tag = \"1\"; }; }; }";
    assert_eq!(complete(&Project::flake(packages)).images(), ["debug.x86_64-linux.image"]);
}

/// A flake with one image of nix2container.
fn nix2container(image: &str) -> Project {
    Project::flake(format!(
        "{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.nix2container.url = \"github:nlewo/nix2container\";\n  \
         outputs = {{ self, nixpkgs, nix2container }}:\n    let\n      pkgs = nixpkgs.legacyPackages.x86_64-linux;\n      n2c = \
         nix2container.packages.x86_64-linux.nix2container;\n    in\n    {{ packages.x86_64-linux.image = {image}; }};\n}}\n"
    ))
}

/// Whether something is said of a shell among the image's packages.
fn sees_a_shell(checked: &Checked) -> bool {
    checked.findings.iter().any(|finding| finding.message.contains("bash"))
}

#[test]
fn images_of_nix2container() {
    let checked = complete(&nix2container(
        "n2c.buildImage { name = \"Reg/App\"; tag = \"1\"; copyToRoot = [ pkgs.bashInteractive ]; config.Cmd = [ \"/bin/x\" ]; }",
    ));
    assert_eq!(checked.images(), ["packages.x86_64-linux.image"]);
    assert_eq!(text(&image(&checked, "packages.x86_64-linux.image")["name"]), "reg/app");
    assert!(sees_a_shell(&checked), "{}", checked.shown());
    // Anyone may have a function of that name in a default.nix.
    let own = nix2container("import ./own { }").with(
        "own/default.nix",
        "{ }: (rec { buildImage = { name }: { inherit name; }; image = buildImage { name = \"x\"; }; }).image",
    );
    assert!(complete(&own).images().is_empty());
}

#[test]
fn layers_of_nix2container() {
    let with_layer = |layer: &str| {
        complete(&nix2container(&format!(
            "n2c.buildImage {{ name = \"app\"; tag = \"1\"; layers = [ ({layer}) ]; config.Cmd = [ \"/bin/x\" ]; }}"
        )))
    };
    assert!(sees_a_shell(&with_layer("n2c.buildLayer { copyToRoot = [ pkgs.bashInteractive ]; }")));
    // What a layer only depends on is in the store, not in the root.
    assert!(!sees_a_shell(&with_layer("n2c.buildLayer { deps = [ pkgs.bashInteractive ]; }")));
    assert!(!sees_a_shell(&with_layer("pkgs.hello // { nestedLayers = [ ]; }")));
}

#[test]
fn files_of_inputs_that_are_no_flakes() {
    let flake = r#"{
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.git-hooks = { url = "github:cachix/git-hooks.nix"; flake = false; };
  outputs = inputs@{ flake-parts, ... }: flake-parts.lib.mkFlake { inherit inputs; } {
    systems = [ "x86_64-linux" ];
    imports = [ (inputs.git-hooks + /flake-module.nix) ];
    perSystem = { config, ... }: { packages.shell = config.pre-commit.devShell; };
  };
}"#;
    complete(&Project::flake(flake));
    let checked = check(Project::flake(flake.replace("flake-module.nix", "surely.nix")).root());
    assert!(checked.shown().contains("surely.nix"), "{}", checked.shown());
}

#[test]
fn archives_of_what_the_model_knows() {
    let flake = |url: &str| {
        Project::flake(format!(
            "{{ inputs.pkgs.url = \"{url}\"; outputs = {{ self, pkgs }}: {{ packages.x86_64-linux.image = \
             pkgs.legacyPackages.x86_64-linux.dockerTools.buildImage {{ name = \"a\"; tag = \"1\"; }}; }}; }}"
        ))
    };
    let known = complete(&flake("https://github.com/NixOS/nixpkgs/archive/nixos-26.05.tar.gz"));
    assert_eq!(known.images(), ["packages.x86_64-linux.image"]);
    assert!(!check(flake("https://example.org/nixpkgs-26.05.tar.gz").root()).findings.is_empty());
}

#[test]
fn only_what_is_used_is_loaded() {
    let notices = |inputs: &str| {
        let flake = format!("{{ {inputs} outputs = inputs: {{ packages = {{ }}; }}; }}");
        let checked = check(Project::flake(flake).root());
        list(&checked.json["notices"]).iter().map(|notice| text(notice).to_string()).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(notices(""), "");
    let shown = notices("inputs.crane.url = \"github:ipetkov/crane\";");
    assert!(shown.starts_with("crane is not"), "{shown}");
}
