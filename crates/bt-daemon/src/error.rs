//! What can go wrong between this client and a daemon.

use crate::version::ProtocolVersion;
use bt_store::StorePath;
use std::fmt;
use std::io;
use std::time::Duration;

/// What goes on before anything was asked.
pub(crate) const CONNECTING: &str = "connecting";

/// Why the daemon did not do what it was asked for.
#[derive(Debug)]
pub enum DaemonError {
    /// A store address that this client cannot reach.
    Address {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers at a socket, or a command could not be started.
    Connect {
        /// The socket or the command.
        place: String,
        /// What the system says.
        error: io::Error,
    },
    /// The other side ended the connection.
    Closed {
        /// What it was asked for.
        during: &'static str,
        /// The last words of the command that led to it.
        said: Option<String>,
    },
    /// The other side takes too long.
    Timeout {
        /// What it was asked for.
        during: &'static str,
        /// How long this client waited.
        after: Duration,
    },
    /// Someone ended the connection through its [`crate::ShutdownHandle`].
    Cancelled,
    /// The system failed to send or to receive.
    Io {
        /// What was asked for.
        during: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// What answers is no nix-daemon.
    NotADaemon {
        /// The first bytes of its answer, as text.
        answer: String,
    },
    /// The daemon speaks a protocol that this client does not.
    Version {
        /// The daemon's version.
        version: ProtocolVersion,
    },
    /// The daemon does not follow the protocol.
    Malformed {
        /// What it was asked for.
        during: &'static str,
        /// What is wrong.
        what: Malformed,
    },
    /// The daemon says that it failed. The connection can be used again.
    Remote(Box<RemoteError>),
    /// The daemon is too old for an operation.
    NeedsNewer {
        /// The operation.
        operation: &'static str,
        /// The first version of the protocol that has it.
        needs: ProtocolVersion,
        /// The version that both sides speak.
        has: ProtocolVersion,
    },
    /// The connection broke in an earlier operation.
    Unusable,
    /// The store holds something under another path than was computed.
    PathMismatch {
        /// The path that was computed.
        expected: StorePath,
        /// The store's.
        actual: StorePath,
    },
    /// The store accepted a path and does not have it.
    NotRegistered(StorePath),
    /// A source or text is not what its path was computed from; most likely it was changed meanwhile.
    Changed {
        /// The path of what was evaluated.
        expected: StorePath,
        /// The path of what is there now.
        actual: StorePath,
    },
    /// A source could not be read.
    Source {
        /// Its store path.
        path: StorePath,
        /// Why.
        reason: String,
    },
    /// Something refers to a path that the store does not have and that was not given.
    MissingReference {
        /// What is missing.
        path: StorePath,
        /// What refers to it.
        by: StorePath,
    },
    /// Paths refer to each other in a circle.
    Cycle(StorePath),
    /// A path whose contents cannot have it, such as one with references that its kind cannot have.
    Object {
        /// The path.
        path: StorePath,
        /// Why.
        reason: String,
    },
    /// Whoever takes an archive failed.
    Sink(io::Error),
}

/// What a daemon says when it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteError {
    /// The message, which may have lines and terminal colours.
    pub message: String,
    /// How the daemon got there, the outermost step last.
    pub traces: Vec<String>,
    /// The exit status that it proposes; only old daemons do.
    pub status: Option<u64>,
}

/// How a daemon did not follow the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A string or list has more bytes or elements than allowed.
    TooLong {
        /// Its length.
        length: u64,
        /// The limit.
        limit: u64,
    },
    /// A string is not filled up with zeros to a multiple of eight bytes.
    Padding,
    /// A string that must be text is not UTF-8.
    NotText,
    /// A string that must be a store path is none.
    StorePath(String),
    /// A string that must be a hash is none.
    Hash(String),
    /// A number is not one of those that may stand there.
    Number {
        /// What it stands for.
        of: &'static str,
        /// The number.
        number: u64,
    },
    /// A message that the client cannot expect.
    Message(u64),
    /// An error of another kind than `Error`.
    ErrorKind(String),
    /// Where an output of a derivation is, is not told in a way that can be understood.
    Realisation(String),
    /// The answer has not as many results as were asked for.
    Results {
        /// As many as asked for.
        expected: usize,
        /// As many as there are.
        actual: usize,
    },
    /// What should be an archive is none; what was expected instead.
    Nar(&'static str),
    /// A path is in an answer that nobody asked for.
    NotAsked(String),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, limit } => write!(f, "a length of {length} where at most {limit} is possible"),
            Self::Padding => f.write_str("a string is not filled up with zeros"),
            Self::NotText => f.write_str("a text is not UTF-8"),
            Self::StorePath(text) => write!(f, "'{}' is not a store path", text.escape_debug()),
            Self::Hash(text) => write!(f, "'{}' is not a hash", text.escape_debug()),
            Self::Number { of, number } => write!(f, "{number} is not a {of}"),
            Self::Message(number) => write!(f, "a message of unknown kind {number:#x}"),
            Self::ErrorKind(kind) => write!(f, "an error of unknown kind '{}'", kind.escape_debug()),
            Self::Realisation(text) => write!(f, "'{}' does not tell where an output is", text.escape_debug()),
            Self::Results { expected, actual } => write!(f, "{actual} results instead of {expected}"),
            Self::Nar(expected) => write!(f, "an archive has something else where {expected} must stand"),
            Self::NotAsked(path) => write!(f, "'{}' was not asked for", path.escape_debug()),
        }
    }
}

