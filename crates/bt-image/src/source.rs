//! From a file or directory to blobs: each hashed, and looked at once.

use crate::Limits;
use crate::error::{ImageError, shown};
use crate::layer::{self, Budget, LayerEntry};
use bt_fetch::{Entries, EntryKind, decompress};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

/// So many bytes a document may have.
const MAX_DOCUMENT: u64 = 4 << 20;

/// So many bytes all documents may have together.
const MAX_DOCUMENTS: usize = 16 << 20;

/// So many files an archive of an image, or its directory, may have.
const MAX_BLOBS: usize = 10_000;

/// The first bytes of compressed streams.
const COMPRESSED: &[&[u8]] = &[b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh"];

/// A file of an image's archive.
pub(crate) struct Blob {
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub digest: String,
    /// Its bytes.
    pub size: u64,
    pub body: Body,
}

/// What a file is.
pub(crate) enum Body {
    Document(Vec<u8>),
    Layer(Rc<Layer>),
    /// Another name of a file; relative to its directory when it is a symbolic link.
    Link(String),
    Other,
}

/// A layer that was read.
pub(crate) struct Layer {
    /// SHA-256 of the archive when it is not compressed, in hexadecimal digits.
    pub diff_id: String,
    /// Bytes of the archive when it is not compressed.
    pub size: u64,
    pub entries: Vec<LayerEntry>,
}

pub(crate) struct Blobs {
    pub files: BTreeMap<String, Blob>,
    /// So many entries all layers of an image may have.
    pub entries: usize,
}

/// Reads all blobs.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Blobs, ImageError> {
    let cannot = |error: io::Error| ImageError::new(format!("cannot read '{}': {error}", path.display()));
    let metadata = fs::metadata(path).map_err(cannot)?;
    if metadata.is_dir() {
        return read_directory(path, limits);
    }
    // Reading a pipe could wait for ever.
    if !metadata.is_file() {
        return Err(ImageError::new(format!("cannot read '{}': it is not a regular file", path.display())));
    }
    read_archive(File::open(path).map_err(cannot)?, limits)
}

/// Reads an archive from a stream.
pub(crate) fn read_archive(file: impl Read, limits: &Limits) -> Result<Blobs, ImageError> {
    let mut archive = Entries::new(decompress(file, limits.unpacked_size)?);
    let mut reader = Reader::new(limits);
    while let Some(entry) = archive.next()? {
        let name = normal(&String::from_utf8_lossy(&entry.path));
        match entry.kind {
            EntryKind::File { .. } => reader.add(name, &mut archive.contents())?,
            EntryKind::Symlink(target) => {
                let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
                let target = normal(&format!("{directory}/{}", String::from_utf8_lossy(&target)));
                reader.link(name, target)?;
            }
            EntryKind::HardLink(target) => reader.link(name, normal(&String::from_utf8_lossy(&target)))?,
            EntryKind::Directory | EntryKind::Special(_) => {}
        }
    }
    Ok(reader.blobs)
}

/// Reads an OCI layout: `index.json`, and the blobs (OCI Image Specification, "Image Layout").
#[expect(clippy::disallowed_methods, reason = "an image is read where it is, and not through the evaluator")]
fn read_directory(path: &Path, limits: &Limits) -> Result<Blobs, ImageError> {
    let mut reader = Reader::new(limits);
    let blobs = path.join("blobs").join("sha256");
    let listed = fs::read_dir(&blobs).map_err(|_| {
        let message = format!("'{}' is a directory, but not an OCI layout: it has no blobs/sha256", path.display());
        ImageError::new(message).help("an image is an archive of `docker save` or dockerTools, or an OCI layout")
    })?;
    let mut names = vec![(path.join("index.json"), "index.json".to_string())];
    for entry in listed.take(MAX_BLOBS).flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        names.push((entry.path(), format!("blobs/sha256/{name}")));
    }
    names.sort();
    for (file, name) in names {
        let cannot = |error: io::Error| ImageError::new(format!("cannot read '{}': {error}", file.display()));
        if fs::metadata(&file).map_err(cannot)?.is_file() {
            reader.add(name, &mut File::open(&file).map_err(cannot)?)?;
        }
    }
    Ok(reader.blobs)
}

