//! Packs: many objects in one file, many of them as differences to others (gitformat-pack(5)).

use crate::files::Files;
use crate::objects::{MAX_OBJECT, Objects};
use crate::{GitError, ObjectId};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};
use std::cell::{OnceCell, RefCell};
use std::io;
use std::rc::Rc;

/// A pack with its index, which are read in pieces.
pub(crate) struct Pack {
    index: Pieces,
    data: Pieces,
    /// Version of the index and how many objects' names begin with a byte up to each one.
    fanout: OnceCell<(u32, Vec<u32>)>,
}

/// Bytes that are read at once.
const PIECE: usize = 64 << 10;
/// Pieces of a file that are kept.
const MAX_PIECES: usize = 256;
/// Git itself makes no longer chains than 4095.
const MAX_CHAIN: usize = 5000;

/// A file that is read in pieces.
struct Pieces {
    path: String,
    kept: RefCell<Vec<(u64, Rc<Vec<u8>>)>>,
}

impl Pieces {
    fn new(path: String) -> Self {
        Pieces { path, kept: RefCell::default() }
    }

    /// The piece that has an offset, and where in it.
    fn piece(&self, files: &dyn Files, offset: u64) -> Result<(Rc<Vec<u8>>, usize), GitError> {
        let number = offset / PIECE as u64;
        let inside = (offset % PIECE as u64) as usize;
        let mut kept = self.kept.borrow_mut();
        if let Some(at) = kept.iter().rposition(|(found, _)| *found == number) {
            let piece = Rc::clone(&kept[at].1);
            return Ok((piece, inside));
        }
        let piece = files.read_at(&self.path, number * PIECE as u64, PIECE).map_err(|error| self.failure(&error))?;
        let piece = Rc::new(piece);
        if kept.len() >= MAX_PIECES {
            kept.drain(..MAX_PIECES / 2);
        }
        kept.push((number, Rc::clone(&piece)));
        Ok((piece, inside))
    }

    fn bytes<const N: usize>(&self, files: &dyn Files, offset: u64) -> Result<[u8; N], GitError> {
        let mut bytes = [0; N];
        let (piece, inside) = self.piece(files, offset)?;
        if let Some(found) = piece.get(inside..inside + N) {
            bytes.copy_from_slice(found);
            return Ok(bytes);
        }
        for (at, byte) in (offset..).zip(&mut bytes) {
            let (piece, inside) = self.piece(files, at)?;
            *byte = *piece.get(inside).ok_or_else(|| self.broken())?;
        }
        Ok(bytes)
    }

    fn number(&self, files: &dyn Files, offset: u64) -> Result<u32, GitError> {
        self.bytes(files, offset).map(u32::from_be_bytes)
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn failure(&self, error: &io::Error) -> GitError {
        GitError::new(format!("cannot read git's '{}': {error}", self.name()))
    }

    fn broken(&self) -> GitError {
        GitError::new(format!("git's '{}' is broken", self.name())).help("'git fsck' says more")
    }
}

impl Pack {
    /// The pack of a path without its ending.
    pub(crate) fn new(path: String) -> Self {
        Pack {
            index: Pieces::new(format!("{path}.idx")),
            data: Pieces::new(format!("{path}.pack")),
            fanout: OnceCell::new(),
        }
    }

    fn fanout(&self, files: &dyn Files) -> Result<&(u32, Vec<u32>), GitError> {
        if let Some(fanout) = self.fanout.get() {
            return Ok(fanout);
        }
        let is_first = self.index.bytes::<4>(files, 0)? != *b"\xfftOc";
        let version = if is_first { 1 } else { self.index.number(files, 4)? };
        if version > 2 {
            return Err(self.index.broken());
        }
        let start = if is_first { 0 } else { 8 };
        let mut counts = Vec::with_capacity(256);
        for byte in 0..256 {
            let count = self.index.number(files, start + byte * 4)?;
            if counts.last().is_some_and(|last| *last > count) {
                return Err(self.index.broken());
            }
            counts.push(count);
        }
        Ok(self.fanout.get_or_init(|| (version, counts)))
    }

