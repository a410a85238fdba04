//! What goes wrong around a build. Each time: a clear message, exit code 2, nothing half-done in the project, and the next
//! try succeeds. The table in docs/realisation.md says what was seen.

use super::harness::{Daemon, is_installed, skipped};
use super::proxy::{Proxy, Step};
use super::{build, files, project, store};
use bt_tests::docs::check_table;
use bt_tests::process::{Run, TIME_LIMIT, run};
use bt_tests::program;
use bt_tests::project::{Project, repository};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The greeting of a daemon, and a version of its protocol.
fn greeting(version: u64) -> Vec<u8> {
    [0x6478_696f_u64, version].iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[track_caller]
fn with_socket(project: &Project, socket: &Path, arguments: &[&str]) -> Run {
    let store = format!("unix://{}", socket.display());
    program!().run(project.root(), &[&["build", "--store", &store], arguments].concat())
}

/// The first line of an error, without what is different in each run.
fn message(run: &Run, hidden: &[&Path]) -> String {
    let line =
        run.stderr.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or_else(|| panic!("{}", run.shown()));
    let mut line = line.to_string();
    for path in hidden {
        line = line.replace(&path.display().to_string(), "…");
    }
    // Hashes and salts of store paths.
    let words = line.split(' ').map(|word| match word.split_once("/nix/store/") {
        Some((before, name)) => {
            let end = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let kind = if end.ends_with(".drv") { ".drv" } else { "" };
            let after = &name[end.len()..];
            let name = end.get(33..).unwrap_or_default().split('-').next().unwrap_or_default();
            format!("{before}/nix/store/…-{}{kind}{after}", name.trim_end_matches(".drv"))
        }
        None => word.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Starts a build, and waits until it says something.
fn begin(daemon: &Daemon, project: &Project, arguments: &[&str], until: &str) -> Child {
    let log = std::fs::File::create(project.root().join("log")).unwrap();
    let mut child = Command::new(program!().path)
        .args([&["build", "--store", &store(daemon)], arguments].concat())
        .current_dir(project.root())
        .env("XDG_CACHE_HOME", "/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let end = Instant::now() + TIME_LIMIT;
    while !std::fs::read_to_string(project.root().join("log")).unwrap().contains(until) {
        assert!(Instant::now() < end && child.try_wait().unwrap().is_none(), "it never says {until:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Waits for a build that was begun.
#[track_caller]
fn end(mut child: Child, project: &Project) -> Run {
    let until = Instant::now() + TIME_LIMIT;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            let _ = child.kill();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let code = child.wait().unwrap().code();
    let stderr = std::fs::read_to_string(project.root().join("log")).unwrap();
    std::fs::remove_file(project.root().join("log")).unwrap();
    Run { code, stdout: String::new(), stderr }
}

/// Insists on what holds after every fault.
#[track_caller]
fn tidy(daemon: &Daemon, project: &Project) {
    assert_eq!(files(project), ["data.txt", "flake.nix"]);
    build(daemon, project, &["--no-link"]).expect(0);
}

#[test]
fn every_fault_has_its_message() {
    let Some(daemon) = Daemon::start("nix-daemon") else { return };
    let project = project();
    let mut rows: Vec<(&str, i32, String)> = Vec::new();
    let root = daemon.directory.path();

    let missing = with_socket(&project, Path::new("/missing/socket"), &[]).expect(2);
    rows.push(("there is no socket", 2, message(&missing, &[])));
    let closed = tempfile::tempdir().unwrap();
    drop(std::os::unix::net::UnixListener::bind(closed.path().join("socket")).unwrap());
    let run = with_socket(&project, &closed.path().join("socket"), &[]).expect(2);
    rows.push(("nobody listens", 2, message(&run, &[closed.path()])));
    for (what, bytes) in [
        ("something else answers", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        ("the daemon ends at once", Vec::new()),
        ("the protocol is too old", greeting(0x10a)),
        ("the protocol is of another kind", greeting(0x200)),
        ("the daemon sends half a greeting", greeting(0x122)[..11].to_vec()),
    ] {
        let proxy = Proxy::saying(bytes);
        let run = with_socket(&project, &proxy.socket(), &[]).expect(2);
        rows.push((what, 2, message(&run, &[])));
    }
    tidy(&daemon, &project);

    let after_greeting = |total: usize| total > 64;
    let proxy =
        Proxy::before(&daemon.socket(), move |total, _| if after_greeting(total) { Step::Cut } else { Step::Pass });
    let run = with_socket(&project, &proxy.socket(), &[]).expect(2);
    rows.push(("the daemon is killed while it registers", 2, message(&run, &[])));
    let fresh = super::project();
    let changed = fresh.root().join("data.txt");
    let before = std::fs::read(&changed).unwrap();
    let target = changed.clone();
    let proxy = Proxy::before(&daemon.socket(), move |total, _| {
        if after_greeting(total) {
            std::fs::write(&target, "something else\n").unwrap();
        }
        Step::Pass
    });
    let run = with_socket(&fresh, &proxy.socket(), &[]).expect(2).says("run the command again");
    rows.push(("a source changes after it was evaluated", 2, message(&run, &[])));
    std::fs::write(&changed, &before).unwrap();
    tidy(&daemon, &fresh);

    let run = build(&daemon, &project, &[".#absent"]).expect(2);
    rows.push(("the store has not what is referred to", 2, message(&run, &[])));
    let run = build(&daemon, &project, &[".#broken"]).expect(2);
    rows.push(("a builder fails", 2, message(&run, &[])));
    let run = build(&daemon, &project, &[".#wrong"]).expect(2);
    rows.push(("a fixed output has another hash", 2, message(&run, &[])));
    tidy(&daemon, &project);

    let child = begin(&daemon, &project, &[".#slow", "-L"], "> started");
    daemon.kill_connections();
    let run = end(child, &project);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    rows.push(("the daemon is killed while it builds", 2, message(&run, &[])));
    tidy(&daemon, &project);

    let child = begin(&daemon, &project, &[".#slow", "-L"], "> started");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let run = end(child, &project);
    assert_eq!(run.code, Some(130), "{}", run.shown());
    rows.push(("Ctrl-C", 130, message(&run, &[])));
    let processes = || Command::new("pgrep").args(["-f", "^sleep 60$"]).output().unwrap().stdout;
    let until = Instant::now() + Duration::from_secs(10);
    while !processes().is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    tidy(&daemon, &project);

    std::fs::write(project.root().join("result"), "mine").unwrap();
    let run = build(&daemon, &project, &[]).expect(2);
    rows.push(("a file has the name of the link", 2, message(&run, &[project.root()])));
    assert_eq!(std::fs::read_to_string(project.root().join("result")).unwrap(), "mine");
    std::fs::remove_file(project.root().join("result")).unwrap();
    let run = build(&daemon, &project, &["-o", "missing/result"]).expect(2);
    rows.push(("the link's directory is not there", 2, message(&run, &[project.root()])));
    tidy(&daemon, &project);

    if let Some(refusing) = Daemon::start_refusing("nix-daemon", "allowed-users = nobody\ntrusted-users = nobody") {
        let run = build(&refusing, &project, &[]);
        // Root is always served.
        if run.code == Some(2) {
            rows.push(("the daemon does not serve the user", 2, message(&run, &[root])));
        }
    }
    if let Some(run) = as_nobody(&daemon, &project) {
        rows.push(("the user may not use the socket", 2, message(&run, &[root])));
    }
    if let Some(small) = Daemon::start_small("nix-daemon") {
        let run = build(&small, &project, &[".#big"]).expect(2);
        rows.push(("the disk is full while it builds", 2, message(&run, &[])));
        std::fs::write(project.root().join("data.txt"), vec![b'x'; 20_000_000]).unwrap();
        let run = build(&small, &project, &[]).expect(2);
        rows.push(("the disk is full while it registers", 2, message(&run, &[])));
        std::fs::write(project.root().join("data.txt"), "small\n").unwrap();
        small.nix("nix-store", &["--gc"]);
        build(&small, &project, &[".#dep", "--no-link"]).expect(0);
    }
    assert_eq!(files(&project), ["data.txt", "flake.nix"]);

    let is_complete = rows.len() == 20;
    if !is_complete {
        return skipped(&format!("not all faults can be provoked here, so the table is not compared: {rows:#?}"));
    }
    let mut table = String::from("| fault | exit code | message |\n|---|---|---|\n");
    for (what, code, message) in rows {
        table.push_str(&format!("| {what} | {code} | {} |\n", message.replace('|', "\\|")));
    }
    check_table(&repository().join("docs/realisation.md"), "faults", &table);
}

/// A run by a user who may not open the socket; `None` where there is no way to be one.
fn as_nobody(daemon: &Daemon, project: &Project) -> Option<Run> {
    if !is_installed("setpriv") {
        return None;
    }
    let place = tempfile::tempdir().ok()?;
    let open = |path: &Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).ok();
    let program = place.path().join("bt-lint");
    std::fs::copy(program!().path, &program).ok()?;
    open(place.path())?;
    open(&program)?;
    open(project.root())?;
    let socket = place.path().join("socket");
    std::fs::set_permissions(daemon.socket(), PermissionsExt::from_mode(0o700)).ok()?;
    std::os::unix::fs::symlink(daemon.socket(), &socket).ok()?;
    std::fs::set_permissions(daemon.directory.path(), PermissionsExt::from_mode(0o755)).ok()?;
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["build", "--no-link", "--store", &format!("unix://{}", daemon.socket().display())])
        .current_dir(project.root())
        .env("XDG_CACHE_HOME", "/dev/null");
    let run = run(command, b"", TIME_LIMIT)?;
    (run.code == Some(2) && run.stderr.contains("Permission denied")).then_some(run)
}

#[test]
fn two_at_once_both_succeed() {
    for program in super::DAEMONS {
        let Some(daemon) = Daemon::start(program) else { continue };
        let (one, other) = (project(), Project::new());
        for name in ["flake.nix", "data.txt"] {
            std::fs::copy(one.root().join(name), other.root().join(name)).unwrap();
        }
        std::thread::scope(|scope| {
            let first = scope.spawn(|| build(&daemon, &one, &["--no-link"]).expect(0).stdout);
            let second = build(&daemon, &other, &["--no-link"]).expect(0).stdout;
            assert_eq!(first.join().unwrap(), second);
        });
    }
}
