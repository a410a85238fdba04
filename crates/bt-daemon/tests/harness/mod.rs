//! Real daemons, each with a store of its own, and trees to send to them.

#![allow(dead_code, reason = "each test uses a part of it")]

use bt_daemon::{Closure, Connection, Object, Options, StoreAddress};
use bt_store::nar::{NarFile, NarKind, NarSource, write_nar};
use bt_store::{Derivation, StorePath};
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The programs with which daemons are started: the one of the system, and one of Nix 2.26 where it is installed.
pub const DAEMONS: [&str; 2] = ["nix-daemon", "nix26-daemon"];

/// A daemon that ends with this value.
pub struct Daemon {
    /// Settings, socket, log and store of the daemon.
    pub directory: TempDir,
    pub program: &'static str,
    child: Child,
    /// Whether the store is the one of the system, because the daemon could not have its own.
    pub is_shared: bool,
    /// Whether it took a user namespace to have its own.
    is_in_user_namespace: bool,
}

/// Says why a test does nothing.
pub fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

pub fn is_installed(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", "command -v \"$0\"", program]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// A shell command in which `/nix` is a directory of its own, if the system allows it, else the command as it is.
fn with_own_nix(nix: &Path, command: &str, is_small: bool) -> Option<Command> {
    std::fs::create_dir_all(nix).unwrap();
    // What is mounted over has to be there; where it cannot be made, there is no own one.
    let _ = std::fs::create_dir_all("/nix");
    let mount = if is_small {
        "mount -t tmpfs -o size=10m tmpfs /nix".to_string()
    } else {
        format!("mount --bind '{}' /nix", nix.display())
    };
    for namespaces in ["-m", "-rm"] {
        let works = Command::new("unshare").args([namespaces, "sh", "-c", &mount]).stderr(Stdio::null()).status();
        if works.is_ok_and(|status| status.success()) {
            let mut result = Command::new("unshare");
            result.args([namespaces, "sh", "-c", &format!("{mount} && exec {command}")]);
            return Some(result);
        }
    }
    None
}

impl Daemon {
    /// Starts a daemon; `None`, with a line that says so, when it is not installed.
    pub fn start(program: &'static str) -> Option<Self> {
        Self::start_with(program, "")
    }

    pub fn start_with(program: &'static str, settings: &str) -> Option<Self> {
        Self::start_in(program, settings, &[])
    }

    /// One that has environment variables.
    pub fn start_in(program: &'static str, settings: &str, variables: &[(&str, &str)]) -> Option<Self> {
        let mut daemon = Self::start_process(program, settings, false, variables)?;
        daemon.wait_for(|address| Connection::open(&address, &Options::default()).is_ok());
        Some(daemon)
    }

    /// One that serves nobody.
    pub fn start_refusing(program: &'static str, settings: &str) -> Option<Self> {
        let mut daemon = Self::start_process(program, settings, false, &[])?;
        let socket = daemon.socket();
        daemon.wait_for(|_| UnixStream::connect(&socket).is_ok());
        Some(daemon)
    }

    /// One whose store has room for ten megabytes.
    pub fn start_small(program: &'static str) -> Option<Self> {
        let mut daemon = Self::start_process(program, "", true, &[])?;
        daemon.wait_for(|address| Connection::open(&address, &Options::default()).is_ok());
        Some(daemon)
    }

    /// Waits until it answers. The first to come has the store made, and two at once get into each other's way.
    fn wait_for(&mut self, answers: impl Fn(StoreAddress) -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while !answers(self.address()) {
            assert!(Instant::now() < until && self.child.try_wait().unwrap().is_none(), "{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn start_process(
        program: &'static str,
        settings: &str,
        is_small: bool,
        variables: &[(&str, &str)],
    ) -> Option<Self> {
        if !is_installed(program) {
            skipped(&format!("'{program}' is not installed, so the client is not tested with it"));
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let own = directory.path().join("nix");
        let (mut command, is_shared) = match with_own_nix(&own, program, is_small) {
            Some(command) => (command, false),
            // Everyone may write there where tests run as root in a container.
            None if is_small => {
                skipped("a small file system cannot be had");
                return None;
            }
            None if std::fs::create_dir_all("/nix/store/.links").is_ok() => {
                eprintln!("'{program}' cannot have a '/nix' of its own, so it uses the one of the system");
                (Command::new(program), true)
            }
            None => {
                skipped(&format!("neither namespaces nor '/nix' can be had, so '{program}' cannot be started"));
                return None;
            }
        };
        let conf = directory.path().join("etc");
        std::fs::create_dir_all(&conf).unwrap();
        let settings = format!(
            "build-users-group =\nsandbox = false\nsubstitute = false\nbuilders =\ntrusted-users = root\n{settings}"
        );
        std::fs::write(conf.join("nix.conf"), settings).unwrap();
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        command.env("NIX_CONF_DIR", &conf).env("NIX_DAEMON_SOCKET_PATH", directory.path().join("socket"));
        // Without a store of its own the daemon would ask the daemon.
        command.env("NIX_REMOTE", "local").env_remove("NIX_STATE_DIR").envs(variables.iter().copied());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let is_in_user_namespace = command.get_args().any(|argument| argument == "-rm");
        Some(Self { directory, program, child, is_shared, is_in_user_namespace })
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    pub fn address(&self) -> StoreAddress {
        StoreAddress::Socket { socket: self.socket(), root: None }
    }

    /// The address for `--store` and `NIX_REMOTE`.
    pub fn address_text(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Where a path of the daemon's store is for others.
    pub fn on_disk(&self, path: &str) -> PathBuf {
        if self.is_shared { path.into() } else { self.directory.path().join(path.trim_start_matches('/')) }
    }

    /// A program of the store as a command that sees the store where it was built for.
    pub fn command(&self, program: &str) -> Command {
        if self.is_shared {
            return Command::new(program);
        }
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.child.id().to_string(), "--mount"]);
        if self.is_in_user_namespace {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg(program);
        command
    }

    /// What the daemon wrote.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Kills the processes that serve connections, not the one that waits for others.
    pub fn kill_connections(&self) {
        let daemon = self.child.id().to_string();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
            // The name of the program is in parentheses, then come the state and the parent.
            let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1));
            if parent == Some(&daemon) {
                let _ = Command::new("kill").arg("-9").arg(entry.file_name()).status();
            }
        }
    }

    /// The output of a command of Nix that uses this daemon.
    pub fn nix(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["--option", "substitute", "false"])
            .env("NIX_REMOTE", self.address_text())
            .env("NIX_PATH", "");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_string()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Paths of a store are read-only.
        let _ = Command::new("chmod").args(["-R", "u+w"]).arg(self.directory.path()).status();
    }
}

