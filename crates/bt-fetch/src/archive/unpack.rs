//! From an archive to a directory, whatever the archive says.
//!
//! Symbolic links are kept as they are, wherever they point, because the hash of a tree covers their targets; but nothing
//! is ever written through one: where a path leads is decided by what the archive itself has put there.

use super::Limits;
use super::compression::decompress;
use super::tar::{Entries, EntryKind};
use crate::error::{FetchError, FetchErrorKind};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// So many bytes all paths may have together: they are kept in memory.
const MAX_PATHS: usize = 512 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Symlink,
    Directory,
}

struct Unpacker<'a> {
    root: &'a Path,
    limits: &'a Limits,
    /// What is at each path, relative to the root and without `.`.
    made: HashMap<Vec<u8>, Kind>,
    /// Bytes of these paths.
    paths: usize,
}

/// Unpacks an archive into an empty directory. The tree is the one top-level directory that the archive has, or else the
/// directory itself, as it is for Nix.
///
/// # Errors
/// Archives that are damaged, too large, or have what no source tree has; a full disk. The directory is then worthless.
pub(crate) fn unpack(archive: File, directory: &Path, limits: &Limits) -> Result<PathBuf, FetchError> {
    let mut entries = Entries::new(decompress(archive, limits.unpacked_size)?);
    let mut unpacker = Unpacker { root: directory, limits, made: HashMap::new(), paths: 0 };
    while let Some(entry) = entries.next()? {
        let path = unpacker.place(&entry.path)?;
        match entry.kind {
            EntryKind::Directory => unpacker.directory(&path)?,
            EntryKind::Symlink(target) => unpacker.symlink(&path, &target)?,
            EntryKind::HardLink(target) => unpacker.hard_link(&path, &target)?,
            EntryKind::File { executable } => unpacker.file(&path, executable, &mut entries)?,
            EntryKind::Special(what) => {
                let message = format!("'{}' in the archive is {what}, which no source has", shown(&path));
                return Err(FetchError::archive(message));
            }
        }
    }
    let mut top = unpacker.made.iter().filter(|(path, _)| !path.contains(&b'/'));
    match (top.next(), top.next()) {
        (Some((name, Kind::Directory)), None) => Ok(directory.join(os(name)?)),
        _ => Ok(directory.to_path_buf()),
    }
}

#[cfg(unix)]
fn os(bytes: &[u8]) -> Result<&OsStr, FetchError> {
    Ok(std::os::unix::ffi::OsStrExt::from_bytes(bytes))
}

#[cfg(not(unix))]
fn os(bytes: &[u8]) -> Result<&OsStr, FetchError> {
    let text = std::str::from_utf8(bytes).map_err(|_| FetchError::archive("a name in the archive is not UTF-8"))?;
    Ok(OsStr::new(text))
}

