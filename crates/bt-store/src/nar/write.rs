//! Archiving a tree.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::hash::{Hash, HashAlgorithm, Hasher};

use super::{ALIGNMENT, MAGIC, NarError, NarKind, NarSource, is_entry_name, padding};

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
/// Depth costs memory, not stack. The source is asked for each kind, file, directory and link once at most.
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
            let Some(name) = names.next() else {
                self.output.string(b")");
                open.pop();
                if !open.is_empty() {
                    self.path.pop();
                    self.output.string(b")");
                }
                continue;
            };
            self.path.push(&name);
            let kind = self.source.kind(&self.path).map_err(NarError::Source)?;
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
        open: &mut Vec<std::vec::IntoIter<OsString>>,
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
            NarKind::Regular { executable, size } => {
                self.output.strings(&[b"(", b"type", b"regular"]);
                if executable {
                    self.output.strings(&[b"executable", b""]);
                }
                self.output.string(b"contents");
                self.contents(size)?;
                self.output.string(b")");
            }
        }
        Ok(false)
    }

    fn sorted_names(&self) -> Result<Vec<OsString>, NarError<S::Error>> {
        let mut names = self.source.read_dir(&self.path).map_err(NarError::Source)?;
        names.sort_unstable_by(|left, right| left.as_encoded_bytes().cmp(right.as_encoded_bytes()));
        if let Some(name) = names.iter().find(|name| !is_entry_name(name.as_encoded_bytes())) {
            return Err(NarError::Name { path: self.path.clone(), name: name.clone() });
        }
        let mut neighbours = names.iter().zip(names.iter().skip(1));
        if let Some((name, _)) = neighbours.find(|(left, right)| left == right) {
            return Err(NarError::Duplicate { path: self.path.clone(), name: name.clone() });
        }
        Ok(names)
    }

    fn contents(&mut self, size: u64) -> Result<(), NarError<S::Error>> {
        let Self { source, path, output, .. } = self;
        output.length(size);
        let mut actual = 0;
        source
            .read_file(path, &mut |piece| {
                actual += piece.len() as u64;
                if actual <= size {
                    output.bytes(piece);
                }
            })
            .map_err(NarError::Source)?;
        if actual != size {
            return Err(NarError::SizeChanged { path: path.clone(), expected: size, actual });
        }
        output.pad(size);
        Ok(())
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
