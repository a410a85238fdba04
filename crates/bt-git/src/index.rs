//! The index: which files are tracked (gitformat-index(5)).

use crate::{GitError, ObjectId};
use bt_store::{HashAlgorithm, Hasher};
use std::cmp::Ordering;

/// Kind of an entry, from its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Executable,
    Link,
    /// A submodule.
    Commit,
}

/// A tracked file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub kind: EntryKind,
    pub mode: u32,
    pub id: ObjectId,
    /// Of a merge that is not finished: 1 to 3.
    pub stage: u8,
    /// `git add --intent-to-add`
    pub is_intent: bool,
    /// `git update-index --assume-unchanged` or `--skip-worktree`
    pub is_assumed: bool,
    pub size: u32,
    /// Seconds and nanoseconds, modulo 2³².
    pub modified: (u32, u32),
    pub changed: (u32, u32),
    pub inode: u32,
    name: (u32, u32),
}

/// The entries, sorted by name and stage.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: Vec<Entry>,
    /// The names, one after the other.
    names: Vec<u8>,
    /// Tree of the whole index, if the index remembers one that is up to date.
    pub tree: Option<ObjectId>,
}

const HEADER: usize = 12;
/// The smallest entry: what stands before the name, without padding.
const FIXED: usize = 62;
const TRAILER: usize = 20;
/// Names are this long at most; what is longer is no path on any system.
const MAX_NAME: usize = 1 << 16;

fn broken(what: &str) -> GitError {
    GitError::new(format!("the git index is broken: {what}"))
        .help("'git status' says more; 'git reset' makes a new index")
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8], GitError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| broken("it ends too early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, GitError> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn until_nul(&mut self) -> Result<&'b [u8], GitError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().take(MAX_NAME).position(|byte| *byte == 0);
        let name = self.take(length.ok_or_else(|| broken("a name has no end"))?)?;
        self.at += 1;
        Ok(name)
    }
}

impl Index {
    /// The index in the bytes of `.git/index`. The checksum is left to [`has_checksum`].
    pub(crate) fn parse(bytes: &[u8]) -> Result<Index, GitError> {
        let Some(end) = bytes.len().checked_sub(TRAILER).filter(|end| *end >= HEADER) else {
            return Err(broken("it ends too early"));
        };
        let mut reader = Reader { bytes: &bytes[..end], at: 0 };
        if reader.take(4)? != b"DIRC" {
            return Err(broken("it does not begin as one"));
        }
        let version = reader.number()?;
        if !(2..=4).contains(&version) {
            return Err(GitError::new(format!("the git index has version {version}, which is not supported"))
                .help("'git update-index --index-version 2' writes one that every program can read"));
        }
        let count = reader.number()? as usize;
        if count > end / (FIXED + 1) {
            return Err(broken("it has more entries than room for them"));
        }
        let mut index = Index { entries: Vec::with_capacity(count), ..Index::default() };
        for _ in 0..count {
            index.entry(&mut reader, version)?;
        }
        while reader.at < end {
            index.extension(&mut reader)?;
        }
        Ok(index)
    }

    fn entry(&mut self, reader: &mut Reader<'_>, version: u32) -> Result<(), GitError> {
        let start = reader.at;
        let changed = (reader.number()?, reader.number()?);
        let modified = (reader.number()?, reader.number()?);
        let (_device, inode) = (reader.number()?, reader.number()?);
        let mode = reader.number()?;
        let (_user, _group) = (reader.number()?, reader.number()?);
        let size = reader.number()?;
        let id = ObjectId::from_slice(reader.take(20)?).unwrap_or(ObjectId::NULL);
        let flags = reader.take(2)?;
        let flags = u16::from_be_bytes([flags[0], flags[1]]);
        let more = if flags & 0x4000 != 0 && version >= 3 {
            let more = reader.take(2)?;
            u16::from_be_bytes([more[0], more[1]])
        } else {
            0
        };
        let name = if version == 4 { self.compressed_name(reader)? } else { self.padded_name(reader, start)? };
        let kind = match mode & 0o170_000 {
            0o120_000 => EntryKind::Link,
            0o160_000 => EntryKind::Commit,
            0o100_000 if mode & 0o100 != 0 => EntryKind::Executable,
            0o100_000 => EntryKind::File,
            0o040_000 => return Err(sparse()),
            _ => return Err(broken("an entry is neither a file nor a link")),
        };
        let stage = (flags >> 12 & 3) as u8;
        let entry = Entry {
            kind,
            mode,
            id,
            stage,
            is_intent: more & 0x2000 != 0,
            is_assumed: flags & 0x8000 != 0 || more & 0x4000 != 0,
            size,
            modified,
            changed,
            inode,
            name,
        };
        if let Some(last) = self.entries.last() {
            let order = self.name(last).cmp(self.name(&entry)).then(last.stage.cmp(&stage));
            if order != Ordering::Less {
                return Err(broken("its entries are not sorted"));
            }
        }
        self.entries.push(entry);
        Ok(())
    }

