//! A command whose standard input and output are a daemon's.
//!
//! Pipes have no timeouts, sockets have: so both are connected to a pair of sockets, by a thread for each direction.

use crate::error::DaemonError;
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much of the command's error output is kept.
const TAIL: usize = 4096;
/// How long the command may take to end after the connection did.
const GRACE: Duration = Duration::from_millis(500);

/// A command under way. Ends with this value.
pub(crate) struct Process {
    child: Mutex<Child>,
    errors: Arc<Mutex<Vec<u8>>>,
}

impl Process {
    pub fn spawn(command: &[OsString]) -> Result<(UnixStream, Self), DaemonError> {
        let place = || command.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(" ");
        let failed = |error| DaemonError::Connect { place: place(), error };
        let Some((program, arguments)) = command.split_first() else {
            return Err(failed(std::io::ErrorKind::InvalidInput.into()));
        };
        let (near, far) = UnixStream::pair().map_err(failed)?;
        let back = far.try_clone().map_err(failed)?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let errors = Arc::new(Mutex::new(Vec::new()));
        if let Some(mut stdin) = child.stdin.take() {
            std::thread::spawn(move || pump(&mut &far, &mut stdin));
        }
        if let Some(mut stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                pump(&mut stdout, &mut &back);
                let _ = back.shutdown(Shutdown::Both);
            });
        }
        if let Some(mut stderr) = child.stderr.take() {
            let errors = Arc::clone(&errors);
            std::thread::spawn(move || {
                let mut buffer = [0; 1024];
                while let Ok(length @ 1..) = stderr.read(&mut buffer) {
                    let mut errors = errors.lock().unwrap_or_else(PoisonError::into_inner);
                    errors.extend_from_slice(&buffer[..length]);
                    let excess = errors.len().saturating_sub(TAIL);
                    errors.drain(..excess);
                }
            });
        }
        Ok((near, Self { child: Mutex::new(child), errors }))
    }

    /// What the command said last, once it has ended.
    pub fn last_words(&self) -> Option<String> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let status = wait(&mut child);
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&errors);
        let text = text.trim();
        match status {
            _ if !text.is_empty() => Some(text.to_string()),
            Some(status) if !status.success() => Some(format!("the command that leads to it ended with {status}")),
            _ => None,
        }
    }
}

/// Passes on bytes as they come, until either side ends. (`std::io::copy` may hold them back.)
fn pump(from: &mut dyn Read, to: &mut dyn Write) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => {
                if to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn wait(child: &mut Child) -> Option<std::process::ExitStatus> {
    let until = Instant::now() + GRACE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
            _ => return None,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        if wait(child).is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