    /// Where in the pack an object is.
    pub(crate) fn find(&self, files: &dyn Files, id: &ObjectId) -> Result<Option<u64>, GitError> {
        let (version, counts) = self.fanout(files)?;
        let first = usize::from(id.0[0]);
        let count = |at: usize| u64::from(counts.get(at).copied().unwrap_or(0));
        let (mut low, mut high) = (if first == 0 { 0 } else { count(first - 1) }, count(first));
        let all = count(255);
        let name_at = |at: u64| if *version == 1 { 1024 + at * 24 + 4 } else { 1032 + at * 20 };
        while low < high {
            let middle = low + (high - low) / 2;
            let name = self.index.bytes::<20>(files, name_at(middle))?;
            match name.cmp(&id.0) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal if *version == 1 => {
                    return self.index.number(files, 1024 + middle * 24).map(|offset| Some(offset.into()));
                }
                std::cmp::Ordering::Equal => {
                    // After the names come the checksums, the offsets, and the offsets that need more bits.
                    let offset = self.index.number(files, 1032 + all * 24 + middle * 4)?;
                    if offset & 0x8000_0000 == 0 {
                        return Ok(Some(offset.into()));
                    }
                    let large = 1032 + all * 28 + u64::from(offset & 0x7fff_ffff) * 8;
                    return self.index.bytes(files, large).map(|bytes| Some(u64::from_be_bytes(bytes)));
                }
            }
        }
        Ok(None)
    }

    /// The object at an offset: its type and contents. `depth` counts the deltas on the way to it.
    pub(crate) fn object(
        &self,
        objects: &Objects,
        files: &dyn Files,
        offset: u64,
        depth: usize,
    ) -> Result<(String, Vec<u8>), GitError> {
        let mut deltas = Vec::new();
        let (mut at, mut total) = (offset, 0);
        let (kind, mut contents) = loop {
            let Entry { base, size, data } = self.entry(files, at)?;
            if let Base::None(kind) = base {
                break (kind.to_string(), self.inflated(files, data, size)?.0);
            }
            if deltas.len() + depth >= MAX_CHAIN || total > 4 * MAX_OBJECT {
                return Err(self.data.broken());
            }
            deltas.push(self.inflated(files, data, size)?.0);
            match base {
                Base::None(_) => {}
                Base::At(base) => at = base,
                Base::Named(name) => {
                    match self.find(files, &name)? {
                        Some(base) => at = base,
                        // The base is elsewhere. Few of those follow each other: every one of them costs stack.
                        None => {
                            let below = (depth + deltas.len()).max(depth + MAX_CHAIN / 16);
                            break objects.read_within(&name, below)?;
                        }
                    }
                }
            }
            total += size;
        };
        for delta in deltas.iter().rev() {
            contents = apply(&contents, delta).ok_or_else(|| self.data.broken())?;
        }
        Ok((kind, contents))
    }

    /// What stands at an offset.
    pub(crate) fn entry(&self, files: &dyn Files, offset: u64) -> Result<Entry, GitError> {
        let (kind, size, mut data) = self.header(files, offset)?;
        let base = match kind {
            6 => Base::At(self.base_offset(files, offset, &mut data)?),
            7 => {
                data += 20;
                Base::Named(ObjectId(self.data.bytes(files, data - 20)?))
            }
            _ => Base::None(kind_name(kind).ok_or_else(|| self.data.broken())?),
        };
        Ok(Entry { base, size, data })
    }

    /// Kind and size of an object, and what follows.
    fn header(&self, files: &dyn Files, offset: u64) -> Result<(u8, usize, u64), GitError> {
        let mut at = offset;
        let [first] = self.data.bytes(files, at)?;
        let (kind, mut size, mut shift, mut more) = (first >> 4 & 7, u64::from(first & 15), 4, first & 0x80 != 0);
        while more {
            at += 1;
            let [byte] = self.data.bytes(files, at)?;
            size |=
                u64::from(byte & 0x7f).checked_shl(shift).filter(|_| shift < 57).ok_or_else(|| self.data.broken())?;
            shift += 7;
            more = byte & 0x80 != 0;
        }
        if size > MAX_OBJECT as u64 {
            return Err(GitError::new(format!("an object in git's '{}' is too large", self.data.name())));
        }
        Ok((kind, size as usize, at + 1))
    }

