//! The files of a store path that is on this machine.

use bt_container::{BuiltFiles, ListedFile, Presence};
use bt_daemon::StoreAddress;
use bt_store::{Hash, HashAlgorithm, STORE_DIR};
use std::cell::OnceCell;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Links lead through no more links than this (Linux has the same limit).
const MAX_LINKS: usize = 40;
/// A path with more files is not listed.
const MAX_FILES: usize = 200_000;
/// Directories nest no deeper.
const MAX_DEPTH: usize = 100;
/// Larger files are not compared.
const MAX_SIZE: u64 = 256 << 20;
/// Larger texts are not read.
const MAX_TEXT: u64 = 1 << 20;

/// The files whose texts rules read.
const TEXTS: [&str; 2] = ["etc/passwd", "etc/group"];

/// The files of a store path.
#[derive(Debug)]
pub(super) struct DiskFiles {
    /// Where the store's paths are: the real directory of `/nix/store`.
    store: PathBuf,
    /// The name of the path in it.
    name: String,
    texts: [OnceCell<Option<String>>; TEXTS.len()],
}

/// What a path leads to.
enum Resolved {
    There(PathBuf, Metadata),
    Missing,
    /// Out of the store, where nobody knows what an image has.
    Outside,
}

impl DiskFiles {
    /// The files of a path of a store; `None` when they are not on this machine.
    pub fn new(address: &StoreAddress, path: &str) -> Option<DiskFiles> {
        let name = path.strip_prefix(STORE_DIR)?.strip_prefix('/')?.to_string();
        let store = address.real_path(STORE_DIR)?;
        std::fs::symlink_metadata(store.join(&name)).ok()?;
        Some(DiskFiles { store, name, texts: Default::default() })
    }

    /// Follows links, as a container would: the store is the only directory.
    fn resolve(&self, path: &str) -> Resolved {
        let words =
            |text: &str| text.split('/').filter(|word| !word.is_empty()).map(str::to_string).collect::<Vec<_>>();
        let mut ahead = words(path);
        ahead.reverse();
        ahead.push(self.name.clone());
        let mut at: Vec<String> = Vec::new();
        let mut links = 0;
        let mut metadata = None;
        while let Some(word) = ahead.pop() {
            match word.as_str() {
                "." => continue,
                ".." => {
                    if at.pop().is_none() {
                        return Resolved::Outside;
                    }
                    metadata = None;
                    continue;
                }
                _ => at.push(word),
            }
            let real = self.real(&at);
            let found = match std::fs::symlink_metadata(&real) {
                Ok(found) => found,
                Err(error) if is_missing(&error) => return Resolved::Missing,
                Err(_) => return Resolved::Outside,
            };
            if !found.is_symlink() {
                metadata = Some(found);
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Resolved::Missing;
            }
            let Some(target) =
                std::fs::read_link(&real).ok().and_then(|target| target.into_os_string().into_string().ok())
            else {
                return Resolved::Outside;
            };
            at.pop();
            let relative = match target.strip_prefix('/') {
                None => target.as_str(),
                Some(_) => {
                    at.clear();
                    match target.strip_prefix(STORE_DIR).and_then(|rest| rest.strip_prefix('/')) {
                        Some(rest) => rest,
                        None => return Resolved::Outside,
                    }
                }
            };
            ahead.extend(words(relative).into_iter().rev());
        }
        let real = self.real(&at);
        match metadata.map_or_else(|| std::fs::symlink_metadata(&real), Ok) {
            Ok(metadata) if !at.is_empty() => Resolved::There(real, metadata),
            _ => Resolved::Outside,
        }
    }

    fn real(&self, words: &[String]) -> PathBuf {
        words.iter().fold(self.store.clone(), |path, word| path.join(word))
    }

    #[expect(clippy::disallowed_methods, reason = "the store of this machine is looked at, which no evaluation reads")]
    fn add(&self, directory: &Path, prefix: &str, depth: usize, found: &mut Vec<ListedFile>) -> Option<()> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(directory).ok()? {
            // What is not UTF-8 nobody names.
            names.extend(entry.ok()?.file_name().into_string().ok());
            if names.len() > MAX_FILES {
                return None;
            }
        }
        names.sort();
        for name in names {
            let (real, path) = (directory.join(&name), format!("{prefix}{name}"));
            let metadata = std::fs::symlink_metadata(&real).ok()?;
            if metadata.is_dir() {
                if depth == MAX_DEPTH {
                    return None;
                }
                self.add(&real, &format!("{path}/"), depth + 1, found)?;
            } else {
                found.push(listed(path, &metadata));
            }
            if found.len() > MAX_FILES {
                return None;
            }
        }
        Some(())
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn listed(path: String, metadata: &Metadata) -> ListedFile {
    ListedFile {
        path,
        mode: metadata.permissions().mode() & 0o7777,
        uid: metadata.uid(),
        is_link: metadata.is_symlink(),
    }
}

impl BuiltFiles for DiskFiles {
    fn presence(&self, path: &str) -> Presence {
        match self.resolve(path) {
            Resolved::There(_, metadata) if metadata.is_dir() => Presence::Directory,
            Resolved::There(_, metadata) if metadata.permissions().mode() & 0o111 != 0 => Presence::Executable,
            Resolved::There(..) => Presence::File,
            Resolved::Missing => Presence::Absent,
            Resolved::Outside => Presence::Unknown,
        }
    }

