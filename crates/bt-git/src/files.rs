//! How this crate reaches files.

use std::io;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatKind {
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A directory.
    Directory,
    /// A socket, pipe or device.
    Other,
}

/// What the index remembers of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: StatKind,
    /// Whether its owner may execute it.
    pub executable: bool,
    /// Size in bytes.
    pub size: u64,
    /// Last change of contents: seconds since 1970, nanoseconds.
    pub modified: (i64, u32),
    /// Last change of anything, likewise.
    pub changed: (i64, u32),
    /// Inode.
    pub inode: u64,
}

/// Read access to files. Paths are absolute; parents that are links are followed.
pub trait Files {
    /// The contents of a file, links followed.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// Bytes of a file from an offset; fewer than asked for only at its end.
    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;
    /// The names in a directory.
    fn list(&self, path: &str) -> io::Result<Vec<String>>;
    /// What stands at a path, the last component not followed; `None` when nothing does.
    fn stat(&self, path: &str) -> io::Result<Option<Stat>>;
    /// Where a link points.
    fn read_link(&self, path: &str) -> io::Result<String>;
}

/// The contents of a file; `None` when there is none.
pub(crate) fn read_if_there(files: &dyn Files, path: &str) -> io::Result<Option<Vec<u8>>> {
    match files.read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory)
}