fn shown(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    let mut shown: String = text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn on_disk(path: &[u8]) -> impl Fn(io::Error) -> FetchError {
    move |error| FetchError::cache(format!("cannot write '{}' of the archive to disk: {error}", shown(path)))
}

impl Unpacker<'_> {
    /// The path of an entry below the root: without a slash at the start, as tar reads it, and without `.`.
    fn normal(&self, path: &[u8]) -> Result<Vec<u8>, FetchError> {
        if path.contains(&0) {
            return Err(FetchError::archive(format!("the archive has a name with a zero byte: '{}'", shown(path))));
        }
        if path.len() > self.limits.path_length {
            let message = format!("the archive has a path of more than {} bytes", self.limits.path_length);
            return Err(FetchError::new(FetchErrorKind::Limit, message));
        }
        let names: Vec<&[u8]> = path.split(|&b| b == b'/').filter(|name| !matches!(*name, b"" | b".")).collect();
        if names.contains(&&b".."[..]) {
            let message = format!("the archive has the path '{}', which leads out of it", shown(path));
            return Err(FetchError::archive(message));
        }
        if names.len() > self.limits.depth {
            let message = format!("the archive has more than {} directories inside each other", self.limits.depth);
            return Err(FetchError::new(FetchErrorKind::Limit, message));
        }
        Ok(names.join(&b'/'))
    }

    /// Where an entry goes, after the directories above it were made.
    fn place(&mut self, path: &[u8]) -> Result<Vec<u8>, FetchError> {
        let path = self.normal(path)?;
        let slashes = path.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
        // The nearest one that is there tells about all above it.
        let mut missing = Vec::new();
        for at in slashes.rev() {
            match self.made.get(&path[..at]) {
                Some(Kind::Directory) => break,
                Some(_) => {
                    let message = format!("'{}' in the archive goes through what is no directory", shown(&path));
                    return Err(FetchError::archive(message));
                }
                None => missing.push(at),
            }
        }
        for at in missing.into_iter().rev() {
            self.directory(&path[..at])?;
        }
        Ok(path)
    }

    fn full(&self, path: &[u8]) -> Result<PathBuf, FetchError> {
        Ok(self.root.join(os(path)?))
    }

    fn remember(&mut self, path: &[u8], kind: Kind) -> Result<(), FetchError> {
        if self.made.insert(path.to_vec(), kind).is_none() {
            self.paths += path.len();
        }
        if self.made.len() as u64 > self.limits.entries || self.paths > MAX_PATHS {
            let message =
                format!("the archive has too many entries: more than {}, or with too long names", self.limits.entries);
            return Err(FetchError::new(FetchErrorKind::Limit, message));
        }
        Ok(())
    }

    /// Makes room for what is no directory: of two entries with one name the later one counts.
    fn clear(&mut self, path: &[u8]) -> Result<PathBuf, FetchError> {
        let full = self.full(path)?;
        match self.made.get(path) {
            _ if path.is_empty() => return Err(FetchError::archive("the archive has a file without a name")),
            Some(Kind::Directory) => {
                let message = format!("'{}' in the archive is a directory and something else", shown(path));
                return Err(FetchError::archive(message));
            }
            Some(_) => fs::remove_file(&full).map_err(on_disk(path))?,
            None => {}
        }
        Ok(full)
    }

    fn directory(&mut self, path: &[u8]) -> Result<(), FetchError> {
        match self.made.get(path) {
            _ if path.is_empty() => Ok(()),
            Some(Kind::Directory) => Ok(()),
            Some(_) => {
                let message = format!("'{}' in the archive is a directory and something else", shown(path));
                Err(FetchError::archive(message))
            }
            None => {
                fs::create_dir(self.full(path)?).map_err(on_disk(path))?;
                self.remember(path, Kind::Directory)
            }
        }
    }

    #[cfg(unix)]
    fn symlink(&mut self, path: &[u8], target: &[u8]) -> Result<(), FetchError> {
        if target.is_empty() || target.contains(&0) || target.len() > self.limits.path_length {
            let message = format!("the link '{}' in the archive has no target that a link can have", shown(path));
            return Err(FetchError::archive(message));
        }
        let full = self.clear(path)?;
        std::os::unix::fs::symlink(os(target)?, full).map_err(on_disk(path))?;
        self.remember(path, Kind::Symlink)
    }

    #[cfg(not(unix))]
    fn symlink(&mut self, path: &[u8], _: &[u8]) -> Result<(), FetchError> {
        Err(FetchError::archive(format!("'{}' in the archive is a link, which this system has not", shown(path))))
    }

    fn hard_link(&mut self, path: &[u8], target: &[u8]) -> Result<(), FetchError> {
        let target = self.normal(target)?;
        match self.made.get(&target) {
            // What is written to a path once is never changed, only replaced.
            Some(Kind::File) if target == path => Ok(()),
            Some(Kind::File) => {
                let full = self.clear(path)?;
                fs::hard_link(self.full(&target)?, full).map_err(on_disk(path))?;
                self.remember(path, Kind::File)
            }
            _ => Err(FetchError::archive(format!(
                "'{}' in the archive is another name of '{}', which is no file before it",
                shown(path),
                shown(&target)
            ))),
        }
    }

    fn file(&mut self, path: &[u8], executable: bool, contents: &mut Entries<impl Read>) -> Result<(), FetchError> {
        let full = self.clear(path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o555 } else { 0o444 });
        let mut file = options.open(full).map_err(on_disk(path))?;
        self.remember(path, Kind::File)?;
        contents.read_contents(&mut |piece| file.write_all(piece).map_err(on_disk(path)))?;
        Ok(())
    }
}
