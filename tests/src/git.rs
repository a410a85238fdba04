//! The git program, to make repositories for tests: with fixed names and dates, and without anybody's configuration.

use std::path::Path;
use std::process::Command;

/// Runs git in a directory; what it prints, without the newline at its end.
///
/// # Panics
/// When it fails.
pub fn run(directory: &Path, arguments: &[&str]) -> String {
    let (is_ok, out) = try_run(directory, arguments);
    assert!(is_ok, "git {arguments:?}: {out}");
    out
}

/// Runs git in a directory: whether it succeeded, and what it prints.
pub fn try_run(directory: &Path, arguments: &[&str]) -> (bool, String) {
    let date = "2024-05-01T12:00:00Z";
    let mut command = Command::new("git");
    command.current_dir(directory).args(["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"]);
    command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.org");
        command.env(format!("GIT_{who}_DATE"), date);
    }
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    let output = command.output().expect("git is installed");
    let out = String::from_utf8_lossy(&output.stdout).trim_end().to_string();
    (
        output.status.success(),
        if output.status.success() { out } else { String::from_utf8_lossy(&output.stderr).into() },
    )
}
