//! The containers in `containers/` are known and judged alike with every collection of packages: the model, one in the
//! manner of nixpkgs, and the real ones that `BT_LINT_COLLECTION` names (see `collections.rs`).
//!
//! Where a real nixpkgs differs by right, docs/images.md says so.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{Checked, check_with};
use bt_tests::containers::facts;
use bt_tests::project::{Project, repository};
use std::path::{Path, PathBuf};

/// Where dockerTools are in a collection.
const DOCKER_TOOLS: &str = "pkgs/build-support/docker/default.nix";

fn containers() -> Project {
    Project::copy_of(&repository().join("tests/containers"))
}

fn like_nixpkgs() -> PathBuf {
    repository().join("tests/collections/nixpkgs-like")
}

fn check(project: &Project, nixpkgs: Option<&Path>) -> Checked {
    let path = nixpkgs.map(|path| path.to_str().expect("a plain path"));
    check_with(project.root(), &path.map(|path| ("nixpkgs", path)).into_iter().collect::<Vec<_>>())
}

/// Lines that only one side has, with a sign each.
fn difference(left: &[String], right: &[String]) -> String {
    let only = |lines: &[String], others: &[String], sign: &str| {
        lines.iter().filter(|line| !others.contains(line)).map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    only(left, right, "-") + &only(right, left, "+")
}

#[track_caller]
fn assert_alike(project: &Project, nixpkgs: &Path) {
    let (model, _) = facts(project.root(), None);
    let (real, _) = facts(project.root(), Some(nixpkgs));
    assert!(
        model == real,
        "facts with the model (-) and with {} (+):\n{}",
        nixpkgs.display(),
        difference(&model, &real)
    );
    let shown = |checked: Checked| checked.findings.iter().map(|f| format!("{f} [{}] {}", f.attr, f.help)).collect();
    let (model, real): (Vec<String>, Vec<String>) = (shown(check(project, None)), shown(check(project, Some(nixpkgs))));
    assert!(
        model == real && !model.is_empty(),
        "findings with the model (-) and with {} (+):\n{}",
        nixpkgs.display(),
        difference(&model, &real)
    );
}

#[test]
fn a_collection_in_the_manner_of_nixpkgs() {
    assert_alike(&containers(), &like_nixpkgs());
}

#[test]
fn real_collections() {
    let folders = std::env::var_os("BT_LINT_COLLECTION");
    let folders: Vec<PathBuf> = folders.map(|folders| std::env::split_paths(&folders).collect()).unwrap_or_default();
    if folders.is_empty() {
        bt_tests::skipped(
            "BT_LINT_COLLECTION names no collection of packages, so containers are not compared with one",
        );
    }
    for folder in folders {
        let Ok(docker_tools) = std::fs::read_to_string(folder.join(DOCKER_TOOLS)) else {
            bt_tests::skipped(&format!("{} has no dockerTools", folder.display()));
            continue;
        };
        let project = containers();
        if !docker_tools.contains("streamLayeredImage") {
            // Before 18.09.
            project.write("layered.nix", "{ ... }: { }\n");
        }
        let folder = folder.canonicalize().unwrap();
        assert_alike(&project, &folder);
        // What an image without a tag is called is up to the collection.
        let is_old = docker_tools.contains("tag ? \"latest\"");
        let (builder, tag) = if is_old { ("buildImage", "latest") } else { ("buildLayeredImage", "<hash>") };
        project.write("compose.nix", "{ images, ... }: { services.app.image = images.app.imageName; }\n");
        project.write(
            "images.nix",
            format!("{{ pkgs }}: {{ app = pkgs.dockerTools.{builder} {{ name = \"app\"; }}; }}\n"),
        );
        project.write("layered.nix", "{ ... }: { }\n");
        let (lines, _) = facts(project.root(), Some(&folder));
        assert_eq!(lines[0], format!("app: {builder} app:{tag} at images.nix:1"));
    }
}

/// What is compared above is what is in the files.
#[test]
fn facts_are_those_of_the_files() {
    let (lines, _) = facts(containers().root(), Some(&like_nixpkgs()));
    for line in [
        "server: buildImage server:2.0 at images.nix:26 packages.x86_64-linux.exported.fromImage",
        "server: tag = \"2.0\" at images.nix:28",
        "server: config.Cmd[0] = \"<start>/bin/start\" at images.nix:31",
        "derived: fromImage = a derivation at images.nix:63",
        "derived: holds coreutils: unknown files at images.nix:66",
        "environment: holds bash: unknown files at images.nix:93",
        "joined: holds changed-programs: the union of [jq: unknown files] and a script at images.nix:102",
        "broken: config.Env[0] = Failed at images.nix:136",
        "stream: streamLayeredImage stream:latest at layered.nix:24",
        "layered: buildLayeredImage layered:1 at layered.nix:12 packages.x86_64-linux.merged.images[0]",
        "changed: tag = \"2\" at layered.nix:76",
        "withDatabase: buildImageWithNixDb with-database:1 at layered.nix:47",
        "pulled: pullImage alpine:latest at layered.nix:79",
        "pulled: contents unknown",
        "shell: config.User = \"1000:1000\"",
        "builtShell: config.User = \"0:1000\" at layered.nix:103",
        "untagged: buildLayeredImage untagged:<hash> at layered.nix:95",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line:?} is not among\n{}", lines.join("\n"));
    }
}

/// A configuration is known without the derivation that it is in, and an image without the one that it is built on.
#[test]
fn images_themselves_are_not_computed() {
    let image = |more: &str| {
        Project::flake(format!(
            "{{\n  inputs.nixpkgs = {{ url = \"github:NixOS/nixpkgs\"; flake = false; }};\n  outputs = {{ self, nixpkgs }}:\n    let\n      \
             pkgs = import nixpkgs {{ system = \"x86_64-linux\"; }};\n    in\n    {{\n      packages.x86_64-linux.app = \
             pkgs.dockerTools.buildLayeredImage {{\n        name = \"app\";\n        fromImage = \
             pkgs.dockerTools.buildImage {{ name = \"base\"; contents = pkgs.jq; }};\n        config.Cmd = [ \"app\" ];\n        {more}\n      }};\n    }};\n}}\n"
        ))
    };
    let (lines, derivations) = facts(image("").root(), Some(&like_nixpkgs()));
    assert_eq!((derivations, lines[0].as_str()), (0, "app: buildLayeredImage app:? at flake.nix:8"), "{lines:#?}");
    // One that is in it is.
    let (_, derivations) = facts(image("contents = [ pkgs.jq ];").root(), Some(&like_nixpkgs()));
    assert_eq!(derivations, 1);
}
