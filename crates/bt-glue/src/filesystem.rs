//! Files: the disk, and trees that are part of the program.

use bt_eval::FileKind;
use bt_store::nar::NarFile;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek};
use std::path::Path;

/// What tells a state of something on disk from every other, unless the clock was turned back: device, inode, size,
/// times of the last change of contents and of anything (seconds and nanoseconds), kind and permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// In that order.
    pub numbers: [u64; 8],
    /// The later of the two times, in seconds since 1970.
    pub changed: i64,
}

/// Read access to files. Paths are absolute and canonical; parents that are symbolic links are followed.
pub trait FileSystem {
    /// The contents of a file, links followed.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// Bytes of a file from an offset, links followed; fewer than asked for only at its end.
    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(path)?;
        bytes.drain(..usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len()));
        bytes.truncate(length);
        Ok(bytes)
    }
    /// Names in a directory and what they are, unsorted.
    fn list(&self, path: &str) -> io::Result<Vec<(String, FileKind)>>;
    /// What a path is, the last component not followed.
    fn kind(&self, path: &str) -> io::Result<FileKind>;
    /// What a path is, links followed.
    fn target_kind(&self, path: &str) -> io::Result<FileKind>;
    /// Where a link points.
    fn read_link(&self, path: &str) -> io::Result<String>;
    /// Passes a file on as it goes into an archive; links followed.
    fn archive(&self, path: &str, file: &mut dyn NarFile) -> io::Result<()>;
    /// The state of what stands at a path, the last component not followed; `None` when states cannot be told apart.
    fn stamp(&self, path: &str) -> io::Result<Option<Stamp>>;
    /// As [`FileSystem::archive`]; this and what follows is for trees with names that are no text, which archives may
    /// have and programs do not see.
    fn archive_bytes(&self, path: &Path, file: &mut dyn NarFile) -> io::Result<()> {
        self.archive(text(path)?, file)
    }
    /// As [`FileSystem::list`].
    fn list_bytes(&self, path: &Path) -> io::Result<Vec<(OsString, FileKind)>> {
        Ok(self.list(text(path)?)?.into_iter().map(|(name, kind)| (name.into(), kind)).collect())
    }
    /// As [`FileSystem::read_link`].
    fn read_link_bytes(&self, path: &Path) -> io::Result<OsString> {
        self.read_link(text(path)?).map(Into::into)
    }
}

fn text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "is a path that is not UTF-8"))
}

/// The disk: the one place of the program that reads it.
pub struct OsFileSystem;

fn file_kind(kind: std::fs::FileType) -> FileKind {
    if kind.is_symlink() {
        FileKind::Symlink
    } else if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_file() {
        FileKind::Regular
    } else {
        FileKind::Unknown
    }
}

/// Opens a file, and nothing but a file.
#[allow(clippy::disallowed_methods, reason = "the ban points to this file")]
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let not_a_file = |kind: FileKind| match kind {
        FileKind::Directory => io::Error::new(io::ErrorKind::IsADirectory, "is a directory"),
        _ => io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"),
    };
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    // Opening a pipe would hang.
    #[cfg(target_os = "linux")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, O_NONBLOCK);
    #[cfg(not(target_os = "linux"))]
    match file_kind(std::fs::metadata(path)?.file_type()) {
        FileKind::Regular => {}
        kind => return Err(not_a_file(kind)),
    }
    let file = options.open(path).map_err(|error| {
        match std::fs::metadata(path).map(|metadata| file_kind(metadata.file_type())) {
            Ok(kind @ FileKind::Unknown) => not_a_file(kind),
            _ => error,
        }
    })?;
    let metadata = file.metadata()?;
    match file_kind(metadata.file_type()) {
        FileKind::Regular => Ok((file, metadata)),
        kind => Err(not_a_file(kind)),
    }
}

#[cfg(target_os = "linux")]
const O_NONBLOCK: i32 = 0o4000;

fn is_executable(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0;
    #[cfg(not(unix))]
    let executable = false;
    executable
}

/// Files are archived in pieces of at most this many bytes.
const PIECE: usize = 256 << 10;

