//! Archives: decompression and tar, within limits.

mod compression;
mod header;
mod tar;
mod unpack;

pub use compression::decompress;
pub use tar::{Contents, Entries, Entry, EntryKind};
pub(crate) use unpack::unpack;

/// How much an archive may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the archive once it is not compressed any more.
    pub unpacked_size: u64,
    /// Files, directories and links.
    pub entries: u64,
    /// Bytes of a path.
    pub path_length: usize,
    /// How many directories may be inside each other.
    pub depth: usize,
}

impl Default for Limits {
    /// More than ten times what nixpkgs has.
    fn default() -> Self {
        Limits { unpacked_size: 8 << 30, entries: 1_000_000, path_length: 4096, depth: 256 }
    }
}