impl fmt::Display for DaemonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { address, reason } => write!(f, "store address '{address}': {reason}"),
            Self::Connect { place, error } => write!(f, "cannot connect to nix-daemon ({place}): {error}"),
            Self::Closed { during, said } => {
                write!(f, "nix-daemon ended the connection while {during}")?;
                match said {
                    Some(said) => write!(f, ": {said}"),
                    None if *during == CONNECTING => f.write_str("; it may not serve this user (allowed-users)"),
                    None => Ok(()),
                }
            }
            Self::Timeout { during, after } => {
                write!(f, "no answer from nix-daemon within {} while {during}", seconds(*after))
            }
            Self::Cancelled => f.write_str("cancelled"),
            Self::Io { during, error } => write!(f, "connection to nix-daemon failed while {during}: {error}"),
            Self::NotADaemon { answer } => write!(f, "what answers is no nix-daemon, it says '{answer}'"),
            Self::Version { version } => write!(
                f,
                "nix-daemon speaks version {version} of its protocol, bt-lint those from {} to {}",
                ProtocolVersion::OLDEST,
                ProtocolVersion::NEWEST
            ),
            Self::Malformed { during, what } => {
                write!(f, "nix-daemon does not follow its protocol while {during}: {what}")
            }
            Self::Remote(error) => error.fmt(f),
            Self::NeedsNewer { operation, needs, has } => {
                write!(f, "nix-daemon is too old for {operation}: it speaks version {has} of its protocol, not {needs}")
            }
            Self::Unusable => f.write_str("the connection to nix-daemon broke before"),
            Self::PathMismatch { expected, actual } => {
                write!(f, "the store computed '{actual}' instead of '{expected}'")
            }
            Self::NotRegistered(path) => write!(f, "the store accepted '{path}' and does not have it"),
            Self::Changed { expected, actual } => {
                write!(f, "'{expected}' is not what was evaluated: it is '{actual}' now")
            }
            Self::Source { path, reason } => write!(f, "cannot read the source of '{path}': {reason}"),
            Self::MissingReference { path, by } => write!(f, "the store has no '{path}', which '{by}' refers to"),
            Self::Cycle(path) => write!(f, "'{path}' refers to itself through others"),
            Self::Object { path, reason } => write!(f, "'{path}' cannot be registered: {reason}"),
            Self::Sink(error) => write!(f, "cannot take the archive: {error}"),
        }
    }
}

impl std::error::Error for DaemonError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Connect { error, .. } | Self::Io { error, .. } | Self::Sink(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.trim_end())
    }
}

fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} s", duration.as_secs())
    }
}
