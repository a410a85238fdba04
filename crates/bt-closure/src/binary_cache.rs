//! One binary cache: a server or a directory with a narinfo for each path.

use crate::cache_info::CacheInfo;
use crate::narinfo::{NarInfo, NarInfoError};
use bt_fetch::{FetchError, Requests};
use bt_store::{STORE_DIR, StorePath};
use std::fmt;

/// A binary cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinaryCache {
    /// Its URL, without parameters and without a slash at the end.
    pub url: String,
    /// When it is asked: first that with the smallest number.
    pub priority: i64,
    /// Whether it is believed without signatures (`trusted` in its address).
    pub is_trusted: bool,
}

/// Why a binary cache, or one answer of it, is of no use.
#[derive(Clone, Debug)]
pub enum BinaryCacheError {
    /// It is of another kind than HTTP or a directory.
    Unsupported,
    /// It cannot be asked.
    Fetch(FetchError),
    /// There is no `nix-cache-info`, or something else in its place.
    NoCache,
    /// It has paths of another store.
    OtherStore(String),
    /// An answer is not a narinfo.
    Malformed(NarInfoError),
    /// An answer is no text.
    NoText,
    /// An answer is about another path.
    OtherPath(StorePath),
}

impl fmt::Display for BinaryCacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported => write!(f, "bt-lint asks 'http', 'https' and 'file' caches only"),
            Self::Fetch(error) => write!(f, "{}", error.message),
            Self::NoCache => write!(f, "it has no valid 'nix-cache-info'"),
            Self::OtherStore(directory) => {
                write!(f, "it has paths of '{}' instead of '{STORE_DIR}'", directory.escape_debug())
            }
            Self::Malformed(error) => write!(f, "{error}"),
            Self::NoText => write!(f, "it is not UTF-8"),
            Self::OtherPath(path) => write!(f, "it is about '{path}'"),
        }
    }
}

impl std::error::Error for BinaryCacheError {}

impl BinaryCache {
    /// Asks a cache what it is. The address is one as in nix.conf: a URL, maybe with the parameters `priority` and
    /// `trusted`.
    ///
    /// # Errors
    /// It is none that can be used.
    pub fn open(address: &str, requests: &Requests) -> Result<BinaryCache, BinaryCacheError> {
        let (url, parameters) = address.split_once('?').unwrap_or((address, ""));
        let url = url.trim_end_matches('/').to_string();
        if !["http://", "https://", "file://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(BinaryCacheError::Unsupported);
        }
        let parameter = |name: &str| {
            let mut pairs = parameters.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
        };
        let info = requests.get(&format!("{url}/nix-cache-info")).map_err(BinaryCacheError::Fetch)?;
        let info = info.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| CacheInfo::parse(&text));
        let info = info.ok_or(BinaryCacheError::NoCache)?;
        if info.store_dir != STORE_DIR {
            return Err(BinaryCacheError::OtherStore(info.store_dir));
        }
        let priority = parameter("priority").and_then(|text| text.parse().ok()).unwrap_or(info.priority);
        let is_trusted = matches!(parameter("trusted"), Some("true" | "1"));
        Ok(BinaryCache { url, priority, is_trusted })
    }

    /// What the cache tells of a path; `None` when it has not got it. Whether to believe it is another question.
    ///
    /// # Errors
    /// It cannot be asked, or what it says is wrong.
    pub fn narinfo(&self, path: &StorePath, requests: &Requests) -> Result<Option<NarInfo>, BinaryCacheError> {
        let url = format!("{}/{}", self.url, NarInfo::file_name(path));
        let Some(bytes) = requests.get(&url).map_err(BinaryCacheError::Fetch)? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|_| BinaryCacheError::NoText)?;
        let info = NarInfo::parse(&text).map_err(BinaryCacheError::Malformed)?;
        if info.path != *path {
            return Err(BinaryCacheError::OtherPath(info.path));
        }
        Ok(Some(info))
    }
}
