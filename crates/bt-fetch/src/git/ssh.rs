//! Git's protocol through ssh: `git-upload-pack` on the other machine, over the pipes of a child (git-upload-pack(1)).

use super::conversation::Transport;
use crate::error::{FetchError, FetchErrorKind};
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// A server that is asked through ssh.
pub(crate) struct SshTransport {
    /// `user@host`.
    host: String,
    port: Option<u16>,
    path: String,
    /// What is run instead of `ssh`, by a shell: `GIT_SSH_COMMAND`.
    command: Option<String>,
    stall_timeout: Duration,
    deadline: Instant,
    connection: Option<Connection>,
}

struct Connection {
    child: Child,
    input: ChildStdin,
    output: Pieces,
}

/// What a child writes, read by a thread so that one that writes nothing can be given up.
struct Pieces {
    from: Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
    stall_timeout: Duration,
    deadline: Instant,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.piece.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            match self.from.recv_timeout(self.stall_timeout.min(left)) {
                Ok(piece) => self.piece = io::Cursor::new(piece?),
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unsupported(message: impl Into<String>) -> FetchError {
    FetchError::new(FetchErrorKind::Unsupported, message)
}

/// A word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl SshTransport {
    /// The server of a URL `ssh://user@host:port/path`.
    pub fn new(
        url: &str,
        command: Option<String>,
        stall_timeout: Duration,
        total_timeout: Duration,
    ) -> Result<Self, FetchError> {
        let invalid = || unsupported("it is no URL that ssh can be asked for");
        let (start, path) = super::split_path(url).ok_or_else(invalid)?;
        let authority = start.split_once("://").map_or("", |(_, authority)| authority);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| invalid())?)),
            None => (authority, None),
        };
        // A name that begins with a dash would be an option.
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._@[]:~+%".contains(&b);
        if host.is_empty() || host.starts_with('-') || host.contains("@-") || !host.bytes().all(is_plain) {
            return Err(invalid());
        }
        // `/~user/x` is below a home.
        let path = if path.starts_with("/~") { &path[1..] } else { path };
        let deadline = Instant::now() + total_timeout;
        let (host, path) = (host.to_string(), crate::source::decoded(path));
        Ok(SshTransport { host, port, path, command, stall_timeout, deadline, connection: None })
    }

    fn connect(&self) -> Result<Connection, FetchError> {
        let mut command = match &self.command {
            Some(text) => {
                let mut command = Command::new("/bin/sh");
                command.args(["-c", &format!("{text} \"$@\""), "ssh"]);
                command
            }
            None => Command::new("ssh"),
        };
        command.args(["-o", "SendEnv=GIT_PROTOCOL"]).env("GIT_PROTOCOL", "version=2");
        if let Some(port) = self.port {
            command.args(["-p", &port.to_string()]);
        }
        command.args([self.host.as_str(), &format!("git-upload-pack {}", quoted(&self.path))]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let cannot = |error: io::Error| unsupported(format!("cannot run ssh: {error}"));
        let mut child = command.spawn().map_err(cannot)?;
        let (Some(input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(unsupported("cannot talk to ssh"));
        };
        let (to, from) = sync_channel(16);
        std::thread::spawn(move || {
            loop {
                let mut piece = vec![0; 64 << 10];
                let sent = match output.read(&mut piece) {
                    Ok(0) => return,
                    Ok(count) => {
                        piece.truncate(count);
                        to.send(Ok(piece))
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => to.send(Err(error)),
                };
                if sent.is_err() {
                    return;
                }
            }
        });
        let (stall_timeout, deadline) = (self.stall_timeout, self.deadline);
        let output = Pieces { from, piece: io::Cursor::default(), stall_timeout, deadline };
        Ok(Connection { child, input, output })
    }
}

impl Transport for SshTransport {
    fn greeting(&mut self) -> Result<Box<dyn Read + '_>, FetchError> {
        self.connection = None;
        let connection = self.connect()?;
        Ok(Box::new(&mut self.connection.insert(connection).output))
    }

    fn ask(&mut self, request: Vec<u8>) -> Result<Box<dyn Read + '_>, FetchError> {
        let Some(connection) = &mut self.connection else { return Err(unsupported("nobody was asked yet")) };
        let broke =
            |error: io::Error| FetchError::new(FetchErrorKind::Network, format!("the connection broke: {error}"));
        connection.input.write_all(&request).and_then(|()| connection.input.flush()).map_err(broke)?;
        Ok(Box::new(&mut connection.output))
    }
}

#[cfg(test)]
mod tests {
    use super::{SshTransport, quoted};
    use std::time::Duration;

    #[test]
    fn hosts() {
        let new = |url: &str| SshTransport::new(url, None, Duration::ZERO, Duration::ZERO);
        let good = new("ssh://git@h.org:22/o/r%20s").ok().unwrap();
        assert_eq!((good.host.as_str(), good.port, good.path.as_str()), ("git@h.org", Some(22), "/o/r s"));
        assert_eq!(new("ssh://h/~u/r").ok().unwrap().path, "~u/r");
        for refused in ["ssh://-oProxyCommand=x/r", "ssh://u@-h/r", "ssh:///r", "ssh://h:x/r", "ssh://h;x/r"] {
            assert!(new(refused).is_err(), "{refused}");
        }
        assert_eq!(quoted("a'b"), "'a'\\''b'");
    }
}
