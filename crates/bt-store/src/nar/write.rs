//! Archiving a tree.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::hash::{Hash, HashAlgorithm, Hasher};

use super::{ALIGNMENT, MAGIC, NarError, NarFile, NarKind, NarSource, is_entry_name, padding};

/// Tokens are collected up to this length before they are passed on.
const BUFFER: usize = 32 * 1024;

/// Decides which entries of a directory are archived; see [`write_nar`].
pub type NarFilter<'a, E> = dyn FnMut(&Path, &NarKind) -> Result<bool, E> + 'a;

/// Archives the tree at `path` and passes the NAR to `sink`, in pieces of any length.
///
/// `filter` is asked about every entry below `path`, not about `path` itself, with the entry's path and kind; what it
/// answers with false is left out, with all that is below it, and not looked at further. It is asked in the order in
/// which the archive has the entries: a directory before its entries, these sorted by the bytes of their names.
///
/// Depth costs memory, not stack. The source is asked for each file, directory and link once at most, and for the kind of
/// `path` alone.
///
/// # Errors
/// [`NarError::Source`] is whatever the source or the filter returned; the others tell that the source contradicts
/// itself. What `sink` has seen by then is worthless.
pub fn write_nar<S: NarSource + ?Sized>(
    source: &S,
    path: &Path,
    filter: &mut NarFilter<'_, S::Error>,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<(), NarError<S::Error>> {
    let kind = source.kind(path).map_err(NarError::Source)?;
    let mut writer = Writer { source, filter, path: path.to_owned(), output: Output::new(sink) };
    writer.output.string(MAGIC);
    writer.tree(kind)?;
    writer.output.flush();
    Ok(())
}

/// The hash of what [`write_nar`] writes, which is the hash of the tree as far as the store is concerned.
///
/// # Errors
/// As [`write_nar`].
pub fn hash_nar<S: NarSource + ?Sized>(
    source: &S,
    path: &Path,
    filter: &mut NarFilter<'_, S::Error>,
    algorithm: HashAlgorithm,
) -> Result<Hash, NarError<S::Error>> {
    let mut hasher = Hasher::new(algorithm);
    write_nar(source, path, filter, &mut |piece| hasher.update(piece))?;
    Ok(hasher.finish())
}

struct Writer<'a, S: NarSource + ?Sized> {
    source: &'a S,
    filter: &'a mut NarFilter<'a, S::Error>,
    /// What is being archived.
    path: PathBuf,
    output: Output<'a>,
}

impl<S: NarSource + ?Sized> Writer<'_, S> {
    fn tree(&mut self, root: NarKind) -> Result<(), NarError<S::Error>> {
        // The names still to be archived of every directory between the root and here.
        let mut open = Vec::new();
        self.begin(root, &mut open)?;
        while let Some(names) = open.last_mut() {
            let Some((name, kind)) = names.next() else {
                self.output.string(b")");
                open.pop();
                if !open.is_empty() {
                    self.path.pop();
                    self.output.string(b")");
                }
                continue;
            };
            self.path.push(&name);
            if !(self.filter)(&self.path, &kind).map_err(NarError::Source)? {
                self.path.pop();
                continue;
            }
            self.output.strings(&[b"entry", b"(", b"name", name.as_encoded_bytes(), b"node"]);
            if !self.begin(kind, &mut open)? {
                self.path.pop();
                self.output.string(b")");
            }
        }
        Ok(())
    }

    /// Writes a node, or opens it when it is a directory, which is the answer.
    fn begin(
        &mut self,
        kind: NarKind,
        open: &mut Vec<std::vec::IntoIter<(OsString, NarKind)>>,
    ) -> Result<bool, NarError<S::Error>> {
        match kind {
            NarKind::Directory => {
                self.output.strings(&[b"(", b"type", b"directory"]);
                open.push(self.sorted_names()?.into_iter());
                return Ok(true);
            }
            NarKind::Symlink => {
                let target = self.source.read_link(&self.path).map_err(NarError::Source)?;
                self.output.strings(&[b"(", b"type", b"symlink", b"target", target.as_encoded_bytes(), b")"]);
            }
            NarKind::Regular => {
                let mut contents = Contents { output: &mut self.output, size: 0, actual: 0 };
                self.source.read_file(&self.path, &mut contents).map_err(NarError::Source)?;
                let Contents { size, actual, .. } = contents;
                if actual != size {
                    return Err(NarError::SizeChanged { path: self.path.clone(), expected: size, actual });
                }
                self.output.pad(size);
                self.output.string(b")");
            }
            NarKind::Unknown => return Err(NarError::Unsupported { path: self.path.clone() }),
        }
        Ok(false)
    }

    fn sorted_names(&self) -> Result<Vec<(OsString, NarKind)>, NarError<S::Error>> {
        let mut names = self.source.read_dir(&self.path).map_err(NarError::Source)?;
        names.sort_unstable_by(|(left, _), (right, _)| left.as_encoded_bytes().cmp(right.as_encoded_bytes()));
        if let Some((name, _)) = names.iter().find(|(name, _)| !is_entry_name(name.as_encoded_bytes())) {
            return Err(NarError::Name { path: self.path.clone(), name: name.clone() });
        }
        let mut neighbours = names.iter().zip(names.iter().skip(1));
        if let Some(((name, _), _)) = neighbours.find(|((left, _), (right, _))| left == right) {
            return Err(NarError::Duplicate { path: self.path.clone(), name: name.clone() });
        }
        Ok(names)
    }
}

/// Archives the contents of a file.
struct Contents<'a, 'o> {
    output: &'a mut Output<'o>,
    /// The length that was told.
    size: u64,
    /// The length so far.
    actual: u64,
}

impl NarFile for Contents<'_, '_> {
    fn begin(&mut self, executable: bool, size: u64) {
        self.size = size;
        self.output.strings(&[b"(", b"type", b"regular"]);
        if executable {
            self.output.strings(&[b"executable", b""]);
        }
        self.output.string(b"contents");
        self.output.length(size);
    }

    fn piece(&mut self, bytes: &[u8]) {
        self.actual += bytes.len() as u64;
        if self.actual <= self.size {
            self.output.bytes(bytes);
        }
    }
}

/// Collects tokens, so that the sink is not called for eight bytes at a time.
struct Output<'a> {
    sink: &'a mut dyn FnMut(&[u8]),
    buffer: Vec<u8>,
}

impl<'a> Output<'a> {
    fn new(sink: &'a mut dyn FnMut(&[u8])) -> Self {
        Self { sink, buffer: Vec::with_capacity(BUFFER) }
    }

    fn strings(&mut self, strings: &[&[u8]]) {
        for string in strings {
            self.string(string);
        }
    }

    fn string(&mut self, string: &[u8]) {
        let length = string.len() as u64;
        self.length(length);
        self.bytes(string);
        self.pad(length);
    }

    fn length(&mut self, length: u64) {
        self.bytes(&length.to_le_bytes());
    }

    fn pad(&mut self, length: u64) {
        self.bytes(&[0; ALIGNMENT][..padding(length)]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush();
        }
        if bytes.len() > BUFFER {
            (self.sink)(bytes);
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }

    fn flush(&mut self) {
        if !self.buffer.is_empty() {
            (self.sink)(&self.buffer);
            self.buffer.clear();
        }
    }
}
