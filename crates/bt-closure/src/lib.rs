//! What is in the closure of a store path: everything that it refers to, and what that refers to, with sizes.
//!
//! From the outside in:
//!
//! - [`closures`] collects them, from a [`Connection`](bt_daemon::Connection) to a daemon and from [`Substituters`];
//! - [`Substituters`]: the binary caches that nix.conf names, asked in the order of their priorities;
//! - [`BinaryCache`]: one of them, over HTTP or in a directory;
//! - [`NarInfo`]: what it tells of a path, and the fingerprint that is signed;
//! - [`PublicKeys`]: whose signatures count.
//!
//! A daemon is believed; an answer of a binary cache only with a valid signature, or where the path follows from its
//! contents. What is not known stays unknown and is told in a notice; nothing here waits without an end.

mod binary_cache;
mod cache_info;
mod closure;
mod keys;
mod narinfo;
mod substituters;

pub use binary_cache::{BinaryCache, BinaryCacheError};
pub use cache_info::CacheInfo;
pub use closure::{Closures, Limits, PathFacts, closures};
pub use keys::{KeyError, PublicKeys};
pub use narinfo::{NarInfo, NarInfoError};
pub use substituters::{Patience, Substituters};
