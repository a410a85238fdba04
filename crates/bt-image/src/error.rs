//! Why an image cannot be inspected.

use bt_fetch::FetchError;
use std::fmt;

/// Why an image cannot be inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageError {
    /// One sentence without a final full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl ImageError {
    pub(crate) fn new(message: impl Into<String>) -> ImageError {
        ImageError { message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> ImageError {
        self.help = Some(help.into());
        self
    }

    /// The same error, with what it is about.
    pub(crate) fn of(mut self, what: &str) -> ImageError {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ImageError {}

impl From<FetchError> for ImageError {
    fn from(error: FetchError) -> ImageError {
        ImageError::new(error.to_string())
    }
}

/// A path of an archive for a message: short, and without what acts on a terminal.
pub(crate) fn shown(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    let mut shown: String = text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(200).is_some() {
        shown.push('…');
    }
    shown
}
