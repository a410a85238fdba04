//! Why something is not a flake reference.

use bt_store::HashError;
use std::fmt;

/// Why something is not a flake reference; the message is Nix's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlakeRefError {
    message: String,
    /// Whether the text is no URL at all, and may be a path.
    pub(crate) is_bad_url: bool,
    /// What was wrong with it as a URL, when it was then read as a path.
    cause: Option<String>,
}

impl FlakeRefError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        FlakeRefError { message: message.into(), is_bad_url: false, cause: None }
    }

    pub(crate) fn bad_url(message: impl Into<String>) -> Self {
        FlakeRefError { is_bad_url: true, ..Self::new(message) }
    }

    pub(crate) fn because(mut self, cause: &FlakeRefError) -> Self {
        self.cause = Some(cause.message.clone());
        self
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Why it is no URL, when the message only says that it is no path either; Nix does not say it.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }
}

impl fmt::Display for FlakeRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FlakeRefError {}

impl From<HashError> for FlakeRefError {
    fn from(error: HashError) -> Self {
        // As newer versions of Nix say it.
        FlakeRefError::new(match &error {
            HashError::Length { text, algorithm } => {
                format!("hash '{text}' has wrong length for hash algorithm '{algorithm}'")
            }
            HashError::UnknownAlgorithm(name) => {
                format!("unknown hash algorithm '{name}', expect 'md5', 'sha1', 'sha256', or 'sha512'")
            }
            _ => error.to_string(),
        })
    }
}
