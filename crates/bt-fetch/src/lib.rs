//! Sources that are not on this machine: downloaded, unpacked, verified against the hash of their NAR, kept.
//!
//! [`Fetcher::fetch`] takes a [`Source`] and the hash that a lock file gives for it, and answers with the path of a tree
//! in the [`Cache`]. Nothing is fetched that has no hash, and nothing that has another hash is ever used or kept.
//!
//! ```text
//! Source      attributes of a locked reference -> the URL of an archive or file
//! http        URL -> file, with retries; where a transfer broke it goes on
//! archive     file -> directory: decompression, tar, limits against hostile archives
//! git         a commit of a repository, received or read -> directory
//! Cache       directory -> tree under the name of its hash, in one step
//! ```
//!
//! [`Requests`] is for small files without a hash, such as the answers of binary caches: whoever asks checks them.
//!
//! The environment and the terminal are the caller's: settings come as [`Settings`], progress goes to [`Progress`].

mod archive;
mod cache;
mod credentials;
mod error;
mod fetcher;
mod git;
mod http;
mod nar;
mod redirect;
mod requests;
mod settings;
mod source;

pub use archive::{Contents, Entries, Entry, EntryKind, Limits, decompress};
pub use cache::Cache;
pub use credentials::{AccessTokens, Netrc};
pub use error::{FetchError, FetchErrorKind};
pub use fetcher::{Fetcher, Found, Options};
pub use git::local_tip;
pub use http::{HttpOptions, Progress};
pub use requests::Requests;
pub use settings::{BinaryCaches, Settings, SettingsSource};
pub use source::{Forge, GitSource, Source};
