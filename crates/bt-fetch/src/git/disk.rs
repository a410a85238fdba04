//! The disk as the git crate sees it.

use bt_git::{Files, Stat, StatKind};
use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};

/// Files of this machine.
#[derive(Default)]
pub(crate) struct Disk {
    /// What was read last, which is read in pieces.
    open: RefCell<Option<(String, File)>>,
}

#[cfg(unix)]
fn numbers(metadata: &fs::Metadata) -> (bool, (i64, u32), (i64, u32), u64) {
    use std::os::unix::fs::MetadataExt;
    let modified = (metadata.mtime(), metadata.mtime_nsec() as u32);
    (metadata.mode() & 0o100 != 0, modified, (metadata.ctime(), metadata.ctime_nsec() as u32), metadata.ino())
}

#[cfg(not(unix))]
fn numbers(_: &fs::Metadata) -> (bool, (i64, u32), (i64, u32), u64) {
    (false, (0, 0), (0, 0), 0)
}

#[allow(clippy::disallowed_methods, reason = "repositories that are fetched from are no part of an evaluation")]
impl Files for Disk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut open = self.open.borrow_mut();
        if open.as_ref().is_none_or(|(last, _)| last != path) {
            *open = Some((path.to_string(), File::open(path)?));
        }
        let Some((_, file)) = open.as_mut() else { return Err(io::ErrorKind::NotFound.into()) };
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::with_capacity(length.min(1 << 20));
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let names = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.file_name().into_string()));
        Ok(names.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn stat(&self, path: &str) -> io::Result<Option<Stat>> {
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let kind = match metadata.file_type() {
            kind if kind.is_symlink() => StatKind::Link,
            kind if kind.is_dir() => StatKind::Directory,
            kind if kind.is_file() => StatKind::File,
            _ => StatKind::Other,
        };
        let (executable, modified, changed, inode) = numbers(&metadata);
        Ok(Some(Stat { kind, executable, size: metadata.len(), modified, changed, inode }))
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        fs::read_link(path)?.into_os_string().into_string().map_err(|_| io::ErrorKind::InvalidData.into())
    }
}
