//! Archives that no program would write.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// A tar archive, entry by entry.
#[derive(Default)]
pub struct Tarball(Vec<u8>);

impl Tarball {
    /// An archive without entries.
    pub fn new() -> Self {
        Tarball::default()
    }

    /// Adds an entry: its type flag (`0` file, `1` hard link, `2` link, `5` directory, …), name, target, contents.
    #[must_use]
    pub fn entry(self, kind: u8, name: &str, target: &str, contents: &[u8]) -> Self {
        self.sized(kind, name, target, contents, contents.len() as u64)
    }

    /// A file.
    #[must_use]
    pub fn file(self, name: &str, contents: &str) -> Self {
        self.entry(b'0', name, "", contents.as_bytes())
    }

    /// An entry that tells a size of its own.
    #[must_use]
    pub fn sized(mut self, kind: u8, name: &str, target: &str, contents: &[u8], size: u64) -> Self {
        let mut block = [0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[157..157 + target.len()].copy_from_slice(target.as_bytes());
        block[100..107].copy_from_slice(b"0000644");
        block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        block[156] = kind;
        block[257..265].copy_from_slice(b"ustar\x0000");
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(block);
        self.0.extend(contents);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// The archive, with its end.
    pub fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }

    /// The same, compressed.
    pub fn gzip(self) -> Vec<u8> {
        gzip(&self.finish())
    }
}

/// Compresses bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}
