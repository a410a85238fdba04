//! Trees by the hash of their NAR, shared by all runs of a user.
//!
//! ```text
//! trees/HASH       a verified tree: a directory or a file; HASH is SHA-256 in nixbase32
//! files/HASH       a verified file; HASH is that of its contents
//! tmp/HASH.lock    locked by the run that fetches HASH
//! tmp/HASH.part    what it downloads
//! tmp/HASH.tree    what it unpacks
//! tmp/HASH.git     repositories that it unpacks that from
//! ```
//!
//! A tree is hashed before it gets its name, and gets it by being renamed, after its bytes are on disk. So a name is there
//! only with the whole tree, and it is trusted afterwards: hashing nixpkgs again would take longer than checking a flake.
//! The files are not writable, so that no editor changes them by accident.

use crate::error::{FetchError, FetchErrorKind};
use crate::nar;
use bt_store::Hash;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a run leaves behind when it is killed.
const KINDS: [&str; 3] = ["part", "tree", "git"];

/// How often a lock is tried that another run has.
const POLL: Duration = Duration::from_millis(50);

/// A directory of trees. It is made when the first tree is fetched.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
    /// Whether its names are hashes of the contents of files.
    has_files: bool,
}

/// The right of one run to fetch a tree.
pub(crate) struct Claim<'c> {
    cache: &'c Cache,
    name: String,
    /// Locked; the lock ends with the process at the latest.
    _lock: File,
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> FetchError {
    FetchError::cache(format!("cannot {what} '{}' in the cache: {error}", path.display()))
        .help("the cache is in $XDG_CACHE_HOME/bt-lint, or else in ~/.cache/bt-lint")
}

impl Cache {
    /// A cache in a directory, which need not exist.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Cache { directory: directory.into(), has_files: false }
    }

    /// The files of the cache, which are known by the hashes of their contents.
    pub(crate) fn of_files(&self) -> Self {
        Cache { has_files: true, ..self.clone() }
    }

    fn folder(&self) -> &'static str {
        if self.has_files { "files" } else { "trees" }
    }

    fn hash(&self, path: &Path) -> Result<Hash, String> {
        if !self.has_files {
            return nar::hash_of(path).map_err(|error| error.to_string());
        }
        nar::hash_of_contents(path).map_err(|error| error.to_string())
    }

    /// The path of a tree, if it is there.
    pub fn find(&self, hash: &Hash) -> Option<PathBuf> {
        let path = self.tree(&hash.to_nixbase32());
        fs::symlink_metadata(&path).is_ok().then_some(path)
    }

    /// Remembers that the network was out of reach. Where that cannot be written down, the next run will find it out again.
    pub(crate) fn note_unreachable(&self) {
        let _ = File::create(self.directory.join("unreachable"));
    }

    /// Whether the network was out of reach within this time.
    pub(crate) fn was_unreachable(&self, within: Duration) -> bool {
        let modified = fs::metadata(self.directory.join("unreachable")).and_then(|metadata| metadata.modified());
        modified.is_ok_and(|time| time.elapsed().is_ok_and(|elapsed| elapsed < within))
    }

    fn tree(&self, name: &str) -> PathBuf {
        self.directory.join(self.folder()).join(name)
    }

    fn temporary(&self, name: &str, kind: &str) -> PathBuf {
        self.directory.join("tmp").join(format!("{name}.{kind}"))
    }

    /// Waits until no other run fetches a tree, and keeps others from it. What runs left behind that were killed is
    /// removed.
    pub(crate) fn claim(&self, hash: &Hash, patience: Duration) -> Result<Claim<'_>, FetchError> {
        for directory in [self.folder(), "tmp"].map(|name| self.directory.join(name)) {
            fs::create_dir_all(&directory).map_err(|error| cannot("make", &directory, &error))?;
        }
        let name = hash.to_nixbase32();
        let path = self.temporary(&name, "lock");
        let deadline = Instant::now() + patience;
        let lock = loop {
            match try_lock(&path).map_err(|error| cannot("lock", &path, &error))? {
                Some(lock) => break lock,
                None if Instant::now() > deadline => {
                    let message = "another run of bt-lint fetches the same tree and does not come to an end";
                    return Err(FetchError::cache(message).help(format!("it has locked '{}'", path.display())));
                }
                None => std::thread::sleep(POLL),
            }
        };
        self.sweep();
        let claim = Claim { cache: self, name, _lock: lock };
        claim.clean();
        Ok(claim)
    }

    /// Removes what belongs to no living run. Whatever fails here is tried again by the next run.
    #[allow(clippy::disallowed_methods, reason = "the cache is no part of an evaluation")]
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(self.directory.join("tmp")) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let lock = path.with_extension("lock");
            // Also when the lock itself is gone: then it is made, and removed last.
            if let Ok(Some(_held)) = try_lock(&lock) {
                for kind in KINDS {
                    remove(&path.with_extension(kind));
                }
                remove(&lock);
            }
        }
    }
}

