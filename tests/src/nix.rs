//! Real Nix, where it is installed. Evaluation only: no daemon, no network.

use crate::process;
use serde_json::Value as Json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Features of Nix that bt-lint has on at all times, for `--option experimental-features`.
pub const FEATURES: &str = "ca-derivations impure-derivations";

thread_local! {
    static STATE: TempDir = tempfile::tempdir().expect("a temporary directory");
}

/// A command of Nix that keeps its state in a directory that no other thread uses: two of them that are the first to
/// use one get into each other's way (`creating symlink from …/gcroots/profiles: File exists`).
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("NIX_PATH", "");
    STATE.with(|state| command.env("NIX_STATE_DIR", state.path()));
    command
}

/// Evaluates with `nix-instantiate --eval --strict --json`. `None`, with a line on standard error, when Nix is missing.
pub fn instantiate(expression: &str) -> Option<Json> {
    let mut command = command("nix-instantiate");
    command.args(["--eval", "--strict", "--json", "--expr", expression]);
    json(command)
}

/// Evaluates an output of a flake in a git repository, with the first of the commands `nix26` and `nix` that knows dirty
/// revisions. `None`, with a line on standard error, when there is none.
pub fn repository_attribute(directory: &Path, attr: &str) -> Option<Json> {
    if !is_installed("nix26".as_ref()) {
        crate::skipped("Nix 2.26 is not installed as 'nix26', so this is not compared with real Nix");
        return None;
    }
    flake_attribute_with("nix26", &format!("git+file://{}#{attr}", directory.display()))
}

/// Evaluates an output of a flake in a directory with Nix 2.26, which knows inputs that are directories of a flake. `None`,
/// with a line on standard error, when it is missing.
pub fn path_attribute(directory: &Path, attr: &str) -> Option<Json> {
    if !is_installed("nix26".as_ref()) {
        crate::skipped("Nix 2.26 is not installed as 'nix26', so this is not compared with real Nix");
        return None;
    }
    flake_attribute_with("nix26", &format!("path:{}#{attr}", directory.display()))
}

/// Evaluates an output of a flake in a directory. `None`, with a line on standard error, when Nix is missing.
pub fn flake_attribute(directory: &Path, attr: &str) -> Option<Json> {
    flake_attribute_with("nix", &format!("path:{}#{attr}", directory.display()))
}

/// Evaluates an output of a flake in a directory with the command `program` and with other flakes for some of its inputs.
/// `None`, with a line on standard error, when Nix is missing.
pub fn flake_attribute_over(program: &str, directory: &Path, attr: &str, overrides: &[(&str, String)]) -> Option<Json> {
    over(program, &["eval", "--json", &format!("path:{}#{attr}", directory.display())], overrides)
}

/// The same, of what the function `apply` makes of the output.
pub fn flake_attribute_applied(
    program: &str,
    directory: &Path,
    attr: &str,
    apply: &str,
    overrides: &[(&str, String)],
) -> Option<Json> {
    let target = format!("path:{}#{attr}", directory.display());
    over(program, &["eval", "--json", &target, "--apply", apply], overrides)
}

/// What `flake show` says of a flake, which is that its outputs can be evaluated and what they are. `None`, with a line on
/// standard error, when Nix is missing.
pub fn flake_show(program: &str, directory: &Path, overrides: &[(&str, String)]) -> Option<Json> {
    over(program, &["flake", "show", "--json", &format!("path:{}", directory.display())], overrides)
}

fn over(program: &str, arguments: &[&str], overrides: &[(&str, String)]) -> Option<Json> {
    let overrides = overrides.iter().flat_map(|(input, reference)| ["--override-input", input, reference]);
    in_own_store(program, &arguments.iter().copied().chain(overrides).collect::<Vec<_>>())
}

/// Evaluates an expression that fetches what is on this machine, with Nix 2.26 and impurely. `None`, with a line on
/// standard error, when Nix is missing.
pub fn fetched(expression: &str) -> Option<Json> {
    in_own_store("nix26", &["eval", "--json", "--impure", "--expr", expression])
}

fn flake_attribute_with(program: &str, target: &str) -> Option<Json> {
    in_own_store(program, &["eval", "--json", target])
}

fn in_own_store(program: &str, arguments: &[&str]) -> Option<Json> {
    let state = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new(program);
    command.args(["--extra-experimental-features", "nix-command flakes", "--store"]);
    // A store of its own: nothing of this machine's may matter, and nothing is left behind.
    command.arg(state.path().join("store"));
    command.args(arguments).args(["--offline", "--no-write-lock-file"]);
    command.env("HOME", state.path()).env("NIX_STATE_DIR", state.path().join("state"));
    let value = json(command);
    // Store paths are read-only, and could not be removed.
    let _ = Command::new("chmod").args(["-R", "u+w"]).arg(state.path()).status();
    value
}

/// The derivations of an expression as `nix show-derivation` prints them. `None`, with a line on standard error, when Nix
/// is missing.
pub fn show_derivation(expression: &str) -> Option<Json> {
    let state = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new("nix");
    command.args(["--extra-experimental-features", &format!("nix-command {FEATURES}"), "--store"]);
    command.arg(state.path().join("store")).args(["show-derivation", "--expr", expression]);
    command.env("HOME", state.path()).env("NIX_STATE_DIR", state.path().join("state"));
    let value = json(command);
    // Store paths are read-only, and could not be removed.
    let _ = Command::new("chmod").args(["-R", "u+w"]).arg(state.path()).status();
    value
}

fn json(command: Command) -> Option<Json> {
    let program = command.get_program().to_owned();
    if !is_installed(&program) {
        crate::skipped(&format!("{} is not installed, so this is not compared with real Nix", program.display()));
        return None;
    }
    let shown = format!("{command:?}");
    let run = process::run(command, b"", Duration::from_secs(60)).unwrap_or_else(|| panic!("{shown} took too long"));
    assert!(run.code == Some(0), "{shown}: {}", run.shown());
    Some(serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{shown}: {error}\n{}", run.stdout)))
}

/// Whether a program is on the PATH.
pub fn is_installed(program: &std::ffi::OsStr) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
