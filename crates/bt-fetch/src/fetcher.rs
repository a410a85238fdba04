//! All of it together: a source and its hash in, a path out.

use crate::archive::{Limits, unpack};
use crate::cache::{Cache, Claim};
use crate::credentials::Netrc;
use crate::error::{FetchError, FetchErrorKind};
use crate::git::{FoundCommit, Surroundings};
use crate::http::{HttpOptions, Progress, download};
use crate::redirect::shown;
use crate::settings::Settings;
use crate::source::{GitSource, Location, Source};
use bt_store::{Hash, HashAlgorithm};
use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What a fetcher may do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether the network may be used.
    pub online: bool,
    /// How patient downloads are.
    pub http: HttpOptions,
    /// How much archives may hold.
    pub limits: Limits,
    /// How long to wait for another run that fetches the same tree.
    pub patience: Duration,
    /// What is run instead of `ssh`: a command for a shell (git(1), `GIT_SSH_COMMAND`).
    pub ssh_command: Option<String>,
}

impl Default for Options {
    /// With the network.
    fn default() -> Self {
        Options {
            online: true,
            http: HttpOptions::default(),
            limits: Limits::default(),
            patience: Duration::from_secs(3600),
            ssh_command: None,
        }
    }
}

/// What came of a source without a hash.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where it is in the cache.
    pub path: PathBuf,
    /// The hash of its NAR.
    pub hash: Hash,
    /// When the commit was made, in seconds since 1970.
    pub time: Option<i64>,
    /// How many commits lead to it; not known of repositories that are elsewhere.
    pub revision_count: Option<u64>,
}

/// Reads the credentials, when the first download needs them.
type ReadSettings = dyn Fn() -> (Settings, Netrc);

/// Fetches sources into a cache.
pub struct Fetcher {
    cache: Cache,
    options: Options,
    read_settings: Box<ReadSettings>,
    settings: OnceCell<(Settings, Netrc)>,
    progress: Box<dyn Progress>,
}

impl Fetcher {
    /// A fetcher; it does nothing before it is asked to.
    pub fn new(
        cache: Cache,
        options: Options,
        settings: impl Fn() -> (Settings, Netrc) + 'static,
        progress: impl Progress + 'static,
    ) -> Self {
        Fetcher {
            cache,
            options,
            read_settings: Box::new(settings),
            settings: OnceCell::new(),
            progress: Box::new(progress),
        }
    }

    /// The tree with a hash, if it is in the cache. That is looked up, and nothing more.
    pub fn cached(&self, hash: &Hash) -> Option<PathBuf> {
        self.cache.find(hash)
    }

    /// Whether a download failed within this time because there was no connection, in this run or another one.
    pub fn was_unreachable(&self, within: Duration) -> bool {
        self.cache.was_unreachable(within)
    }

    /// The path of the tree of a source: from the cache, or else fetched, verified and kept. The hash is the SHA-256 of
    /// the tree's NAR.
    ///
    /// # Errors
    /// See [`FetchErrorKind`]. Nothing stays behind, and the next call starts anew.
    pub fn fetch(&self, source: &Source, hash: &Hash) -> Result<PathBuf, FetchError> {
        if hash.algorithm() != HashAlgorithm::Sha256 {
            let message = format!("trees are known by their SHA-256, not by a hash of the kind {}", hash.algorithm());
            return Err(FetchError::new(FetchErrorKind::Unsupported, message));
        }
        if let Some(path) = self.cached(hash) {
            return Ok(path);
        }
        let (settings, netrc) = self.settings.get_or_init(&self.read_settings);
        if let Source::Git(git) = source {
            return self.fetch_git(git, hash, &source.name(), netrc);
        }
        let location = source.location(&settings.access_tokens);
        let local = location.url.strip_prefix("file://");
        if local.is_none() && !self.options.online {
            let message = format!("'{}' is not in the cache, and the network may not be used", shown(&location.url));
            return Err(FetchError::new(FetchErrorKind::Offline, message));
        }
        let claim = self.cache.claim(hash, self.options.patience)?;
        if let Some(path) = claim.landed() {
            return Ok(path);
        }
        let what = format!("'{}'", shown(&location.url));
        let tree = self.unpacked(&claim, source, &location, netrc)?;
        claim.land(&tree, hash, &what)
    }

    /// Something of this machine, or a commit: what is known of it without a hash.
    ///
    /// # Errors
    /// See [`FetchErrorKind`]; `Unsupported` for what could be another thing tomorrow.
    pub fn fetch_as_it_is(&self, source: &Source) -> Result<Found, FetchError> {
        let (settings, netrc) = self.settings.get_or_init(&self.read_settings);
        let location = source.location(&settings.access_tokens);
        let what = format!("'{}'", shown(&location.url));
        if !source.is_local() && !matches!(source, Source::Git(_)) {
            let message = format!("{what} has no hash, so nobody knows what it is");
            return Err(FetchError::new(FetchErrorKind::Unsupported, message));
        }
        let key = Hash::digest(HashAlgorithm::Sha256, format!("{source:?}").as_bytes());
        let claim = self.cache.claim(&key, self.options.patience)?;
        let Source::Git(git) = source else {
            let tree = self.unpacked(&claim, source, &location, netrc)?;
            let (path, hash) = claim.land_as_it_is(&tree, &what)?;
            return Ok(Found { path, hash, time: None, revision_count: None });
        };
        let (tree, commit) = self.checked_out(&claim, git, &source.name(), netrc)?;
        let (path, hash) = claim.land_as_it_is(&tree, &what)?;
        Ok(Found { path, hash, time: Some(commit.time), revision_count: commit.revision_count })
    }

