//! How checking grows with a flake: 500, 1 000 and 2 000 images, services, both, and remarks that ignore findings.
//!
//! `cargo run --release -p bt-benches --bin scale [PROGRAM]` prints a table of time and memory of whole processes for the
//! bt-lint that PROGRAM is, usually `target/release/bt-lint`. Nothing fails because of a time: the table is for people.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it writes flakes to a temporary directory")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use wait4::Wait4;

const SIZES: [usize; 3] = [500, 1000, 2000];

const LOCK: &str = r#"{ "nodes": { "nixpkgs": { "locked": { "lastModified": 1790450978,
  "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=", "owner": "NixOS", "repo": "nixpkgs",
  "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3", "type": "github" },
  "original": { "owner": "NixOS", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github" } },
  "root": { "inputs": { "nixpkgs": "nixpkgs" } } }, "root": "root", "version": 7 }"#;

/// Images, each with a set of its own and flaws of its own.
fn images(count: usize, remark: &str) -> String {
    let image = |i: usize| {
        format!(
            "app{i} = pkgs.dockerTools.buildLayeredImage {{{remark}\n  name = \"app{i}\"; tag = \"latest\";\n  \
             contents = [ pkgs.bashInteractive pkgs.coreutils ];\n  config = {{\n    Cmd = \"/bin/nothing\";{remark}\n    \
             ExposedPorts.\"{i}\" = {{ }};\n    Env = [ \"PORT={i}\" \"API_TOKEN=t{i}\" ];{remark}\n  }};\n}};\n"
        )
    };
    (0..count).map(image).collect()
}

/// Images that a helper makes of one configuration.
fn shared(count: usize) -> String {
    format!(
        "inherit (builtins.listToAttrs (builtins.genList (i: rec {{ name = \"app${{toString i}}\"; value = \
         pkgs.dockerTools.buildLayeredImage {{ inherit name; tag = \"latest\"; config = shared; }}; }}) {count})) {};\n",
        (0..count).map(|i| format!("app{i} ")).collect::<String>()
    )
}

/// A compose file of services that run the images.
fn services(count: usize) -> String {
    let service = |i: usize| {
        format!(
            "s{i} = {{ image = \"app{i}:latest\"; privileged = true; ports = [ \"{i}:80\" ]; depends_on = [ \"s{0}\" ];\n  \
             environment.DB_PASSWORD = \"p{i}\"; environment.HOST = \"http://s{0}:80\"; volumes = [ \"./d{i}:/d\" ]; }};\n",
            i + 1
        )
    };
    let services: String = (0..count).map(service).collect();
    format!(
        "compose = (pkgs.formats.yaml {{ }}).generate \"docker-compose.yaml\" {{ services = {{\n{services}}}; }};\n"
    )
}

fn write(folder: &Path, outputs: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("flake.lock"), LOCK)?;
    let text = format!(
        "{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-26.05\";\n  outputs = {{ self, nixpkgs }}: let\n  pkgs = \
         nixpkgs.legacyPackages.x86_64-linux;\n  shared = {{ Cmd = \"/bin/nothing\"; WorkingDir = \"data\"; }};\nin {{ \
         packages.x86_64-linux = {{\n{outputs}}}; }};\n}}\n"
    );
    std::fs::write(folder.join("flake.nix"), text)
}

/// Milliseconds and MiB.
fn measure(program: &Path, arguments: &[&str], folder: &Path) -> Option<(f64, f64)> {
    let common = ["check", "--offline", "--nixpkgs", "model", "--system", "x86_64-linux"];
    let started = Instant::now();
    let mut command = Command::new(program);
    command.args(common).args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let result = command.spawn().ok()?.wait4().ok()?;
    Some((started.elapsed().as_secs_f64() * 1000.0, result.rusage.maxrss as f64 / 1_048_576.0))
}

/// A flake.nix of some size.
type Flake = fn(usize) -> String;

fn main() -> ExitCode {
    let program = std::env::args()
        .nth(1)
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/release/bt-lint"), PathBuf::from);
    let Ok(program) = program.canonicalize() else {
        eprintln!("usage: scale [PROGRAM]; '{}' is not there", program.display());
        return ExitCode::FAILURE;
    };
    let root = std::env::temp_dir().join(format!("bt-scale-{}", std::process::id()));
    let flakes: [(&str, Flake); 5] = [
        ("images", |n| images(n, "")),
        ("images of a helper", shared),
        ("services", services),
        ("images and services", |n| images(n, "") + &services(n)),
        ("images with remarks", |n| images(n, " # bt-lint: ignore[CFG001, CFG019] on purpose")),
    ];
    let formats: [&[&str]; 6] = [
        &["--format", "concise"],
        &["--format", "full"],
        &["--format", "json"],
        &["--format", "sarif"],
        &["--format", "junit"],
        &["--diff", "--fix=unsafe"],
    ];
    println!("| flake | asked | {} |\n|---|---|---|---|---|", SIZES.map(|size| size.to_string()).join(" | "));
    for (name, outputs) in flakes {
        let folders = SIZES.map(|size| root.join(format!("{}-{size}", name.replace(' ', "-"))));
        if folders.iter().zip(SIZES).any(|(folder, size)| write(folder, &outputs(size)).is_err()) {
            eprintln!("cannot write to {}", root.display());
            return ExitCode::FAILURE;
        }
        for arguments in formats {
            let cells = folders.each_ref().map(|folder| match measure(&program, arguments, folder) {
                Some((time, memory)) => format!("{time:.0} ms, {memory:.0} MiB"),
                None => "-".into(),
            });
            println!("| {name} | {} | {} |", arguments.join(" "), cells.join(" | "));
        }
    }
    // What is left in a temporary directory is no failure.
    let _ = std::fs::remove_dir_all(&root);
    ExitCode::SUCCESS
}
