//! The git program, to make repositories for tests: with fixed names and dates, and without anybody's configuration.

use crate::loopback::{Request, Step, answer};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

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

/// What `git http-backend` answers to a request, for the repositories in a directory; with configuration (`a.b=c`).
///
/// # Panics
/// When there is no such program.
pub fn http_backend(directory: &Path, configuration: &[&str], request: &Request) -> Vec<Step> {
    let (status, headers, body) = http_backend_parts(directory, configuration, request);
    answer(&status, &headers, &body)
}

/// The same in parts: the status, the headers with `\r\n` after each, the body.
pub fn http_backend_parts(directory: &Path, configuration: &[&str], request: &Request) -> (String, String, Vec<u8>) {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut command = Command::new("git");
    for variable in ["safe.directory=*"].iter().chain(configuration) {
        command.args(["-c", variable]);
    }
    command.arg("http-backend").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("GIT_PROJECT_ROOT", directory).env("PATH_INFO", path).env("QUERY_STRING", query);
    command.env("REQUEST_METHOD", &request.method).env("CONTENT_LENGTH", request.body.len().to_string());
    command.env("CONTENT_TYPE", request.header("content-type").unwrap_or_default());
    if let Some(version) = request.header("git-protocol") {
        command.env("GIT_PROTOCOL", version);
    }
    let mut child = command.spawn().expect("git is installed");
    let _ = child.stdin.take().expect("it is a pipe").write_all(&request.body);
    let output = child.wait_with_output().expect("it ends").stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0);
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let body = output.get(end + 4..).unwrap_or_default().to_vec();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK").to_string();
    let headers = head.lines().filter(|line| !line.starts_with("Status: ")).map(|line| format!("{line}\r\n"));
    (status, headers.collect(), body)
}