/// The files of the system.
pub struct Disk;

impl NarSource for Disk {
    type Error = io::Error;

    fn kind(&self, path: &Path) -> io::Result<NarKind> {
        Ok(kind(std::fs::symlink_metadata(path)?.file_type()))
    }

    fn read_file(&self, path: &Path, file: &mut dyn NarFile) -> io::Result<()> {
        let mut opened = std::fs::File::open(path)?;
        let metadata = opened.metadata()?;
        file.begin(metadata.permissions().mode() & 0o100 != 0, metadata.len());
        let mut buffer = vec![0; 1 << 16];
        loop {
            match opened.read(&mut buffer)? {
                0 => return Ok(()),
                length => file.piece(&buffer[..length]),
            }
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(OsString, NarKind)>> {
        std::fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name(), kind(entry.file_type()?)))
            })
            .collect()
    }

    fn read_link(&self, path: &Path) -> io::Result<OsString> {
        Ok(std::fs::read_link(path)?.into())
    }
}

fn kind(kind: std::fs::FileType) -> NarKind {
    match kind {
        kind if kind.is_file() => NarKind::Regular,
        kind if kind.is_dir() => NarKind::Directory,
        kind if kind.is_symlink() => NarKind::Symlink,
        _ => NarKind::Unknown,
    }
}

/// A tree of the system, as a source.
pub fn tree<'a>(path: PathBuf) -> Object<'a> {
    Object::tree(move |sink: &mut dyn FnMut(&[u8])| {
        write_nar(&Disk, &path, &mut |_, _| Ok(true), sink).map_err(|error| error.to_string())
    })
}

/// Evaluates an expression with real Nix into a store that is only a directory, and reads what has to be registered.
pub struct Instantiated {
    pub directory: TempDir,
    /// The derivation.
    pub path: StorePath,
    /// How long Nix took.
    pub took: Duration,
}

/// What no test before has in its store.
pub fn salt() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("{}-{}", std::process::id(), now.as_nanos())
}

impl Instantiated {
    /// `None`, with a line that says so, when Nix is not installed. `files` are beside the expression.
    pub fn new(expression: &str, files: &[(&str, &str)]) -> Option<Self> {
        if !is_installed("nix-instantiate") {
            skipped("'nix-instantiate' is not installed");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let file = directory.path().join("default.nix");
        std::fs::write(&file, expression).unwrap();
        let store = directory.path().join("store");
        let mut command = Command::new("nix-instantiate");
        command.arg("--store").arg(&store).arg(&file).env("NIX_PATH", "").env_remove("NIX_REMOTE");
        let begin = Instant::now();
        let output = command.output().unwrap();
        let took = begin.elapsed();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let path = StorePath::parse_absolute(String::from_utf8(output.stdout).unwrap().trim()).unwrap();
        Some(Self { directory, path, took })
    }

    pub fn file(&self) -> String {
        self.directory.path().join("default.nix").display().to_string()
    }

    /// Where a path of the store is on disk.
    pub fn on_disk(&self, path: &StorePath) -> PathBuf {
        self.directory.path().join("store").join(path.as_str().trim_start_matches('/'))
    }

    pub fn closure(&self) -> Closure<'static> {
        Closure::collect([self.path.clone()], &mut |path| {
            let file = self.on_disk(path);
            if path.is_derivation() {
                return Some(Object::derivation(&Derivation::parse(&std::fs::read(file).unwrap()).unwrap()));
            }
            // Names say what a source is, as the expressions of the tests do.
            Some(match path.name() {
                name if name.starts_with("text") => {
                    let text = std::fs::read(file).unwrap();
                    let known = bt_store::path::split_store_prefix(std::str::from_utf8(&text).unwrap().trim());
                    Object::text(text.clone(), known.into_iter().map(|(path, _)| path).collect())
                }
                name if name.starts_with("flat") => Object::flat(std::fs::read(file).unwrap()),
                _ => tree(file),
            })
        })
    }
}
