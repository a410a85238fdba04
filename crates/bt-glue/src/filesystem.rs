//! Files: the disk, and trees that are part of the program.

use bt_eval::FileKind;
use std::collections::BTreeMap;
use std::io;

/// Read access to files. Paths are absolute and canonical; parents that are symbolic links are followed.
pub trait FileSystem {
    /// The contents of a file, links followed.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// Names in a directory and what they are, unsorted.
    fn list(&self, path: &str) -> io::Result<Vec<(String, FileKind)>>;
    /// What a path is, the last component not followed.
    fn kind(&self, path: &str) -> io::Result<FileKind>;
    /// What a path is, links followed.
    fn target_kind(&self, path: &str) -> io::Result<FileKind>;
    /// Where a link points.
    fn read_link(&self, path: &str) -> io::Result<String>;
    /// Size in bytes and whether the owner may execute it.
    fn size_and_executable(&self, path: &str) -> io::Result<(u64, bool)>;
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

#[allow(clippy::disallowed_methods, reason = "this is the place that the ban points to")]
impl FileSystem for OsFileSystem {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        // Opening a pipe would hang.
        match self.target_kind(path)? {
            FileKind::Regular => std::fs::read(path),
            FileKind::Directory => Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory")),
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file")),
        }
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, FileKind)>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().into_string();
            let name =
                name.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "holds a name that is not UTF-8"))?;
            entries.push((name, file_kind(entry.file_type()?)));
        }
        Ok(entries)
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        Ok(file_kind(std::fs::symlink_metadata(path)?.file_type()))
    }

    fn target_kind(&self, path: &str) -> io::Result<FileKind> {
        Ok(file_kind(std::fs::metadata(path)?.file_type()))
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        let target = std::fs::read_link(path)?.into_os_string().into_string();
        target.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "points to a name that is not UTF-8"))
    }

    fn size_and_executable(&self, path: &str) -> io::Result<(u64, bool)> {
        let metadata = std::fs::metadata(path)?;
        #[cfg(unix)]
        let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0;
        #[cfg(not(unix))]
        let executable = false;
        Ok((metadata.len(), executable))
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

    fn size_and_executable(&self, path: &str) -> io::Result<(u64, bool)> {
        self.files.get(path).map(|text| (text.len() as u64, false)).ok_or_else(not_found)
    }
}