/// A name in an archive, without `.`, `..` and slashes that mean nothing.
pub(crate) fn normal(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

struct Reader {
    blobs: Blobs,
    budget: Budget,
    limits: Limits,
    /// Bytes of layers so far, not compressed.
    unpacked: u64,
    documents: usize,
}

impl Reader {
    fn new(limits: &Limits) -> Reader {
        let blobs = Blobs { files: BTreeMap::new(), entries: limits.entries };
        Reader { blobs, budget: Budget::new(limits), limits: *limits, unpacked: 0, documents: 0 }
    }

    fn insert(&mut self, name: String, blob: Blob) -> Result<(), ImageError> {
        if self.blobs.files.len() >= MAX_BLOBS || name.len() > self.limits.path_length {
            return Err(ImageError::new(format!("the archive has more than {MAX_BLOBS} files, or too long names")));
        }
        // Of two files with one name, the last one counts, as for tar.
        self.blobs.files.insert(name, blob);
        Ok(())
    }

    fn link(&mut self, name: String, target: String) -> Result<(), ImageError> {
        self.insert(name, Blob { digest: String::new(), size: 0, body: Body::Link(target) })
    }

    fn add(&mut self, name: String, contents: &mut dyn Read) -> Result<(), ImageError> {
        let unreadable = |error: io::Error| ImageError::new(format!("'{}': {error}", shown(name.as_bytes())));
        let mut raw = Hashing::new(contents);
        let mut start = Vec::new();
        raw.by_ref().take(512).read_to_end(&mut start).map_err(unreadable)?;
        let is_compressed = COMPRESSED.iter().any(|magic| start.starts_with(magic));
        // An archive without files is zeros.
        let is_tar = start.get(257..262) == Some(b"ustar") || (start.len() == 512 && start.iter().all(|&b| b == 0));
        let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_document = !is_tar && matches!(first, Some(b'{' | b'['));
        let mut whole = io::Cursor::new(start).chain(&mut raw);
        let (mut body, mut read) = (Body::Other, None);
        if is_compressed || is_tar {
            let left = self.limits.unpacked_size.saturating_sub(self.unpacked);
            let of_layer = |error: ImageError| error.of(&format!("the layer '{}'", shown(name.as_bytes())));
            let layer = if is_compressed {
                decompress(&mut whole, left)
                    .map_err(ImageError::from)
                    .and_then(|stream| read_layer(stream, &mut self.budget))
            } else {
                // Its digest is that of the file.
                layer::read(&mut whole, &mut self.budget).map(|entries| Layer {
                    diff_id: String::new(),
                    size: 0,
                    entries,
                })
            };
            let layer = layer.map_err(of_layer)?;
            self.unpacked = self.unpacked.saturating_add(layer.size);
            read = Some(layer);
        } else if is_document {
            let mut document = Vec::new();
            whole.by_ref().take(MAX_DOCUMENT + 1).read_to_end(&mut document).map_err(unreadable)?;
            self.documents += document.len();
            if document.len() as u64 > MAX_DOCUMENT || self.documents > MAX_DOCUMENTS {
                let message = format!("'{}' has more than {MAX_DOCUMENT} bytes", shown(name.as_bytes()));
                return Err(ImageError::new(message));
            }
            body = Body::Document(document);
        }
        io::copy(&mut whole, &mut io::sink()).map_err(unreadable)?;
        let (digest, size) = raw.finish();
        if let Some(mut layer) = read {
            if !is_compressed {
                (layer.diff_id, layer.size) = (digest.clone(), size);
            }
            body = Body::Layer(Rc::new(layer));
        }
        self.insert(name, Blob { digest, size, body })
    }
}

fn read_layer(stream: impl Read, budget: &mut Budget) -> Result<Layer, ImageError> {
    let mut stream = Hashing::new(stream);
    let entries = layer::read(&mut stream, budget)?;
    // What follows the last entry belongs to the digest.
    io::copy(&mut stream, &mut io::sink()).map_err(|error| ImageError::new(format!("cannot be read: {error}")))?;
    let (diff_id, size) = stream.finish();
    Ok(Layer { diff_id, size, entries })
}

/// A stream that is hashed while it is read.
struct Hashing<R> {
    stream: R,
    hasher: Sha256,
    size: u64,
}

impl<R: Read> Hashing<R> {
    fn new(stream: R) -> Self {
        Hashing { stream, hasher: Sha256::new(), size: 0 }
    }

    fn finish(self) -> (String, u64) {
        let digest = self.hasher.finalize();
        (digest.iter().map(|byte| format!("{byte:02x}")).collect(), self.size)
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}
