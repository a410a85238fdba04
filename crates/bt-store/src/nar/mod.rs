//! NAR, the archive format over which the store hashes file trees.
//!
//! It keeps what matters to a build (names, contents, the executable bit, symbolic links) and nothing else, and writes
//! one tree in one way only. Every token is a string: its length as 64 little-endian bits, its bytes, zeros up to a
//! multiple of eight. Source: Nix manual, "Nix Archive (NAR) format".
//!
//! ```text
//! nar       = "nix-archive-1" node
//! node      = "(" "type" ( regular | symlink | directory ) ")"
//! regular   = "regular" [ "executable" "" ] "contents" bytes
//! symlink   = "symlink" "target" bytes
//! directory = "directory" { "entry" "(" "name" bytes "node" node ")" }     sorted by name
//! ```

mod file;
mod parse;
mod write;

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

pub use file::{NarFileContents, NotOneFile};
pub use parse::{MAX_DEPTH, NarEntry, NarVisitor, ParseNarError, ParseNarErrorKind, VisitNarError, parse};
pub use write::{NarFilter, hash_nar, write_nar};

/// The first token.
const MAGIC: &[u8] = b"nix-archive-1";

/// Strings are filled with zeros up to a multiple of this.
const ALIGNMENT: usize = 8;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NarKind {
    /// A file.
    Regular,
    /// A symbolic link, which is never followed.
    Symlink,
    /// A directory.
    Directory,
    /// A socket, pipe or device, which no archive can hold.
    Unknown,
}

/// Takes a file: first what it is, then its contents.
pub trait NarFile {
    /// Whether its owner may execute the file, and its length in bytes.
    fn begin(&mut self, executable: bool, size: u64);

    /// A piece of the contents, of any length. All together they must have the length that was told before.
    fn piece(&mut self, bytes: &[u8]);
}

/// A file tree to be archived; a real one, or one that a test holds in memory.
pub trait NarSource {
    /// Why something could not be read.
    type Error;

    /// What stands at `path`, symbolic links not followed.
    fn kind(&self, path: &Path) -> Result<NarKind, Self::Error>;

    /// Passes a file on.
    fn read_file(&self, path: &Path, file: &mut dyn NarFile) -> Result<(), Self::Error>;

    /// The names in a directory and what they are, in any order, without `.` and `..`.
    fn read_dir(&self, path: &Path) -> Result<Vec<(OsString, NarKind)>, Self::Error>;

    /// Where a symbolic link points, as it is written in it.
    fn read_link(&self, path: &Path) -> Result<OsString, Self::Error>;
}

/// Why a tree could not be archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NarError<E> {
    /// The source or the filter failed.
    Source(E),
    /// A socket, pipe or device.
    Unsupported {
        /// What is one.
        path: PathBuf,
    },
    /// A file had another length than was told, for example because it was written to meanwhile.
    SizeChanged {
        /// The file.
        path: PathBuf,
        /// The length that was told.
        expected: u64,
        /// How many bytes it had; a lower bound when it had more.
        actual: u64,
    },
    /// The source listed a name that no directory can hold: empty, `.`, `..`, or with a slash or a zero byte.
    Name {
        /// The directory.
        path: PathBuf,
        /// The name.
        name: OsString,
    },
    /// The source listed a name twice.
    Duplicate {
        /// The directory.
        path: PathBuf,
        /// The name.
        name: OsString,
    },
}

impl<E: fmt::Display> fmt::Display for NarError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::Unsupported { path } => {
                write!(f, "file '{}' has an unsupported type (socket, pipe or device)", path.display())
            }
            Self::SizeChanged { path, expected, actual } => write!(
                f,
                "the length of '{}' changed from {expected} to {actual} bytes while it was read",
                path.display()
            ),
            Self::Name { path, name } => {
                write!(f, "directory '{}' has an entry with the illegal name '{}'", path.display(), name.display())
            }
            Self::Duplicate { path, name } => {
                write!(f, "directory '{}' has two entries with the name '{}'", path.display(), name.display())
            }
        }
    }
}

impl<E: Error + 'static> Error for NarError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Source(error) => Some(error),
            _ => None,
        }
    }
}

/// Whether a directory can have an entry of this name.
fn is_entry_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.contains(&b'/') && !name.contains(&0)
}

/// How many zeros follow a string of this length.
const fn padding(length: u64) -> usize {
    let over = (length % ALIGNMENT as u64) as usize;
    (ALIGNMENT - over) % ALIGNMENT
}
