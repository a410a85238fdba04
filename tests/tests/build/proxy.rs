//! What stands between the program and a daemon, and does what daemons and networks do on bad days.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// What to do with bytes of the client.
pub enum Step {
    /// Pass them on.
    Pass,
    /// End the connection.
    Cut,
}

/// A socket.
pub struct Proxy {
    directory: TempDir,
}

impl Proxy {
    /// Passes everything on to `daemon`, and asks before what to do with the bytes that a client sends: `step` gets how many
    /// there were before, and them.
    pub fn before(daemon: &Path, step: impl FnMut(usize, &[u8]) -> Step + Send + 'static) -> Proxy {
        let daemon = daemon.to_path_buf();
        let step = Arc::new(Mutex::new(step));
        Proxy::serving(move |client| {
            let Ok(server) = UnixStream::connect(&daemon) else { return };
            let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from_server, &mut to_client);
                let _ = to_client.shutdown(Shutdown::Both);
            });
            let (mut client, mut server, mut total) = (client, server, 0);
            let mut buffer = vec![0; 1 << 16];
            while let Ok(length @ 1..) = client.read(&mut buffer) {
                if matches!((step.lock().unwrap())(total, &buffer[..length]), Step::Cut) {
                    break;
                }
                total += length;
                if server.write_all(&buffer[..length]).is_err() {
                    break;
                }
            }
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        })
    }

    /// Answers every client with some bytes, and ends.
    pub fn saying(bytes: Vec<u8>) -> Proxy {
        Proxy::serving(move |mut client| {
            let mut greeting = [0; 16];
            let _ = client.read(&mut greeting);
            let _ = client.write_all(&bytes);
            let _ = client.shutdown(Shutdown::Write);
            let _ = client.read_to_end(&mut Vec::new());
        })
    }

    fn serving(serve: impl Fn(UnixStream) + Send + Sync + 'static) -> Proxy {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("socket")).unwrap();
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(client));
            }
        });
        Proxy { directory }
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }
}
