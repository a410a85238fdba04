//! Inputs that are not in the store: the cache and the network.

use super::session::cache_directory;
use crate::progress::Downloads;
use crate::request::Network;
use crate::surroundings::variable;
use bt_fetch::{Cache, FetchErrorKind, Fetcher, HttpOptions, Options, Settings, SettingsSource, Source};
use bt_flakeref::FlakeRef;
use bt_glue::Fetch;
use bt_store::Hash;
use std::io::Read;

/// Files of settings, logins and certificates are small.
const MAX_FILE: u64 = 16 << 20;

struct Remote {
    fetcher: Fetcher,
    network: Network,
}

/// What gets inputs; `None` when there is no directory for them.
pub(super) fn fetch(network: Network) -> Option<Box<dyn Fetch>> {
    let directory = cache_directory()?;
    // A home that is no directory is how someone says that nothing shall be kept.
    if directory.parent().is_some_and(|parent| parent.exists() && !parent.is_dir()) {
        return None;
    }
    let certificates = ["NIX_SSL_CERT_FILE", "SSL_CERT_FILE"].iter().find_map(|name| variable(name));
    let certificates = certificates.filter(|path| !path.is_empty()).and_then(|path| read(&path));
    let http = HttpOptions { certificates, ..HttpOptions::default() };
    let options = Options { online: network != Network::Offline, http, ..Options::default() };
    let settings = || Settings::read(&SettingsSource { variable: &variable, file: &text });
    let fetcher = Fetcher::new(Cache::new(directory), options, settings, Downloads::default());
    Some(Box::new(Remote { fetcher, network }))
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
        let is_local = matches!(&source, Source::Tarball { url } | Source::File { url } if url.starts_with("file://"));
        is_local || self.network != Network::Offline
    }

    fn insists(&self) -> bool {
        self.network == Network::Online
    }

    fn fetch(&self, reference: &FlakeRef, hash: &Hash) -> Result<String, (String, Option<String>)> {
        let fetched = Source::of(reference).and_then(|source| self.fetcher.fetch(&source, hash));
        let path = fetched.map_err(|error| match error.kind {
            FetchErrorKind::Network => {
                let help = "fetch it once with 'nix flake archive', or give a directory with '--override-input'";
                (error.message, error.help.or_else(|| Some(help.into())))
            }
            _ => (error.message, error.help),
        })?;
        path.into_os_string().into_string().map_err(|_| ("the path of the cache is not UTF-8".into(), None))
    }
}
