//! Packs that came from elsewhere: checked as a whole, and given an index (gitformat-pack(5)).

use crate::files::Files;
use crate::pack::{Base, Pack, apply};
use crate::{GitError, ObjectId};
use bt_store::{HashAlgorithm, Hasher};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// How much a pack may hold.
#[derive(Debug, Clone, Copy)]
pub struct PackLimits {
    /// Objects.
    pub objects: u32,
    /// Bytes of all objects together, unpacked.
    pub unpacked: u64,
    /// Bytes of objects that are in memory at one time.
    pub memory: u64,
}

impl Default for PackLimits {
    /// What the largest repositories have, and some more.
    fn default() -> Self {
        PackLimits { objects: 16 << 20, unpacked: 64 << 30, memory: 1 << 30 }
    }
}

const HEADER: u64 = 12;
const TRAILER: u64 = 20;

struct Found {
    offset: u64,
    id: Option<ObjectId>,
}

struct Indexer<'a> {
    files: &'a dyn Files,
    pack: Pack,
    limits: PackLimits,
    unpacked: u64,
    found: Vec<Found>,
    /// Numbers of deltas by what they are differences to.
    by_offset: FxHashMap<u64, Vec<usize>>,
    by_id: FxHashMap<ObjectId, Vec<usize>>,
    /// Numbers of the objects that are no deltas but that deltas may build on.
    whole: Vec<(usize, &'static str)>,
}

fn broken(what: &str) -> GitError {
    GitError::new(format!("the git pack {what}"))
}

fn limit(what: &str) -> GitError {
    GitError::new(format!("the git pack {what}")).help("no honest repository is that large")
}

/// The index of a pack, whose path is given without `.pack`, as the contents of its `.idx`. All of the pack is read and
/// checked: its checksum, that every object can be unpacked, and that nothing is missing.
///
/// Errors: a pack that is damaged, incomplete, or larger than allowed.
pub fn index_of_pack(files: &dyn Files, path: &str, limits: PackLimits) -> Result<Vec<u8>, GitError> {
    let pack_file = format!("{path}.pack");
    let unreadable = |error: std::io::Error| broken(&format!("cannot be read: {error}"));
    let size = files.stat(&pack_file).map_err(unreadable)?.map_or(0, |stat| stat.size);
    let end = size.checked_sub(TRAILER).filter(|end| *end >= HEADER).ok_or_else(|| broken("is truncated"))?;
    let header = files.read_at(&pack_file, 0, HEADER as usize).map_err(unreadable)?;
    let number = |at: usize| header.get(at..at + 4).map_or(0, |b| b.iter().fold(0, |n, b| n << 8 | u32::from(*b)));
    if !header.starts_with(b"PACK") || !matches!(number(4), 2 | 3) {
        return Err(broken("is none: it begins with something else"));
    }
    let count = number(8);
    if count > limits.objects {
        return Err(limit(&format!("has more than {} objects", limits.objects)));
    }
    let checksum = checksum(files, &pack_file, end).map_err(unreadable)?;
    if files.read_at(&pack_file, end, TRAILER as usize).map_err(unreadable)? != checksum {
        return Err(broken("is damaged or truncated: its checksum is wrong"));
    }
    let mut indexer = Indexer {
        files,
        pack: Pack::new(path.to_string()),
        limits,
        unpacked: 0,
        found: Vec::new(),
        by_offset: FxHashMap::default(),
        by_id: FxHashMap::default(),
        whole: Vec::new(),
    };
    indexer.scan(count, end)?;
    for (number, kind) in std::mem::take(&mut indexer.whole) {
        indexer.resolve(number, kind)?;
    }
    indexer.index(&checksum)
}

fn checksum(files: &dyn Files, path: &str, end: u64) -> std::io::Result<Vec<u8>> {
    const PIECE: u64 = 1 << 20;
    let mut hasher = Hasher::new(HashAlgorithm::Sha1);
    let mut at = 0;
    while at < end {
        let piece = files.read_at(path, at, PIECE.min(end - at) as usize)?;
        if piece.is_empty() {
            break;
        }
        hasher.update(&piece);
        at += piece.len() as u64;
    }
    Ok(hasher.finish().as_bytes().to_vec())
}

