//! A Docker daemon of the tests' own, and what runs in it. It uses no daemon, image or network of the machine.

use crate::process::{self, Run};
use serde_json::Value as Json;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the daemon is started with: what it would choose itself, and what works where it may do little.
const SETTINGS: [&[&str]; 3] = [&[], &["--iptables=false"], &["--iptables=false", "--storage-driver=vfs"]];

/// Compose makes its own networks, and whether the machine forwards is not changed.
const QUIET: [&str; 2] = ["--bridge=none", "--ip-forward=false"];

/// How long starting, loading and stopping may take.
const LIMIT: Duration = Duration::from_secs(120);

/// A daemon that ends with this value, and with it all containers.
pub struct Docker {
    directory: TempDir,
    daemon: Child,
    /// Locked as long as this lives: compose files say which ports are used, so one after the other.
    _turn: File,
}

impl Docker {
    /// Starts a daemon when no other of these runs on this machine. `None`, with a line on standard error, when it is not installed or may not run here.
    pub fn start() -> Option<Docker> {
        for program in ["dockerd", "docker"] {
            if !is_installed(program) {
                crate::skipped(&format!("'{program}' is not installed, so nothing is run in containers"));
                return None;
            }
        }
        let mut log = String::new();
        for settings in SETTINGS {
            match Self::start_with(settings) {
                Ok(docker) => return Some(docker),
                Err(text) => log = text,
            }
        }
        crate::skipped(&format!("dockerd cannot run here, so nothing is run in containers:\n{log}"));
        None
    }

    /// The end of the daemon's log when it does not start.
    fn start_with(settings: &[&str]) -> Result<Docker, String> {
        let turn = File::create(std::env::temp_dir().join("bt-lint-tests-docker.lock")).expect("a lock");
        turn.lock().expect("a lock");
        let directory = tempfile::Builder::new().prefix("bt-docker-").tempdir().expect("a temporary directory");
        let at = |name: &str| directory.path().join(name).display().to_string();
        // The daemon ends with the thread that started it, even when that is killed.
        let mut command = if is_installed("setpriv") {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "TERM", "dockerd"]);
            command
        } else {
            Command::new("dockerd")
        };
        command.args(["--data-root", &at("data"), "--exec-root", &at("run"), "--pidfile", &at("pid")]);
        command.args(["--host", &format!("unix://{}", at("socket"))]).args(QUIET).args(settings);
        let log = File::create(at("log")).expect("a log");
        let daemon = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("it is installed");
        let mut docker = Docker { directory, daemon, _turn: turn };
        let until = Instant::now() + Duration::from_secs(60);
        while docker.run(&["version"]).code != Some(0) {
            if Instant::now() > until || docker.daemon.try_wait().expect("a child can be waited for").is_some() {
                return Err(docker.log());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        docker.check_containers().map(|()| docker)
    }

    /// Whether it can do more than answer: where it may not mount, or make networks, it starts all the same.
    fn check_containers(&self) -> Result<(), String> {
        const NAME: &str = "bt-lint-probe";
        let Some(busybox) = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find(|path| Path::new(path).exists())
        else {
            return Ok(());
        };
        let archive = self.directory.path().join("probe.tar");
        let mut tar = Command::new("tar");
        tar.args(["--create", "--dereference", "--transform=s,.*/,,", "--file"]).arg(&archive).arg(busybox);
        if finish(tar).code != Some(0) {
            return Ok(());
        }
        let import = ["import", &archive.display().to_string(), NAME];
        let run = ["run", "--rm", "--network", NAME, "--publish", "127.0.0.1::80", NAME, "/busybox", "true"];
        for step in [&import[..], &["network", "create", NAME], &run] {
            let answer = self.run(step);
            if answer.code != Some(0) {
                return Err(format!("docker {}: {}", step.join(" "), answer.stderr.trim()));
            }
        }
        self.run(&["network", "rm", NAME]).expect(0);
        self.run(&["rmi", NAME]).expect(0);
        Ok(())
    }

    /// The last lines of the daemon's log.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// What `DOCKER_HOST` has to be.
    pub fn host(&self) -> String {
        format!("unix://{}", self.directory.path().join("socket").display())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DOCKER_HOST", self.host()).env("HOME", self.directory.path());
        command
    }

    /// `docker ARGUMENTS`.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.command("docker");
        command.args(arguments);
        finish(command)
    }

    /// Starts one image with nothing around it, neither a network nor a file system that it may write to, waits until its own
    /// health check says that it is well, and removes it.
    ///
    /// # Panics
    /// When it is not within half a minute.
    pub fn run_alone(&self, image: &str) {
        let options = ["run", "--detach", "--network=none", "--read-only", "--tmpfs=/tmp:mode=1777", "--cap-drop=ALL"];
        let run = self.run(&[&options[..], &["--health-interval=1s", image]].concat()).expect(0);
        let container = run.stdout.trim();
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let format = "{{.State.Status}} {{.State.Health.Status}}";
            let state = self.run(&["inspect", "--format", format, container]).stdout;
            if state == "running healthy\n" {
                break;
            }
            let is_over = Instant::now() > until || !state.starts_with("running ");
            assert!(!is_over, "{image} is '{}'\n{}", state.trim(), self.run(&["logs", container]).shown());
            std::thread::sleep(Duration::from_millis(100));
        }
        self.run(&["rm", "--force", "--volumes", container]).expect(0);
    }

    /// Starts the services of a compose file. `None`, with a line on standard error, when docker-compose is missing.
    ///
    /// # Panics
    /// When they do not start.
    pub fn up<'d>(&'d self, name: &str, compose: &Json) -> Option<Project<'d>> {
        let project = self.project(name, compose)?;
        let run = project.run(&["up", "--detach"]);
        assert!(run.code == Some(0), "{}\n{}", run.shown(), project.logs());
        Some(project)
    }

    /// A compose file and its name, of which nothing is started yet. `None`, with a line on standard error, when
    /// docker-compose is missing.
    pub fn project<'d>(&'d self, name: &str, compose: &Json) -> Option<Project<'d>> {
        let Some(program) = compose_program() else {
            crate::skipped("docker-compose is not installed, so no services are started");
            return None;
        };
        let file = self.directory.path().join(format!("{name}.json"));
        let compose = if program == ["docker-compose"] { for_old_compose(compose.clone()) } else { compose.clone() };
        std::fs::write(&file, compose.to_string()).expect("a file in a temporary directory");
        Some(Project { docker: self, program, name: name.into(), file })
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // Only when it is asked does it stop what it started.
        let _ = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until && !matches!(self.daemon.try_wait(), Ok(Some(_))) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        // What it leaves mounted could not be removed.
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        for target in mounts.lines().rev().filter_map(|line| line.split(' ').nth(1)) {
            if Path::new(target).starts_with(self.directory.path()) {
                let _ = Command::new("umount").arg(target).status();
            }
        }
    }
}

