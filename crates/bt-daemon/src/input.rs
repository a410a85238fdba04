//! Reading what a daemon sends: numbers of eight bytes, strings filled up with zeros, lists; all within limits.

use crate::connection::{Limits, Shared};
use crate::error::{CONNECTING, DaemonError, Malformed};
use bt_store::{Hash, HashAlgorithm, StorePath};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const BUFFER: usize = 64 * 1024;

/// How long to wait for the other side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    /// For the next byte.
    pub silence: Option<Duration>,
    /// For everything.
    pub total: Option<Duration>,
}

/// The receiving half of a connection.
pub(crate) struct Input {
    shared: Arc<Shared>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    pub limits: Limits,
    /// What the other side was asked for, for messages: "asking for …".
    pub during: &'static str,
    patience: Patience,
    deadline: Option<Instant>,
    /// The timeout that the socket has.
    timeout: Option<Duration>,
    /// Set while this side is sending: then the other one need not say anything.
    pub sending: Arc<AtomicBool>,
}

impl Input {
    pub fn new(shared: Arc<Shared>, limits: Limits) -> Self {
        Self {
            shared,
            buffer: vec![0; BUFFER].into(),
            start: 0,
            end: 0,
            limits,
            during: CONNECTING,
            patience: Patience::default(),
            deadline: None,
            timeout: None,
            sending: Arc::default(),
        }
    }

    /// From now on the other side is asked for something else, and has that much time.
    pub fn begin(&mut self, during: &'static str, patience: Patience) {
        self.during = during;
        self.patience = patience;
        self.deadline = patience.total.map(|total| Instant::now() + total);
    }

    pub fn malformed(&self, what: Malformed) -> DaemonError {
        DaemonError::Malformed { during: self.during, what }
    }

    fn too_late(&self, after: Option<Duration>) -> DaemonError {
        DaemonError::Timeout { during: self.during, after: after.unwrap_or_default() }
    }

    /// How long to wait for the next byte.
    fn next_timeout(&self) -> Result<Option<Duration>, DaemonError> {
        let Some(deadline) = self.deadline else { return Ok(self.patience.silence) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(self.too_late(self.patience.total));
        }
        Ok(Some(self.patience.silence.map_or(left, |silence| silence.min(left))))
    }

    /// Receives more bytes.
    fn fill(&mut self) -> Result<(), DaemonError> {
        loop {
            let timeout = self.next_timeout()?;
            if timeout != self.timeout {
                let set = self.shared.stream.set_read_timeout(timeout);
                set.map_err(|error| DaemonError::Io { during: self.during, error })?;
                self.timeout = timeout;
            }
            match (&self.shared.stream).read(&mut self.buffer) {
                Ok(0) => return Err(self.shared.closed(self.during)),
                Ok(length) => {
                    (self.start, self.end) = (0, length);
                    return Ok(());
                }
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                        if !self.sending.load(Ordering::Acquire) {
                            self.next_timeout()?;
                            return Err(self.too_late(timeout));
                        }
                    }
                    ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                        return Err(self.shared.closed(self.during));
                    }
                    _ => return Err(DaemonError::Io { during: self.during, error }),
                },
            }
        }
    }

    /// At least one byte and at most `most`, which is not zero.
    pub fn some(&mut self, most: usize) -> Result<&[u8], DaemonError> {
        if self.start == self.end {
            self.fill()?;
        }
        let start = self.start;
        self.start = self.end.min(start.saturating_add(most));
        Ok(&self.buffer[start..self.start])
    }

    fn array(&mut self) -> Result<[u8; 8], DaemonError> {
        let mut array = [0; 8];
        let mut have = 0;
        while have < array.len() {
            let piece = self.some(array.len() - have)?;
            array[have..have + piece.len()].copy_from_slice(piece);
            have += piece.len();
        }
        Ok(array)
    }

    pub fn number(&mut self) -> Result<u64, DaemonError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub fn boolean(&mut self) -> Result<bool, DaemonError> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            number => Err(self.malformed(Malformed::Number { of: "boolean", number })),
        }
    }

    /// A number that is a length.
    pub fn length(&mut self, limit: usize) -> Result<usize, DaemonError> {
        let length = self.number()?;
        let fits = usize::try_from(length).ok().filter(|length| *length <= limit);
        fits.ok_or_else(|| self.malformed(Malformed::TooLong { length, limit: limit as u64 }))
    }

    /// The zeros after so many bytes.
    pub fn padding(&mut self, length: u64) -> Result<(), DaemonError> {
        let mut left = padding(length);
        while left > 0 {
            let piece = self.some(left)?;
            left -= piece.len();
            if piece.iter().any(|byte| *byte != 0) {
                return Err(self.malformed(Malformed::Padding));
            }
        }
        Ok(())
    }

    pub fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, DaemonError> {
        let length = self.length(limit)?;
        // A length may lie: memory is used for what is really there.
        let mut bytes = Vec::with_capacity(length.min(BUFFER));
        while bytes.len() < length {
            let left = length - bytes.len();
            bytes.extend_from_slice(self.some(left)?);
        }
        self.padding(length as u64)?;
        Ok(bytes)
    }

    /// A string that must be UTF-8.
    pub fn text(&mut self) -> Result<String, DaemonError> {
        let bytes = self.bytes(self.limits.string)?;
        String::from_utf8(bytes).map_err(|_| self.malformed(Malformed::NotText))
    }

    /// A string for people: its beginning, whatever its encoding is.
    pub fn message(&mut self) -> Result<String, DaemonError> {
        let length = self.length(self.limits.string)?;
        let keep = length.min(self.limits.log_line);
        let mut kept = Vec::with_capacity(keep.min(BUFFER));
        let mut left = length;
        while left > 0 {
            let piece = self.some(left)?;
            left -= piece.len();
            let room = keep - kept.len();
            kept.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        self.padding(length as u64)?;
        Ok(match String::from_utf8(kept) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }

    pub fn store_path(&mut self) -> Result<StorePath, DaemonError> {
        let text = self.text()?;
        self.parse_path(text)
    }

    fn parse_path(&self, text: String) -> Result<StorePath, DaemonError> {
        StorePath::parse_absolute(&text).map_err(|_| self.malformed(Malformed::StorePath(shortened(text))))
    }

    /// A store path, or the empty string for none.
    pub fn optional_store_path(&mut self) -> Result<Option<StorePath>, DaemonError> {
        let text = self.text()?;
        if text.is_empty() { Ok(None) } else { self.parse_path(text).map(Some) }
    }

    /// How many elements a list has that follows.
    pub fn list(&mut self) -> Result<usize, DaemonError> {
        self.length(self.limits.list)
    }

    pub fn store_paths(&mut self) -> Result<BTreeSet<StorePath>, DaemonError> {
        (0..self.list()?).map(|_| self.store_path()).collect()
    }

    pub fn texts(&mut self) -> Result<Vec<String>, DaemonError> {
        (0..self.list()?).map(|_| self.text()).collect()
    }

    /// A hash in any notation, of SHA-256 if it does not say otherwise.
    pub fn hash(&mut self) -> Result<Hash, DaemonError> {
        let text = self.text()?;
        let hash = Hash::parse_any(&text, Some(HashAlgorithm::Sha256));
        hash.map_err(|_| self.malformed(Malformed::Hash(shortened(text))))
    }
}

/// How many zeros follow a string.
pub(crate) const fn padding(length: u64) -> usize {
    (length.wrapping_neg() % 8) as usize
}

/// Enough of a wrong text to recognise it.
pub(crate) fn shortened(text: String) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
