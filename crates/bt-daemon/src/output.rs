//! Writing what a daemon reads.

use crate::connection::Shared;
use crate::error::{CONNECTING, DaemonError};
use crate::input::padding;
use bt_store::StorePath;
use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::time::Duration;

/// The sending half of a connection. What is written is kept until it is flushed.
pub(crate) struct Output {
    shared: Arc<Shared>,
    buffer: Vec<u8>,
    pub during: &'static str,
    timeout: Option<Duration>,
}

impl Output {
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { shared, buffer: Vec::new(), during: CONNECTING, timeout: None }
    }

    /// From now on the other side has that much time to take something.
    pub fn begin(&mut self, during: &'static str, timeout: Option<Duration>) -> Result<(), DaemonError> {
        self.during = during;
        self.buffer.clear();
        if timeout != self.timeout {
            let set = self.shared.stream.set_write_timeout(timeout);
            set.map_err(|error| DaemonError::Io { during, error })?;
            self.timeout = timeout;
        }
        Ok(())
    }

    pub fn number(&mut self, number: u64) -> &mut Self {
        self.buffer.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.number(value.into())
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        put_bytes(&mut self.buffer, bytes);
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub fn texts<'t>(&mut self, texts: impl ExactSizeIterator<Item = &'t str>) -> &mut Self {
        self.number(texts.len() as u64);
        for text in texts {
            self.text(text);
        }
        self
    }

    pub fn store_paths<'p>(&mut self, paths: impl ExactSizeIterator<Item = &'p StorePath>) -> &mut Self {
        self.texts(paths.map(StorePath::as_str))
    }

    /// Bytes without a length.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.buffer.extend_from_slice(bytes);
        self
    }

    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    pub fn flush(&mut self) -> Result<(), DaemonError> {
        let result = (&self.shared.stream).write_all(&self.buffer);
        self.buffer.clear();
        result.map_err(|error| match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                DaemonError::Timeout { during: self.during, after: self.timeout.unwrap_or_default() }
            }
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::NotConnected => {
                self.shared.closed(self.during)
            }
            _ => DaemonError::Io { during: self.during, error },
        })
    }
}

/// A string: its length, its bytes, and zeros up to a multiple of eight.
pub(crate) fn put_bytes(buffer: &mut Vec<u8>, bytes: &[u8]) {
    let length = bytes.len() as u64;
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(bytes);
    buffer.extend_from_slice(&[0; 8][..padding(length)]);
}
