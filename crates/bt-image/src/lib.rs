//! Built container images: what `docker save`, dockerTools and skopeo write, read in one pass and never unpacked.
//!
//! ```text
//! source    a tar archive (plain, gzip, zstd, xz, bzip2) or the directory of an OCI layout -> blobs
//! layer     a blob that is a tar archive -> its entries, its digests, and of each file what is asked for later
//! manifest  blobs -> which configuration and layers make the image, and whether their digests are right
//! tree      layers -> the files of the image: whiteouts applied, links followed
//! ```
//!
//! In an archive of docker, `manifest.json` may come after the layers. So every entry is looked at when it comes by: JSON is
//! kept, archives are indexed as layers, and which of them belong to the image is found out at the end.
//!
//! Everything that is kept has a limit ([`Limits`]): an archive is written by others.

mod content;
mod error;
mod layer;
mod manifest;
mod source;
mod tree;

pub use content::{Content, Interpreter};
pub use error::ImageError;
pub use layer::{Kind, LayerEntry};
pub use manifest::{Format, LayerSummary};
pub use tree::{File, Found, Tree};

use serde_json::Value as Json;
use std::io::Read;
use std::path::Path;

/// How much an image may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the archive, and of all layers together, once they are not compressed any more.
    pub unpacked_size: u64,
    /// Files, directories and links of all layers.
    pub entries: usize,
    /// Bytes of a path.
    pub path_length: usize,
}

impl Default for Limits {
    /// More than images have.
    fn default() -> Self {
        Limits { unpacked_size: 16 << 30, entries: 1_000_000, path_length: 4096 }
    }
}

/// An image.
#[derive(Debug)]
pub struct BuiltImage {
    /// How it is stored.
    pub format: Format,
    /// Its names, `name:tag`; none when it has none.
    pub names: Vec<String>,
    /// Digest of its configuration, by which runtimes know it: `sha256:…`.
    pub id: String,
    /// The whole configuration (OCI Image Specification, "Image Configuration").
    pub configuration: Json,
    /// Its layers, the lowest first.
    pub layers: Vec<LayerSummary>,
    /// Its files.
    pub tree: Tree,
}

impl BuiltImage {
    /// What a container is started with: the key `config`.
    pub fn config(&self) -> Option<&Json> {
        self.configuration.get("config").filter(|config| config.is_object())
    }

    /// Bytes of all layers, not compressed.
    pub fn size(&self) -> u64 {
        self.layers.iter().map(|layer| layer.size).sum()
    }
}

/// Reads an image: a docker archive, an archive of an OCI layout, or the directory of one. `name` chooses among several.
///
/// # Errors
/// What cannot be read, is no image, is damaged, has another digest than it says, or exceeds a limit; several images, and no
/// name that chooses one.
pub fn inspect(path: &Path, name: Option<&str>, limits: &Limits) -> Result<BuiltImage, ImageError> {
    manifest::assemble(&source::read(path, limits)?, name)
}

/// Reads an archive from a stream, such as what `docker save` prints. See [`inspect`].
///
/// # Errors
/// As those of [`inspect`].
pub fn inspect_stream(stream: impl Read, name: Option<&str>, limits: &Limits) -> Result<BuiltImage, ImageError> {
    manifest::assemble(&source::read_archive(stream, limits)?, name)
}