#[allow(clippy::disallowed_methods, reason = "this is the place that the ban points to")]
impl FileSystem for OsFileSystem {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let (mut file, metadata) = open(Path::new(path))?;
        let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size.saturating_add(1))?;
        // One byte more, so that the end is seen without another call.
        bytes.resize(size + 1, 0);
        let mut length = 0;
        while length < bytes.len() {
            match file.read(&mut bytes[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if length == size {
                break;
            }
        }
        bytes.truncate(length);
        // A file of the kernel has no size, one that grows another.
        if length != size || size == 0 {
            file.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let (mut file, _) = open(Path::new(path))?;
        file.seek(io::SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, FileKind)>> {
        let is_no_text = |_| io::Error::new(io::ErrorKind::InvalidData, "holds a name that is not UTF-8");
        let entries = self.list_bytes(Path::new(path))?;
        entries.into_iter().map(|(name, kind)| Ok((name.into_string().map_err(is_no_text)?, kind))).collect()
    }

    fn list_bytes(&self, path: &Path) -> io::Result<Vec<(OsString, FileKind)>> {
        let entry = |entry: io::Result<std::fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name(), file_kind(entry.file_type()?)))
        };
        std::fs::read_dir(path)?.map(entry).collect()
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        Ok(file_kind(std::fs::symlink_metadata(path)?.file_type()))
    }

    fn target_kind(&self, path: &str) -> io::Result<FileKind> {
        Ok(file_kind(std::fs::metadata(path)?.file_type()))
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        let target = self.read_link_bytes(Path::new(path))?;
        target
            .into_string()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "points to a name that is not UTF-8"))
    }

    fn read_link_bytes(&self, path: &Path) -> io::Result<OsString> {
        Ok(std::fs::read_link(path)?.into_os_string())
    }

    fn archive(&self, path: &str, out: &mut dyn NarFile) -> io::Result<()> {
        self.archive_bytes(Path::new(path), out)
    }

    fn archive_bytes(&self, path: &Path, out: &mut dyn NarFile) -> io::Result<()> {
        let (mut file, metadata) = open(path)?;
        let size = metadata.len();
        out.begin(is_executable(&metadata), size);
        let mut buffer = vec![0; PIECE.min(usize::try_from(size).unwrap_or(PIECE)) + 1];
        let mut length = 0;
        // Not further than one byte too many, which is what is wrong with a file that grows.
        while length <= size {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    out.piece(&buffer[..count]);
                    length += count as u64;
                    if length == size {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    #[cfg(unix)]
    fn stamp(&self, path: &str) -> io::Result<Option<Stamp>> {
        use std::os::unix::fs::MetadataExt;
        let of = std::fs::symlink_metadata(path)?;
        let times = [of.mtime(), of.mtime_nsec(), of.ctime(), of.ctime_nsec()].map(i64::cast_unsigned);
        let [modified, modified_ns, changed, changed_ns] = times;
        let mode = u64::from(of.mode());
        let numbers = [of.dev(), of.ino(), of.size(), modified, modified_ns, changed, changed_ns, mode];
        Ok(Some(Stamp { numbers, changed: of.mtime().max(of.ctime()) }))
    }

    #[cfg(not(unix))]
    fn stamp(&self, _: &str) -> io::Result<Option<Stamp>> {
        Ok(None)
    }
}

/// A tree of texts that is part of the program, or made for a test.
#[derive(Default)]
pub struct Directory {
    files: BTreeMap<String, &'static str>,
}

impl Directory {
    /// A tree of files by path, such as `/lib/default.nix`.
    pub fn new(files: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        Directory { files: files.into_iter().collect() }
    }

    fn is_directory(&self, path: &str) -> bool {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        self.files.range(prefix.clone()..).next().is_some_and(|(name, _)| name.starts_with(&prefix))
    }
}

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "No such file or directory")
}

impl FileSystem for Directory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.files.get(path).map(|text| text.as_bytes().to_vec()).ok_or_else(not_found)
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, FileKind)>> {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        let mut entries: Vec<(String, FileKind)> = Vec::new();
        for (name, _) in self.files.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix)) {
            let rest = &name[prefix.len()..];
            let (name, kind) = match rest.split_once('/') {
                Some((directory, _)) => (directory, FileKind::Directory),
                None => (rest, FileKind::Regular),
            };
            if entries.last().is_none_or(|(last, _)| last != name) {
                entries.push((name.to_string(), kind));
            }
        }
        if entries.is_empty() { Err(not_found()) } else { Ok(entries) }
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        if self.files.contains_key(path) {
            Ok(FileKind::Regular)
        } else if self.is_directory(path) {
            Ok(FileKind::Directory)
        } else {
            Err(not_found())
        }
    }

    fn target_kind(&self, path: &str) -> io::Result<FileKind> {
        self.kind(path)
    }

    fn read_link(&self, _: &str) -> io::Result<String> {
        Err(not_found())
    }

    fn archive(&self, path: &str, file: &mut dyn NarFile) -> io::Result<()> {
        let text = self.files.get(path).ok_or_else(not_found)?;
        file.begin(false, text.len() as u64);
        file.piece(text.as_bytes());
        Ok(())
    }

    fn stamp(&self, _: &str) -> io::Result<Option<Stamp>> {
        Ok(None)
    }
}
