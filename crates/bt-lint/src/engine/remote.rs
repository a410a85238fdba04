//! Inputs that are not in the store: the cache and the network.

use super::session::cache_directory;
use crate::progress::Downloads;
use crate::request::Network;
use crate::surroundings::variable;
use bt_fetch::{
    Cache, FetchError, FetchErrorKind, Fetcher, HttpOptions, Netrc, Options, Settings, SettingsSource, Source,
    local_tip,
};
use bt_flakeref::FlakeRef;
use bt_glue::{Fetch, FetchFailure, Unlocked};
use bt_store::Hash;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

/// Files of settings, logins and certificates are small.
const MAX_FILE: u64 = 16 << 20;

struct Remote {
    fetcher: Fetcher,
    /// For sources that something can stand in for.
    impatient: Fetcher,
    network: Network,
}

/// How long nobody asks again for what something can stand in for, after the network was out of reach.
const PAUSE: Duration = Duration::from_secs(600);

/// What gets inputs; `None` when there is no directory for them.
pub(super) fn fetch(network: Network, timeout: Option<Duration>) -> Option<Box<dyn Fetch>> {
    let directory = cache_directory()?;
    // A home that is no directory is how someone says that nothing shall be kept.
    if directory.parent().is_some_and(|parent| parent.exists() && !parent.is_dir()) {
        return None;
    }
    let http = http_options(timeout);
    let ssh_command = variable("GIT_SSH_COMMAND").filter(|command| !command.is_empty());
    let fetcher = |http| {
        let ssh_command = ssh_command.clone();
        let options = Options { online: network != Network::Offline, http, ssh_command, ..Options::default() };
        Fetcher::new(Cache::new(directory.clone()), options, nix_settings, Downloads::default())
    };
    let impatient = HttpOptions {
        connect_timeout: http.connect_timeout.min(Duration::from_secs(3)),
        waits_for_first: false,
        ..http.clone()
    };
    let (fetcher, impatient) = (fetcher(http), fetcher(impatient));
    Some(Box::new(Remote { fetcher, impatient, network }))
}

/// How downloads go in the environment that this program is started in.
pub(super) fn http_options(timeout: Option<Duration>) -> HttpOptions {
    let certificates = ["NIX_SSL_CERT_FILE", "SSL_CERT_FILE"].iter().find_map(|name| variable(name));
    let certificates = certificates.filter(|path| !path.is_empty()).and_then(|path| read(&path));
    let mut http = HttpOptions { certificates, ..HttpOptions::default() };
    // An evaluation that may not take long does not wait for a download either.
    if let Some(timeout) = timeout {
        http.total_timeout = http.total_timeout.min(timeout);
        http.stall_timeout = http.stall_timeout.min(timeout);
        http.connect_timeout = http.connect_timeout.min(timeout);
    }
    http
}

/// What of nix.conf matters to downloads.
pub(super) fn nix_settings() -> (Settings, Netrc) {
    Settings::read(&SettingsSource { variable: &variable, file: &text })
}

/// A small file of this machine.
fn read(path: &str) -> Option<Vec<u8>> {
    let file =
        std::fs::File::open(path).ok().filter(|file| file.metadata().is_ok_and(|metadata| metadata.is_file()))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn text(path: &str) -> Option<String> {
    String::from_utf8(read(path)?).ok()
}

impl Fetch for Remote {
    fn find(&self, hash: &Hash) -> Option<String> {
        self.fetcher.cached(hash)?.into_os_string().into_string().ok()
    }

    fn can_fetch(&self, reference: &FlakeRef) -> bool {
        let Ok(source) = Source::of(reference) else { return false };
        source.is_local() || self.network != Network::Offline
    }

    fn insists(&self) -> bool {
        self.network == Network::Online
    }

    fn fetch(&self, reference: &FlakeRef, hash: &Hash, has_stand_in: bool) -> Result<String, FetchFailure> {
        if has_stand_in && self.fetcher.was_unreachable(PAUSE) {
            let message = "there was no way to the network a few minutes ago".into();
            return Err(FetchFailure { message, help: None, is_unreachable: true });
        }
        let fetcher = if has_stand_in { &self.impatient } else { &self.fetcher };
        let fetched = Source::of(reference).and_then(|source| fetcher.fetch(&source, hash));
        path_text(fetched.map_err(reason)?)
    }

    fn fetch_file(&self, url: &str, hash: &Hash) -> Result<String, FetchFailure> {
        path_text(self.fetcher.fetch_contents(url, hash).map_err(reason)?)
    }

    fn fetch_unlocked(&self, reference: &FlakeRef) -> Result<Unlocked, FetchFailure> {
        let mut attributes = reference.attributes();
        if reference.kind() == "git" && reference.get("rev").is_none() {
            let directory = reference.get("url").and_then(|url| url.strip_prefix("file://")).unwrap_or_default();
            let tip = local_tip(directory.trim_end_matches('/'), reference.get("ref").unwrap_or("HEAD"));
            attributes.insert("rev", tip.map_err(reason)?.to_string().as_str());
        }
        let reference = FlakeRef::from_attributes(attributes).map_err(|error| FetchFailure {
            message: error.message().to_string(),
            help: None,
            is_unreachable: false,
        })?;
        let found = Source::of(&reference).and_then(|source| self.fetcher.fetch_as_it_is(&source)).map_err(reason)?;
        Ok(Unlocked {
            root: path_text(found.path)?,
            hash: found.hash,
            rev: reference.get("rev").map(str::to_string),
            last_modified: found.time,
            revision_count: found.revision_count,
        })
    }
}

fn reason(error: FetchError) -> FetchFailure {
    let is_network = error.kind == FetchErrorKind::Network;
    let help = "fetch it once with 'nix flake archive', or give a directory with '--override-input'";
    let is_unreachable =
        matches!(error.kind, FetchErrorKind::Network | FetchErrorKind::Status(_) | FetchErrorKind::Offline);
    FetchFailure {
        message: error.message,
        help: error.help.or_else(|| is_network.then(|| help.into())),
        is_unreachable,
    }
}

fn path_text(path: PathBuf) -> Result<String, FetchFailure> {
    let message = "the path of the cache is not UTF-8";
    path.into_os_string().into_string().map_err(|_| FetchFailure {
        message: message.into(),
        help: None,
        is_unreachable: true,
    })
}
