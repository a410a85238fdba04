//! The disk as a source of archives, for the hash of what was unpacked.

use bt_store::nar::{NarError, NarFile, NarKind, NarSource, hash_nar};
use bt_store::{Hash, HashAlgorithm, Hasher};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Files are read in pieces of this many bytes.
const PIECE: usize = 256 << 10;

struct Disk;

fn kind(kind: fs::FileType) -> NarKind {
    if kind.is_symlink() {
        NarKind::Symlink
    } else if kind.is_dir() {
        NarKind::Directory
    } else if kind.is_file() {
        NarKind::Regular
    } else {
        NarKind::Unknown
    }
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

#[allow(clippy::disallowed_methods, reason = "what was just unpacked is on disk, and no part of an evaluation yet")]
impl NarSource for Disk {
    type Error = io::Error;

    fn kind(&self, path: &Path) -> io::Result<NarKind> {
        Ok(kind(fs::symlink_metadata(path)?.file_type()))
    }

    fn read_file(&self, path: &Path, out: &mut dyn NarFile) -> io::Result<()> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        out.begin(is_executable(&metadata), metadata.len());
        let mut buffer = vec![0; PIECE.min(usize::try_from(metadata.len()).unwrap_or(PIECE)) + 1];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => out.piece(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(OsString, NarKind)>> {
        fs::read_dir(path)?.map(|entry| entry.and_then(|e| Ok((e.file_name(), kind(e.file_type()?))))).collect()
    }

    fn read_link(&self, path: &Path) -> io::Result<OsString> {
        fs::read_link(path).map(Into::into)
    }
}

/// The SHA-256 of the NAR of a file or directory.
pub(crate) fn hash_of(path: &Path) -> Result<Hash, NarError<io::Error>> {
    hash_nar(&Disk, path, &mut |_, _| Ok(true), HashAlgorithm::Sha256)
}

/// The SHA-256 of the contents of a file.
pub(crate) fn hash_of_contents(path: &Path) -> io::Result<Hash> {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut file = File::open(path)?;
    let mut buffer = vec![0; PIECE];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