impl Indexer<'_> {
    fn count(&mut self, bytes: usize) -> Result<(), GitError> {
        self.unpacked += bytes as u64;
        match self.unpacked > self.limits.unpacked {
            true => Err(limit(&format!("has more than {} bytes when it is unpacked", self.limits.unpacked))),
            false => Ok(()),
        }
    }

    /// Goes over all objects in their order.
    fn scan(&mut self, count: u32, end: u64) -> Result<(), GitError> {
        let mut at = HEADER;
        for _ in 0..count {
            if at >= end {
                return Err(broken("ends before its last object"));
            }
            let offset = at;
            let header = self.pack.entry(self.files, offset)?;
            let (contents, next) = self.pack.inflated(self.files, header.data, header.size)?;
            self.count(contents.len())?;
            let number = self.found.len();
            let mut id = None;
            match header.base {
                Base::None(kind) => {
                    id = Some(ObjectId::of(kind, &contents));
                    self.whole.push((number, kind));
                }
                Base::At(base) => self.by_offset.entry(base).or_default().push(number),
                Base::Named(base) => self.by_id.entry(base).or_default().push(number),
            }
            self.found.push(Found { offset, id });
            at = next;
        }
        if at != end {
            return Err(broken("goes on after its last object"));
        }
        Ok(())
    }

    /// The numbers of the deltas that build on an object; each delta is handed out once.
    fn children(&mut self, number: usize) -> Vec<usize> {
        let Some(found) = self.found.get(number) else { return Vec::new() };
        let mut children = self.by_offset.remove(&found.offset).unwrap_or_default();
        children.extend(found.id.and_then(|id| self.by_id.remove(&id)).unwrap_or_default());
        children
    }

    /// Names all objects that build on one that is whole.
    fn resolve(&mut self, number: usize, kind: &'static str) -> Result<(), GitError> {
        let children = self.children(number);
        let Some(offset) = self.found.get(number).map(|found| found.offset).filter(|_| !children.is_empty()) else {
            return Ok(());
        };
        let header = self.pack.entry(self.files, offset)?;
        let (contents, _) = self.pack.inflated(self.files, header.data, header.size)?;
        // What is to be done: deltas, each with its base. A base goes when its last delta is done.
        let mut open: Vec<(usize, Rc<Vec<u8>>)> = Vec::new();
        let mut memory = contents.len() as u64;
        let base = Rc::new(contents);
        open.extend(children.into_iter().map(|child| (child, Rc::clone(&base))));
        drop(base);
        while let Some((number, base)) = open.pop() {
            let Some(offset) = self.found.get(number).map(|found| found.offset) else { continue };
            let header = self.pack.entry(self.files, offset)?;
            let (delta, _) = self.pack.inflated(self.files, header.data, header.size)?;
            let contents = apply(&base, &delta).ok_or_else(|| broken("has a delta that does not fit"))?;
            if let Some(base) = Rc::into_inner(base) {
                memory -= base.len() as u64;
            }
            self.count(contents.len())?;
            if let Some(found) = self.found.get_mut(number) {
                found.id = Some(ObjectId::of(kind, &contents));
            }
            let children = self.children(number);
            if !children.is_empty() {
                memory += contents.len() as u64;
                if memory > self.limits.memory {
                    return Err(limit("has objects that need too much memory"));
                }
                let base = Rc::new(contents);
                open.extend(children.into_iter().map(|child| (child, Rc::clone(&base))));
            }
        }
        Ok(())
    }

    /// The index, version 2. The checksums of single objects are left out: that of the whole pack was checked.
    fn index(&self, checksum: &[u8]) -> Result<Vec<u8>, GitError> {
        let mut entries = Vec::with_capacity(self.found.len());
        for found in &self.found {
            let id = found.id.ok_or_else(|| broken("has a delta to an object that is not there"))?;
            entries.push((id, found.offset));
        }
        entries.sort();
        entries.dedup_by(|a, b| a.0 == b.0);
        let mut index = b"\xfftOc\0\0\0\x02".to_vec();
        for byte in 0..=255u8 {
            let count = entries.partition_point(|(id, _)| id.0[0] <= byte) as u32;
            index.extend_from_slice(&count.to_be_bytes());
        }
        for (id, _) in &entries {
            index.extend_from_slice(&id.0);
        }
        index.resize(index.len() + 4 * entries.len(), 0);
        let mut large = Vec::new();
        for (_, offset) in &entries {
            let small = u32::try_from(*offset).ok().filter(|small| small & 0x8000_0000 == 0);
            let small = small.unwrap_or_else(|| {
                large.extend_from_slice(&offset.to_be_bytes());
                0x8000_0000 | (large.len() / 8 - 1) as u32
            });
            index.extend_from_slice(&small.to_be_bytes());
        }
        index.extend_from_slice(&large);
        index.extend_from_slice(checksum);
        let mut hasher = Hasher::new(HashAlgorithm::Sha1);
        hasher.update(&index);
        index.extend_from_slice(hasher.finish().as_bytes());
        Ok(index)
    }
}
