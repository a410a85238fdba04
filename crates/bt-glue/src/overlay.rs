//! Files with other texts than they have: what an editor holds unsaved, or what a fix would make of them.

use crate::filesystem::{FileSystem, Stamp};
use bt_eval::FileKind;
use bt_store::nar::NarFile;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Contents by the real path of the file: absolute, without links.
pub type Texts = Arc<BTreeMap<String, String>>;

/// Files in which some have other contents. They must be there.
pub struct Overlay<F> {
    below: F,
    texts: Texts,
}

impl<F: FileSystem> Overlay<F> {
    /// Puts texts in the place of those that files have.
    pub fn new(below: F, texts: Texts) -> Self {
        Overlay { below, texts }
    }

    /// What stands in for a file, links followed.
    fn text(&self, path: &Path) -> Option<&String> {
        if self.texts.is_empty() {
            return None;
        }
        let known = |path: &Path| self.texts.get(path.to_str()?);
        known(path).or_else(|| known(&std::fs::canonicalize(path).ok()?))
    }
}

impl<F: FileSystem> FileSystem for Overlay<F> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.text(Path::new(path)).map_or_else(|| self.below.read(path), |text| Ok(text.clone().into_bytes()))
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let Some(text) = self.text(Path::new(path)) else {
            return self.below.read_at(path, offset, length);
        };
        let rest = text.as_bytes().get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
        Ok(rest[..length.min(rest.len())].to_vec())
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, FileKind)>> {
        self.below.list(path)
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        self.below.kind(path)
    }

    fn target_kind(&self, path: &str) -> io::Result<FileKind> {
        self.below.target_kind(path)
    }

    fn read_link(&self, path: &str) -> io::Result<String> {
        self.below.read_link(path)
    }

    fn archive(&self, path: &str, file: &mut dyn NarFile) -> io::Result<()> {
        self.archive_bytes(Path::new(path), file)
    }

    /// A state on disk says nothing about a text that is not there.
    fn stamp(&self, path: &str) -> io::Result<Option<Stamp>> {
        if self.text(Path::new(path)).is_some() { Ok(None) } else { self.below.stamp(path) }
    }

    fn archive_bytes(&self, path: &Path, file: &mut dyn NarFile) -> io::Result<()> {
        let Some(text) = self.text(path) else {
            return self.below.archive_bytes(path, file);
        };
        let mut header = Header { executable: false };
        self.below.archive_bytes(path, &mut header)?;
        file.begin(header.executable, text.len() as u64);
        file.piece(text.as_bytes());
        Ok(())
    }

    fn list_bytes(&self, path: &Path) -> io::Result<Vec<(OsString, FileKind)>> {
        self.below.list_bytes(path)
    }

    fn read_link_bytes(&self, path: &Path) -> io::Result<OsString> {
        self.below.read_link_bytes(path)
    }
}

/// Takes from a file only whether it may be executed.
struct Header {
    executable: bool,
}

impl NarFile for Header {
    fn begin(&mut self, executable: bool, _: u64) {
        self.executable = executable;
    }

    fn piece(&mut self, _: &[u8]) {}
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests are about real files")]
mod tests {
    use super::*;
    use crate::OsFileSystem;

    #[test]
    fn texts_take_the_place_of_contents_and_of_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let path = |name: &str| root.join(name).to_str().unwrap().to_string();
        std::fs::write(path("a"), "old").unwrap();
        std::fs::write(path("b"), "other").unwrap();
        let texts = BTreeMap::from([(path("a"), "a new text".to_string())]);
        let files = Overlay::new(OsFileSystem, Arc::new(texts));
        assert_eq!(files.read(&path("a")).unwrap(), b"a new text");
        assert_eq!(files.read_at(&path("a"), 2, 3).unwrap(), b"new");
        assert_eq!(files.read_at(&path("a"), 20, 3).unwrap(), b"");
        assert_eq!(files.read(&path("b")).unwrap(), b"other");
        assert!(files.stamp(&path("a")).unwrap().is_none());
        assert!(files.read(&path("c")).is_err());
        let mut whole = Whole::default();
        files.archive(&path("a"), &mut whole).unwrap();
        assert_eq!((whole.size, whole.bytes.as_slice()), (10, b"a new text".as_slice()));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a", root.join("link")).unwrap();
            assert_eq!(files.read(&path("link")).unwrap(), b"a new text");
        }
    }

    #[derive(Default)]
    struct Whole {
        size: u64,
        bytes: Vec<u8>,
    }

    impl NarFile for Whole {
        fn begin(&mut self, _: bool, size: u64) {
            self.size = size;
        }

        fn piece(&mut self, bytes: &[u8]) {
            self.bytes.extend_from_slice(bytes);
        }
    }
}