    /// Downloads and unpacks.
    fn unpacked(
        &self,
        claim: &Claim<'_>,
        source: &Source,
        location: &Location,
        netrc: &Netrc,
    ) -> Result<PathBuf, FetchError> {
        let what = format!("'{}'", shown(&location.url));
        let mut file = claim.file()?;
        match location.url.strip_prefix("file://") {
            Some(path) => self.copy(path, &mut file)?,
            None => self.download(location, source, &mut file, netrc)?,
        }
        if !source.is_archive() {
            drop(file);
            let path = claim.file_path();
            read_only(&path)?;
            return Ok(path);
        }
        io::Seek::rewind(&mut file).map_err(|error| FetchError::cache(format!("cannot read {what}: {error}")))?;
        let directory = claim.directory()?;
        unpack(file, &directory, &self.options.limits)
            .map_err(|error| FetchError { message: format!("cannot unpack {what}: {}", error.message), ..error })
    }

    fn fetch_git(&self, source: &GitSource, hash: &Hash, name: &str, netrc: &Netrc) -> Result<PathBuf, FetchError> {
        let claim = self.cache.claim(hash, self.options.patience)?;
        if let Some(path) = claim.landed() {
            return Ok(path);
        }
        let (tree, _) = self.checked_out(&claim, source, name, netrc)?;
        claim.land(&tree, hash, &format!("the commit {} of '{}'", source.rev, shown(&source.url)))
    }

    fn checked_out(
        &self,
        claim: &Claim<'_>,
        source: &GitSource,
        name: &str,
        netrc: &Netrc,
    ) -> Result<(PathBuf, FoundCommit), FetchError> {
        let (repositories, tree) = (claim.repositories()?, claim.directory()?);
        let Options { online, http, limits, ssh_command, .. } = &self.options;
        let with = Surroundings {
            http,
            limits,
            netrc,
            progress: &*self.progress,
            name,
            online: *online,
            ssh_command: ssh_command.as_deref(),
        };
        let commit = crate::git::fetch(source, &repositories, &tree, &with)?;
        Ok((tree, commit))
    }

    /// The contents of a file, which have a SHA-256.
    ///
    /// # Errors
    /// See [`FetchErrorKind`].
    pub fn fetch_contents(&self, url: &str, hash: &Hash) -> Result<PathBuf, FetchError> {
        let source = Source::File { url: url.to_string() };
        let (settings, netrc) = self.settings.get_or_init(&self.read_settings);
        let cache = self.cache.of_files();
        if let Some(path) = cache.find(hash) {
            return Ok(path);
        }
        if !self.options.online && !source.is_local() {
            let message = format!("'{}' is not in the cache, and the network may not be used", shown(url));
            return Err(FetchError::new(FetchErrorKind::Offline, message));
        }
        let claim = cache.claim(hash, self.options.patience)?;
        if let Some(path) = claim.landed() {
            return Ok(path);
        }
        let file = self.unpacked(&claim, &source, &source.location(&settings.access_tokens), netrc)?;
        claim.land(&file, hash, &format!("'{}'", shown(url)))
    }

    fn download(&self, location: &Location, source: &Source, file: &mut File, netrc: &Netrc) -> Result<(), FetchError> {
        let result = download(location, file, &source.name(), &self.options.http, netrc, &*self.progress);
        if result.as_ref().is_err_and(|error| error.kind == FetchErrorKind::Network) {
            self.cache.note_unreachable();
        }
        result.map(|_| ())
    }

    /// A file of this machine.
    fn copy(&self, path: &str, to: &mut File) -> Result<(), FetchError> {
        let cannot = |why: String| FetchError::new(FetchErrorKind::Unsupported, format!("cannot read '{path}': {why}"));
        if !path.starts_with('/') {
            return Err(cannot("the path of a 'file' URL has to be absolute".into()));
        }
        // Neither a pipe nor a device, which might have no end.
        let metadata = std::fs::metadata(path).map_err(|error| cannot(error.to_string()))?;
        if !metadata.is_file() {
            return Err(cannot("it is no file".into()));
        }
        let mut from = File::open(path).map_err(|error| cannot(error.to_string()))?;
        io::copy(&mut from, to).map(|_| ()).map_err(|error| cannot(error.to_string()))
    }
}

#[cfg(unix)]
fn read_only(path: &std::path::Path) -> Result<(), FetchError> {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o444);
    std::fs::set_permissions(path, permissions).map_err(|error| FetchError::cache(error.to_string()))
}

#[cfg(not(unix))]
fn read_only(_: &std::path::Path) -> Result<(), FetchError> {
    Ok(())
}
