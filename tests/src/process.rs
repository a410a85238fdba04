//! bt-lint as a process of its own, with a time limit.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// No run may take longer, however bad its input.
pub const TIME_LIMIT: Duration = Duration::from_secs(20);

/// What a process did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// Both streams and the exit code, for messages.
    pub fn shown(&self) -> String {
        format!(
            "exit code {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.code,
            shortened(&self.stdout),
            shortened(&self.stderr)
        )
    }

    /// Insists on an exit code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Run {
        assert!(self.code == Some(code), "expected exit code {code}: {}", self.shown());
        self
    }

    /// Insists on a text on standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Run {
        assert!(self.stderr.contains(text), "expected {text:?} on standard error: {}", self.shown());
        self
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 4000;
    if text.len() <= MOST {
        text.into()
    } else {
        format!("{}… ({} bytes)", text.chars().take(MOST).collect::<String>(), text.len())
    }
}

/// The program that is tested: `program!()`. Cargo tells its path to tests only, not to this library.
#[macro_export]
macro_rules! program {
    () => {
        $crate::process::Program { path: env!("CARGO_BIN_EXE_bt-lint-under-test") }
    };
}

/// A program.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Its path.
    pub path: &'static str,
}

impl Program {
    /// Runs it in a directory.
    #[track_caller]
    pub fn run(self, directory: &Path, arguments: &[&str]) -> Run {
        self.run_with(directory, arguments, b"")
    }

    /// Runs it in a directory, with environment variables.
    #[track_caller]
    pub fn run_in(self, directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = self.command(directory, arguments);
        command.envs(variables.iter().copied());
        self.finish(command, arguments, b"")
    }

    /// Runs it in a directory, with a text on standard input.
    #[track_caller]
    pub fn run_with(self, directory: &Path, arguments: &[&str], input: &[u8]) -> Run {
        self.finish(self.command(directory, arguments), arguments, input)
    }

    fn command(self, directory: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path);
        command.args(arguments).current_dir(directory);
        // Nothing is remembered: no file can be below this.
        command.env("XDG_CACHE_HOME", "/dev/null");
        command.env("SOURCE_DATE_EPOCH", crate::check::NOW.to_string());
        // What the person who runs the tests likes is no part of them.
        for name in [
            "NIX_PATH",
            "NO_COLOR",
            "FORCE_COLOR",
            "FORCE_HYPERLINK",
            "CLICOLOR_FORCE",
            "RUST_BACKTRACE",
            "LC_ALL",
            "LANG",
        ] {
            command.env_remove(name);
        }
        command
    }

    #[track_caller]
    fn finish(self, command: Command, arguments: &[&str], input: &[u8]) -> Run {
        run(command, input, TIME_LIMIT).unwrap_or_else(|| {
            panic!("bt-lint {} did not end within {} s", arguments.join(" "), TIME_LIMIT.as_secs());
        })
    }
}

/// Runs a command; `None` when it had to be killed because it took too long.
pub fn run(command: Command, input: &[u8], limit: Duration) -> Option<Run> {
    let (code, stdout, stderr) = run_bytes(command, input, limit)?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("bt-lint writes UTF-8");
    Some(Run { code, stdout: text(stdout), stderr: text(stderr) })
}

/// The same for a command whose output need not be UTF-8: its exit code and what it wrote.
pub fn run_bytes(mut command: Command, input: &[u8], limit: Duration) -> Option<(Option<i32>, Vec<u8>, Vec<u8>)> {
    let started = Instant::now();
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_vec();
    std::thread::spawn(move || {
        // A program that does not want it may have closed it.
        let _ = stdin.write_all(&input);
    });
    let stdout = collect(child.stdout.take().expect("it is piped"));
    let stderr = collect(child.stderr.take().expect("it is piped"));
    let code = wait(&mut child, started + limit)?.code();
    let bytes = |thread: std::thread::JoinHandle<Vec<u8>>| thread.join().expect("reading does not panic");
    Some((code, bytes(stdout), bytes(stderr)))
}

fn collect(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

fn wait(child: &mut Child, deadline: Instant) -> Option<std::process::ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        if Instant::now() > deadline {
            child.kill().expect("a child can be killed");
            child.wait().expect("a child can be waited for");
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
