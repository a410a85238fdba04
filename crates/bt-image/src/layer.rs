//! One layer: the entries of a tar archive, in their order (OCI Image Specification, "Image Layer Filesystem Changeset").

use crate::Limits;
use crate::content::{self, Content};
use crate::error::{ImageError, shown};
use bt_fetch::{Entries, EntryKind};
use std::io::Read;
use std::rc::Rc;

/// So many bytes all paths, link targets and texts of an image may have together: they are kept in memory.
pub(crate) const MAX_BYTES: usize = 64 << 20;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file, and what is known of its contents.
    File(Option<Rc<Content>>),
    /// A directory.
    Directory,
    /// A symbolic link and its target.
    Symlink(Rc<[u8]>),
    /// Another name of a file.
    HardLink(Rc<[u8]>),
    /// A device or a named pipe: what it is, with an article.
    Special(&'static str),
}

/// An entry of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerEntry {
    /// The path, without a slash at the start or end; empty for the root.
    pub path: Rc<[u8]>,
    /// What it is.
    pub kind: Kind,
    /// Bytes of a file.
    pub size: u64,
    /// Permissions, with the setuid, setgid and sticky bits.
    pub mode: u32,
    /// The number of its owner.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
}

/// What is left of the limits.
pub(crate) struct Budget {
    limits: Limits,
    entries: usize,
    bytes: usize,
}

impl Budget {
    pub fn new(limits: &Limits) -> Budget {
        Budget { limits: *limits, entries: 0, bytes: 0 }
    }

    pub fn add(&mut self, bytes: usize) -> Result<(), ImageError> {
        self.entries += 1;
        self.bytes += bytes;
        if self.entries > self.limits.entries {
            return Err(ImageError::new(format!("the image has more than {} files", self.limits.entries)));
        }
        if self.bytes > MAX_BYTES {
            return Err(ImageError::new(format!("the names in the image have more than {MAX_BYTES} bytes")));
        }
        Ok(())
    }

    /// A target of a link, as it is.
    fn target(&self, target: Vec<u8>) -> Result<Rc<[u8]>, ImageError> {
        if target.len() > self.limits.path_length {
            let most = self.limits.path_length;
            return Err(ImageError::new(format!("the image has a link to a path of more than {most} bytes")));
        }
        Ok(target.into())
    }

    /// A path below the root, without `.` and slashes that mean nothing.
    fn normal(&self, path: &[u8]) -> Result<Vec<u8>, ImageError> {
        if path.len() > self.limits.path_length {
            let most = self.limits.path_length;
            return Err(ImageError::new(format!("the image has a path of more than {most} bytes: '{}'", shown(path))));
        }
        let names: Vec<&[u8]> = path.split(|&b| b == b'/').filter(|name| !matches!(*name, b"" | b".")).collect();
        if names.contains(&&b".."[..]) || path.contains(&0) {
            return Err(ImageError::new(format!("the image has the path '{}', which leads out of it", shown(path))));
        }
        Ok(names.join(&b'/'))
    }
}

/// Reads the entries of a layer.
pub(crate) fn read(stream: impl Read, budget: &mut Budget) -> Result<Vec<LayerEntry>, ImageError> {
    let mut archive = Entries::new(stream);
    let mut entries = Vec::new();
    while let Some(entry) = archive.next()? {
        let path = budget.normal(&entry.path)?;
        let mut kept = path.len();
        let kind = match entry.kind {
            EntryKind::File { .. } => {
                let content = content::read(&mut archive.contents(), &path, entry.mode & 0o111 != 0);
                let content = content.map_err(|error| {
                    ImageError::new(format!("'{}' in the image cannot be read: {error}", shown(&path)))
                })?;
                kept += content.as_ref().and_then(|content| content.text.as_ref()).map_or(0, String::len);
                Kind::File(content.map(Rc::new))
            }
            EntryKind::Directory => Kind::Directory,
            EntryKind::Symlink(target) => {
                kept += target.len();
                Kind::Symlink(budget.target(target)?)
            }
            EntryKind::HardLink(target) => {
                let target = budget.normal(&target)?;
                kept += target.len();
                Kind::HardLink(target.into())
            }
            EntryKind::Special(what) => Kind::Special(what),
        };
        budget.add(kept)?;
        let id = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let (uid, gid) = (id(entry.uid), id(entry.gid));
        entries.push(LayerEntry { path: path.into(), kind, size: entry.size, mode: entry.mode, uid, gid });
    }
    Ok(entries)
}
