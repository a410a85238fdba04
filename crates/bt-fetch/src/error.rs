//! Why something could not be fetched.

use std::error::Error;
use std::fmt;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchErrorKind {
    /// The network may not be used.
    Offline,
    /// The cache directory cannot be used.
    Cache,
    /// No connection, or a transfer that broke; it was tried again as often as allowed.
    Network,
    /// The server answered with an HTTP status that is no success.
    Status(u16),
    /// More than a limit allows: bytes, entries, redirects.
    Limit,
    /// Not an archive, a damaged one, or one that has what no source tree can have.
    Archive,
    /// A git repository that is damaged or not there, or that lacks what was asked for.
    Repository,
    /// A server of a git repository does not hand out what it was asked for.
    Refused,
    /// The hash of what was fetched is not the one that was asked for.
    HashMismatch,
    /// The reference cannot be fetched in this way.
    Unsupported,
}

/// Why something could not be fetched. No message has a credential in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchError {
    /// What kind of thing went wrong.
    pub kind: FetchErrorKind,
    /// What went wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl FetchError {
    pub(crate) fn new(kind: FetchErrorKind, message: impl Into<String>) -> Self {
        FetchError { kind, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn archive(message: impl Into<String>) -> Self {
        FetchError::new(FetchErrorKind::Archive, message)
    }

    pub(crate) fn cache(message: impl Into<String>) -> Self {
        FetchError::new(FetchErrorKind::Cache, message)
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for FetchError {}
