//! Daemons that say whatever a test wants them to say.

#![allow(dead_code, reason = "each test uses a part of it")]

use bt_daemon::{Limits, Options, Timeouts};
use bt_store::StorePath;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

pub const LAST: u64 = 0x616c_7473;
pub const NEXT: u64 = 0x6f6c_6d67;
pub const ERROR: u64 = 0x6378_7470;
pub const START: u64 = 0x5354_5254;
pub const RESULT: u64 = 0x5253_4c54;
pub const STOP: u64 = 0x5354_4f50;
pub const MAGIC: u64 = 0x6478_696f;

/// What a daemon sends, or a client.
#[derive(Clone, Default)]
pub struct Words(pub Vec<u8>);

impl Words {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn n(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub fn s(self, text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        let mut result = self.n(text.len() as u64);
        result.0.extend_from_slice(text);
        let end = result.0.len().next_multiple_of(8);
        result.0.resize(end, 0);
        result
    }

    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// The first words of a daemon.
    pub fn hello(self, minor: u64) -> Self {
        let mut words = self.n(MAGIC).n(0x100 | minor);
        if minor >= 38 {
            words = words.n(0);
        }
        if minor >= 33 {
            words = words.s("2.0");
        }
        if minor >= 35 {
            words = words.n(1);
        }
        words.n(LAST)
    }

    pub fn error(self, message: &str) -> Self {
        self.n(ERROR).s("Error").n(0).s("Error").s(message).n(0).n(0)
    }
}

/// Short times and small limits.
pub fn options() -> Options {
    let timeouts = Timeouts {
        handshake: Duration::from_millis(300),
        silence: Duration::from_millis(300),
        answer: Duration::from_millis(600),
        transfer: Duration::from_millis(300),
    };
    let limits = Limits { string: 1 << 16, log_line: 100, list: 1000, log: 10_000 };
    Options { timeouts, limits, ..Options::default() }
}

pub fn path(name: &str) -> StorePath {
    StorePath::parse_absolute(&format!("/nix/store/00000000000000000000000000000000-{name}")).unwrap()
}

/// The client's end of a connection to a daemon that says something and then ends when the client does, after it read all.
pub fn saying(words: Words) -> UnixStream {
    acting(move |mut stream| {
        let _ = stream.write_all(&words.0);
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

/// A daemon that says something and ends the connection.
pub fn ending(words: Words) -> UnixStream {
    acting(move |mut stream| {
        let _ = stream.write_all(&words.0);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

pub fn acting(act: impl FnOnce(UnixStream) + Send + 'static) -> UnixStream {
    let (near, far) = UnixStream::pair().unwrap();
    std::thread::spawn(move || act(far));
    near
}