    /// The offset of a delta's base, which is before the delta.
    fn base_offset(&self, files: &dyn Files, offset: u64, next: &mut u64) -> Result<u64, GitError> {
        let mut distance = 0u64;
        loop {
            let [byte] = self.data.bytes(files, *next)?;
            *next += 1;
            distance = distance << 7 | u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
            distance += 1;
            if distance > offset {
                return Err(self.data.broken());
            }
        }
        offset.checked_sub(distance).filter(|_| distance > 0).ok_or_else(|| self.data.broken())
    }

    /// What was compressed, and where it ends.
    pub(crate) fn inflated(&self, files: &dyn Files, offset: u64, size: usize) -> Result<(Vec<u8>, u64), GitError> {
        let mut state = InflateState::new_boxed(DataFormat::Zlib);
        // One byte more, so that too much is noticed.
        let mut out = vec![0; size + 1];
        let (mut written, mut at) = (0, offset);
        loop {
            let (piece, inside) = self.data.piece(files, at)?;
            let input = piece.get(inside..).filter(|input| !input.is_empty()).ok_or_else(|| self.data.broken())?;
            let result = inflate(&mut state, input, &mut out[written..], MZFlush::None);
            written += result.bytes_written;
            at += result.bytes_consumed as u64;
            match result.status {
                Ok(MZStatus::StreamEnd) if written == size => break,
                Ok(MZStatus::Ok) | Err(MZError::Buf) if result.bytes_consumed > 0 && written <= size => {}
                _ => return Err(self.data.broken()),
            }
        }
        out.truncate(size);
        Ok((out, at))
    }
}

/// What an object in a pack is a difference to.
pub(crate) enum Base {
    /// To nothing: the whole object, of a type.
    None(&'static str),
    /// To the object at an offset.
    At(u64),
    /// To the object of a name.
    Named(ObjectId),
}

/// The beginning of an object in a pack.
pub(crate) struct Entry {
    pub base: Base,
    /// Bytes of what is compressed.
    pub size: usize,
    /// Where that begins.
    pub data: u64,
}

fn kind_name(kind: u8) -> Option<&'static str> {
    ["", "commit", "tree", "blob", "tag"].get(usize::from(kind)).copied().filter(|name| !name.is_empty())
}

/// An object from its base and the instructions of a delta: copy a part of the base, or insert bytes.
pub(crate) fn apply(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = delta.iter().copied();
    let mut size = || {
        let (mut size, mut shift) = (0u64, 0);
        loop {
            let byte = bytes.next()?;
            size |= u64::from(byte & 0x7f).checked_shl(shift).filter(|_| shift < 57)?;
            shift += 7;
            if byte & 0x80 == 0 {
                return usize::try_from(size).ok();
            }
        }
    };
    let (base_size, result_size) = (size()?, size()?);
    if base_size != base.len() || result_size > MAX_OBJECT {
        return None;
    }
    let mut result = Vec::with_capacity(result_size);
    while let Some(instruction) = bytes.next() {
        if instruction & 0x80 != 0 {
            let mut field = |bits: std::ops::Range<u8>| {
                let mut number = 0usize;
                for (shift, bit) in bits.enumerate() {
                    if instruction & 1 << bit != 0 {
                        number |= usize::from(bytes.next()?) << (shift * 8);
                    }
                }
                Some(number)
            };
            let (offset, length) = (field(0..4)?, field(4..7)?);
            let length = if length == 0 { 0x10000 } else { length };
            result.extend_from_slice(base.get(offset..offset.checked_add(length)?)?);
        } else if instruction != 0 {
            for _ in 0..instruction {
                result.push(bytes.next()?);
            }
        } else {
            return None;
        }
        if result.len() > result_size {
            return None;
        }
    }
    (result.len() == result_size).then_some(result)
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn deltas() {
        // Sizes 5 and 7: copy 3 bytes from 1, insert "xy", copy 2 bytes from 0.
        let delta = [5, 7, 0x91, 1, 3, 2, b'x', b'y', 0x90, 2];
        assert_eq!(apply(b"abcde", &delta).as_deref(), Some(&b"bcdxyab"[..]));
        assert_eq!(apply(b"abcdef", &delta), None);
        assert_eq!(apply(b"abcde", &delta[..9]), None);
        assert_eq!(apply(b"abcde", &[5, 1, 0]), None);
        assert_eq!(apply(b"abcde", &[5, 9, 0x91, 4, 9]), None);
        assert_eq!(apply(b"a", &[]), None);
    }
}