    fn text(&self, path: &str) -> Option<&str> {
        let number = TEXTS.iter().position(|known| *known == path)?;
        let text = self.texts[number].get_or_init(|| {
            let Resolved::There(real, metadata) = self.resolve(path) else { return None };
            let file = File::open(real).ok().filter(|_| metadata.is_file() && metadata.len() <= MAX_TEXT)?;
            let mut text = String::new();
            file.take(MAX_TEXT).read_to_string(&mut text).ok().map(|_| text)
        });
        text.as_deref()
    }

    fn list(&self) -> Option<Vec<ListedFile>> {
        let root = self.store.join(&self.name);
        let metadata = std::fs::symlink_metadata(&root).ok()?;
        if !metadata.is_dir() {
            return Some(vec![listed(String::new(), &metadata)]);
        }
        let mut found = Vec::new();
        self.add(&root, "", 0, &mut found)?;
        Some(found)
    }

    /// The hash of the contents and whether it can be executed.
    fn fingerprint(&self, path: &str) -> Option<String> {
        let Resolved::There(real, metadata) = self.resolve(path) else { return None };
        if !metadata.is_file() || metadata.len() > MAX_SIZE {
            return None;
        }
        let mut file = File::open(real).ok()?;
        let mut hasher = bt_store::Hasher::new(HashAlgorithm::Sha256);
        let mut buffer = vec![0; 64 << 10];
        loop {
            match file.read(&mut buffer).ok()? {
                0 => break,
                count => hasher.update(&buffer[..count]),
            }
        }
        let hash: Hash = hasher.finish();
        Some(format!("{} {}", hash.to_base16(), metadata.permissions().mode() & 0o111 != 0))
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests")]
mod tests {
    use super::{BuiltFiles, DiskFiles, Presence, StoreAddress};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn links_are_followed_within_the_store() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("nix/store");
        for (name, mode) in [("a/bin/run", 0o555), ("b/data", 0o444), ("b/suid", 0o4555)] {
            let file = store.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, "text").unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        }
        for (link, target) in [
            ("a/absolute", "/nix/store/b/data"),
            ("a/relative", "../b/data"),
            ("a/up", "../../../../../etc/passwd"),
            ("a/out", "/etc/passwd"),
            ("a/dangling", "/nix/store/c/x"),
            ("a/circle", "circle"),
            ("a/folder", "bin"),
        ] {
            symlink(target, store.join(link)).unwrap();
        }
        let socket = directory.path().join("socket");
        let address = StoreAddress::Socket { socket, root: Some(directory.path().into()) };
        let files = DiskFiles::new(&address, "/nix/store/a").unwrap();
        for (path, expected) in [
            ("", Presence::Directory),
            ("bin/run", Presence::Executable),
            ("folder/run", Presence::Executable),
            ("folder", Presence::Directory),
            ("absolute", Presence::File),
            ("relative", Presence::File),
            ("relative/x", Presence::Absent),
            ("none", Presence::Absent),
            ("dangling", Presence::Absent),
            ("circle", Presence::Absent),
            ("up", Presence::Unknown),
            ("out", Presence::Unknown),
        ] {
            assert_eq!(files.presence(path), expected, "{path}");
        }
        let listed: Vec<String> = files.list().unwrap().into_iter().map(|file| file.path).collect();
        assert_eq!(listed, ["absolute", "bin/run", "circle", "dangling", "folder", "out", "relative", "up"]);
        assert_eq!(files.fingerprint("absolute"), files.fingerprint("relative"));
        assert_ne!(files.fingerprint("absolute"), files.fingerprint("bin/run"));
        let other = DiskFiles::new(&address, "/nix/store/b").unwrap();
        assert_eq!(other.list().unwrap()[1].mode, 0o4555);
        assert!(DiskFiles::new(&address, "/nix/store/c").is_none());
    }
}