/// The services of a compose file, stopped and removed with their volumes when this ends.
pub struct Project<'d> {
    docker: &'d Docker,
    program: &'static [&'static str],
    name: String,
    file: PathBuf,
}

impl Project<'_> {
    /// `docker-compose ARGUMENTS`.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.docker.command(self.program[0]);
        command.args(&self.program[1..]).args(["--project-name", &self.name, "--file"]).arg(&self.file);
        command.args(arguments);
        finish(command)
    }

    /// What the services wrote.
    pub fn logs(&self) -> String {
        self.run(&["logs", "--tail", "20"]).stdout
    }

    /// The state of a service's health check, such as `healthy` or `starting`.
    pub fn health(&self, service: &str) -> String {
        let container = self.run(&["ps", "--quiet", service]).expect(0).stdout;
        let arguments = ["inspect", "--format", "{{.State.Status}} {{.State.Health.Status}}", container.trim()];
        self.docker.run(&arguments).stdout.trim().replace("running ", "")
    }

    /// Waits until a service is healthy.
    ///
    /// # Panics
    /// When it is not within a minute.
    pub fn wait_for(&self, service: &str) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let health = self.health(service);
            if health == "healthy" {
                return;
            }
            assert!(Instant::now() < until, "{service} is '{health}'\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Project<'_> {
    fn drop(&mut self) {
        let _ = self.run(&["down", "--volumes", "--timeout", "5"]);
    }
}

/// The first of the two that is installed: the plugin of Docker, and the program that came before it.
fn compose_program() -> Option<&'static [&'static str]> {
    let plugin =
        Command::new("docker").args(["compose", "version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if plugin.is_ok_and(|status| status.success()) {
        return Some(&["docker", "compose"]);
    }
    is_installed("docker-compose").then_some(&["docker-compose"])
}

/// Without what docker-compose 1.29 does not know: the project's name, and where the specification has `pids`.
fn for_old_compose(mut compose: Json) -> Json {
    if let Some(compose) = compose.as_object_mut() {
        compose.remove("name");
    }
    for service in compose["services"].as_object_mut().into_iter().flat_map(|services| services.values_mut()) {
        let limits = service.pointer_mut("/deploy/resources/limits").and_then(Json::as_object_mut);
        if let Some(pids) = limits.and_then(|limits| limits.remove("pids")) {
            service["pids_limit"] = pids;
        }
    }
    compose
}

/// Asks a server on this machine; the status and the body, or why there is no answer.
pub fn get(port: u16, path: &str) -> Result<(u16, String), String> {
    let answer = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let answer = answer().map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
    Ok((status, body.to_string()))
}

fn is_installed(program: &str) -> bool {
    crate::nix::is_installed(program.as_ref())
}

fn finish(command: Command) -> Run {
    let shown = format!("{command:?}");
    process::run(command, b"", LIMIT).unwrap_or_else(|| panic!("{shown} did not end within {} s", LIMIT.as_secs()))
}