    fn padded_name(&mut self, reader: &mut Reader<'_>, start: usize) -> Result<(u32, u32), GitError> {
        let name = reader.until_nul()?;
        // One to eight zero bytes so that the length is a multiple of eight; one is read.
        let length = reader.at - start;
        reader.take(length.next_multiple_of(8) - length)?;
        self.add_name(0, name)
    }

    fn compressed_name(&mut self, reader: &mut Reader<'_>) -> Result<(u32, u32), GitError> {
        let mut dropped = 0usize;
        loop {
            let byte = reader.take(1)?[0];
            dropped = dropped << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
            dropped += 1;
            if dropped > MAX_NAME {
                return Err(broken("a name is longer than possible"));
            }
        }
        let before = self.entries.last().map_or(0, |last| last.name.1 as usize);
        let kept = before.checked_sub(dropped).ok_or_else(|| broken("a name is shorter than nothing"))?;
        let name = reader.until_nul()?;
        self.add_name(kept, name)
    }

    /// Adds a name that begins with as many bytes of the last one.
    fn add_name(&mut self, kept: usize, rest: &[u8]) -> Result<(u32, u32), GitError> {
        let length = kept + rest.len();
        let start = self.names.len();
        if kept > 0 {
            let last = self.entries.last().map_or(0, |last| last.name.0 as usize);
            self.names.extend_from_within(last..last + kept);
        }
        self.names.extend_from_slice(rest);
        if length == 0 {
            // Replaces an entry of the index that this one is a part of.
            return Err(split());
        }
        let name = &self.names[start..];
        let is_bad = |part: &[u8]| matches!(part, b"" | b"." | b"..");
        if length > MAX_NAME || self.names.len() > u32::MAX as usize || name.split(|b| *b == b'/').any(is_bad) {
            return Err(broken("an entry has a name that no file can have"));
        }
        Ok((start as u32, length as u32))
    }

    fn extension(&mut self, reader: &mut Reader<'_>) -> Result<(), GitError> {
        let name = reader.take(4)?;
        let size = reader.number()? as usize;
        let data = reader.take(size)?;
        match name {
            b"TREE" => self.tree = root_tree(data),
            b"link" => return Err(split()),
            b"sdir" => return Err(sparse()),
            // Those whose names begin with a capital may be skipped.
            [b'A'..=b'Z', ..] => {}
            _ => {
                let name = String::from_utf8_lossy(name).into_owned();
                return Err(GitError::new(format!(
                    "the git index needs the extension '{name}', which is not supported"
                )));
            }
        }
        Ok(())
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn name(&self, entry: &Entry) -> &[u8] {
        let (start, length) = (entry.name.0 as usize, entry.name.1 as usize);
        self.names.get(start..start + length).unwrap_or_default()
    }

    /// The entries of a file: several while a merge is not finished.
    pub(crate) fn find(&self, name: &[u8]) -> &[Entry] {
        let start = self.entries.partition_point(|entry| self.name(entry) < name);
        let rest = &self.entries[start..];
        let count = rest.iter().take_while(|entry| self.name(entry) == name).count();
        &rest[..count]
    }

    /// The entries below a directory; all for an empty name.
    pub(crate) fn below(&self, directory: &[u8]) -> &[Entry] {
        if directory.is_empty() {
            return &self.entries;
        }
        let prefix = [directory, b"/"].concat();
        let after = [directory, b"0"].concat();
        let start = self.entries.partition_point(|entry| self.name(entry) < prefix.as_slice());
        // "0" is the character after "/".
        let end = self.entries.partition_point(|entry| self.name(entry) < after.as_slice());
        self.entries.get(start..end).unwrap_or_default()
    }
}

fn split() -> GitError {
    GitError::new("the git index is split, which Nix cannot read either")
        .help("'git update-index --no-split-index' makes it one")
}

fn sparse() -> GitError {
    GitError::new("the git index is sparse, which Nix cannot read either")
        .help("'git sparse-checkout reapply --no-sparse-index' makes a complete one")
}

/// The tree of the whole index from its `TREE` extension, unless something was added since.
fn root_tree(data: &[u8]) -> Option<ObjectId> {
    let rest = data.strip_prefix(b"\0")?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    if rest.starts_with(b"-") {
        return None;
    }
    ObjectId::from_slice(rest.get(end + 1..end + 21)?)
}

/// Whether the checksum at the end is right; one of zeros was not made.
pub(crate) fn has_checksum(bytes: &[u8]) -> bool {
    let Some((contents, sum)) = bytes.len().checked_sub(TRAILER).map(|end| bytes.split_at(end)) else { return false };
    if sum.iter().all(|byte| *byte == 0) {
        return true;
    }
    let mut hasher = Hasher::new(HashAlgorithm::Sha1);
    hasher.update(contents);
    hasher.finish().as_bytes() == sum
}