/// Locks a file, which is made if need be; `None` when another run has it.
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had it may have removed it meanwhile: a lock of a file that is not there any more keeps nobody out.
        if is_at(&file, path)? {
            return Ok(Some(file));
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(open.dev() == there.dev() && open.ino() == there.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Open files cannot be removed there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

fn remove(path: &Path) {
    let _ = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
}

impl Claim<'_> {
    /// The tree, if another run landed it meanwhile.
    pub fn landed(&self) -> Option<PathBuf> {
        let path = self.cache.tree(&self.name);
        fs::symlink_metadata(&path).is_ok().then_some(path)
    }

    /// An empty file for a download.
    pub fn file(&self) -> Result<File, FetchError> {
        let path = self.cache.temporary(&self.name, "part");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        file.map_err(|error| cannot("make", &path, &error))
    }

    /// Where that file is.
    pub fn file_path(&self) -> PathBuf {
        self.cache.temporary(&self.name, "part")
    }

    /// An empty directory to unpack to.
    pub fn directory(&self) -> Result<PathBuf, FetchError> {
        let path = self.cache.temporary(&self.name, "tree");
        fs::create_dir(&path).map_err(|error| cannot("make", &path, &error))?;
        Ok(path)
    }

    /// An empty directory for repositories.
    pub fn repositories(&self) -> Result<PathBuf, FetchError> {
        let path = self.cache.temporary(&self.name, "git");
        fs::create_dir(&path).map_err(|error| cannot("make", &path, &error))?;
        Ok(path)
    }

    /// Gives a tree, which is in the directory or is the file, its name.
    ///
    /// # Errors
    /// [`FetchErrorKind::HashMismatch`] when it is not the tree that the name is for.
    pub fn land(self, tree: &Path, expected: &Hash, what: &str) -> Result<PathBuf, FetchError> {
        let actual =
            self.cache.hash(tree).map_err(|error| FetchError::cache(format!("cannot hash {what}: {error}")))?;
        if actual != *expected {
            let (expected, actual) = (expected.to_sri(), actual.to_sri());
            let message = format!("{what} has the hash '{actual}', but '{expected}' is locked; it is not used");
            return Err(FetchError::new(FetchErrorKind::HashMismatch, message)
                .help("what is there now is not what was locked: find out why before you update the lock file"));
        }
        let target = self.cache.tree(&self.name);
        settle(tree).map_err(|error| cannot("write", tree, &error))?;
        match fs::rename(tree, &target) {
            Ok(()) => Ok(target),
            Err(error) => Err(cannot("make", &target, &error)),
        }
    }

    /// Gives a tree of which nobody knew the hash the name of the hash that it has.
    pub fn land_as_it_is(self, tree: &Path, what: &str) -> Result<(PathBuf, Hash), FetchError> {
        let hash = self.cache.hash(tree).map_err(|error| FetchError::cache(format!("cannot hash {what}: {error}")))?;
        let target = self.cache.tree(&hash.to_nixbase32());
        if fs::symlink_metadata(&target).is_err() {
            settle(tree).map_err(|error| cannot("write", tree, &error))?;
            if let Err(error) = fs::rename(tree, &target)
                && fs::symlink_metadata(&target).is_err()
            {
                return Err(cannot("make", &target, &error));
            }
        }
        Ok((target, hash))
    }

    fn clean(&self) {
        for kind in KINDS {
            remove(&self.cache.temporary(&self.name, kind));
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.clean();
        remove(&self.cache.temporary(&self.name, "lock"));
    }
}

/// Sees to it that everything written is on disk before something is renamed: after a power failure there is no tree of
/// empty files. That is one call for all the files of a tree.
#[cfg(target_os = "linux")]
fn settle(tree: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(tree)?)?)
}

