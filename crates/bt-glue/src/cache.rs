//! Hashes of trees of former runs, kept in a file, so that a tree that did not change is not read again.
//!
//! What a tree looks like from outside (see [`crate::filesystem::Stamp`]) is hashed; by that the hash of its archive is
//! found. The file holds a first line, pairs of both hashes with the oldest first, and the hash of all that comes
//! before. A file that says anything else counts as empty and is written anew. It is replaced in one step, with what
//! others added in the meantime; what two add at the same moment may be lost, and is found again by the next.

use bt_store::{Hash, HashAlgorithm};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;

const HEADER: &[u8] = b"bt-lint tree hashes 1\n";

/// Bytes of a SHA-256 hash.
const HASH: usize = 32;

/// More trees than this are not remembered; the file is at most 4 MiB.
const MAX_ENTRIES: usize = 1 << 16;

type Key = [u8; HASH];

/// The hashes of trees, by what the trees look like.
pub struct TreeHashes {
    file: PathBuf,
    state: RefCell<Option<State>>,
}

#[derive(Default)]
struct State {
    known: HashMap<Key, Key>,
    added: Vec<(Key, Key)>,
}

impl TreeHashes {
    /// Those in a file, which is read when someone asks and need not be there.
    pub fn in_file(file: impl Into<PathBuf>) -> Self {
        TreeHashes { file: file.into(), state: RefCell::default() }
    }

    /// The hash of a tree that looked like this.
    pub(crate) fn find(&self, look: &Hash) -> Option<Hash> {
        let key: Key = look.as_bytes().try_into().ok()?;
        let mut state = self.state.borrow_mut();
        let state = state.get_or_insert_with(|| State { known: self.read().into_iter().collect(), added: Vec::new() });
        Hash::from_bytes(HashAlgorithm::Sha256, state.known.get(&key)?).ok()
    }

    /// Remembers the hash of a tree.
    pub(crate) fn add(&self, look: &Hash, hash: &Hash) {
        let (Ok(key), Ok(value)) = (Key::try_from(look.as_bytes()), Key::try_from(hash.as_bytes())) else { return };
        let mut state = self.state.borrow_mut();
        let state = state.get_or_insert_with(State::default);
        if state.known.insert(key, value) != Some(value) {
            state.added.push((key, value));
        }
    }

    /// Writes what was added. Without that nothing is lost but time, so a disk that is full or read-only is no error.
    pub fn save(&self) {
        let added = match self.state.borrow_mut().as_mut() {
            Some(state) if !state.added.is_empty() => std::mem::take(&mut state.added),
            _ => return,
        };
        let _ = self.write(&added);
    }

    #[allow(clippy::disallowed_methods, reason = "no file of a program: the tool's own memory")]
    fn read(&self) -> Vec<(Key, Key)> {
        let limit = HEADER.len() + MAX_ENTRIES * 2 * HASH + HASH;
        match std::fs::metadata(&self.file) {
            Ok(metadata) if metadata.is_file() && metadata.len() <= limit as u64 => {}
            _ => return Vec::new(),
        }
        std::fs::read(&self.file).ok().and_then(|bytes| parse(&bytes)).unwrap_or_default()
    }

    #[allow(clippy::disallowed_methods, reason = "no file of a program: the tool's own memory")]
    fn write(&self, added: &[(Key, Key)]) -> io::Result<()> {
        let directory = self.file.parent().ok_or(io::ErrorKind::NotFound)?;
        std::fs::create_dir_all(directory)?;
        let mut entries = self.read();
        entries.retain(|(key, _)| !added.iter().any(|(new, _)| new == key));
        entries.extend_from_slice(added);
        let first = entries.len().saturating_sub(MAX_ENTRIES);
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(&serialized(&entries[first..]))?;
        file.persist(&self.file).map_err(|error| error.error)?;
        Ok(())
    }
}

fn serialized(entries: &[(Key, Key)]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    for (key, value) in entries {
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value);
    }
    let check = Hash::digest(HashAlgorithm::Sha256, &bytes);
    bytes.extend_from_slice(check.as_bytes());
    bytes
}

fn parse(bytes: &[u8]) -> Option<Vec<(Key, Key)>> {
    let (checked, check) = bytes.split_at(bytes.len().checked_sub(HASH)?);
    if Hash::digest(HashAlgorithm::Sha256, checked).as_bytes() != check {
        return None;
    }
    let (entries, rest) = checked.strip_prefix(HEADER)?.as_chunks::<{ 2 * HASH }>();
    let pair = |entry: &[u8; 2 * HASH]| {
        let (key, value) = entry.split_at(HASH);
        Some((key.try_into().ok()?, value.try_into().ok()?))
    };
    if rest.is_empty() { entries.iter().map(pair).collect() } else { None }
}