#[cfg(not(target_os = "linux"))]
fn settle(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests")]
mod tests {
    use super::{Cache, FetchErrorKind};
    use bt_store::{Hash, HashAlgorithm};
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    fn hash(text: &str) -> Hash {
        Hash::digest(HashAlgorithm::Sha256, text.as_bytes())
    }

    fn left(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory.join("tmp")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_tree_that_is_claimed_is_kept_from_others() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::new(directory.path());
        let claim = cache.claim(&hash("a"), Duration::ZERO).unwrap();
        assert_eq!(cache.claim(&hash("a"), Duration::ZERO).err().unwrap().kind, FetchErrorKind::Cache);
        assert!(cache.claim(&hash("b"), Duration::ZERO).is_ok());
        drop(claim);
        assert!(cache.claim(&hash("a"), Duration::ZERO).is_ok());
        assert!(left(directory.path()).is_empty());
    }

    #[test]
    fn what_killed_runs_left_is_removed_and_what_living_ones_need_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::new(directory.path());
        let living = cache.claim(&hash("a"), Duration::ZERO).unwrap();
        living.file().unwrap();
        living.directory().unwrap();
        for name in ["x.tree/inner/deep", "y.tree"] {
            fs::create_dir_all(directory.path().join("tmp").join(name)).unwrap();
        }
        for name in ["x.lock", "x.part", "z.part"] {
            fs::write(directory.path().join("tmp").join(name), "x").unwrap();
        }
        drop(cache.claim(&hash("b"), Duration::ZERO).unwrap());
        assert_eq!(left(directory.path()).len(), 3, "{:?}", left(directory.path()));
        drop(living);
        assert!(left(directory.path()).is_empty());
    }

    #[test]
    fn only_what_has_the_hash_gets_the_name() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::new(directory.path());
        let claim = cache.claim(&hash("a"), Duration::ZERO).unwrap();
        let tree = claim.directory().unwrap();
        fs::write(tree.join("file"), "text").unwrap();
        let error = claim.land(&tree, &hash("a"), "it").unwrap_err();
        assert_eq!(error.kind, FetchErrorKind::HashMismatch);
        assert!(error.message.contains(&hash("a").to_sri()), "{error}");
        assert!(cache.find(&hash("a")).is_none() && left(directory.path()).is_empty());

        let path = directory.path().join("same");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("file"), "text").unwrap();
        let right = crate::nar::hash_of(&path).unwrap();
        let claim = cache.claim(&right, Duration::ZERO).unwrap();
        let tree = claim.directory().unwrap();
        fs::write(tree.join("file"), "text").unwrap();
        let landed = claim.land(&tree, &right, "it").unwrap();
        assert_eq!(cache.find(&right), Some(landed.clone()));
        assert_eq!(fs::read_to_string(landed.join("file")).unwrap(), "text");
        assert!(left(directory.path()).is_empty());
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_an_error() {
        let error = Cache::new("/dev/null/x").claim(&hash("a"), Duration::ZERO).err().unwrap();
        assert_eq!(error.kind, FetchErrorKind::Cache);
    }
}
