//! Where the evaluator meets the store: derivations, copies of paths and texts become store paths. Everything is
//! computed, nothing is written.
//!
//! [`Glue`] is the evaluator's [`bt_eval::World`]: it reaches files through a [`FileSystem`], knows the source trees of
//! a run ([`SourceTree`]), and remembers every derivation that was made.

mod attributes;
mod cache;
mod copies;
mod date;
mod derivation;
mod dynamic;
mod embedded;
mod fetch;
mod fetch_tree;
mod files;
mod filesystem;
mod flake_reference;
mod glue;
mod imported;
mod links;
mod made;
mod overlay;
mod paths;
mod realise;
mod remote;
mod tracked;
mod trees;

pub use bt_git::{ObjectId, WorkTree};
pub use cache::TreeHashes;
pub use date::date;
pub use filesystem::{Directory, FileSystem, OsFileSystem, Stamp};
pub use glue::{Environment, Glue, KnownDerivation, SandboxEscape};
pub use made::Made;
pub use overlay::{Overlay, Texts};
pub use realise::Realiser;
pub use remote::{Fetch, FetchFailure, Unlocked, tree_store_path};
pub use trees::SourceTree;

use bt_eval::builtins::Builtin;

/// The builtins that need a store, and those of flake references, for [`bt_eval::Evaluator::new`].
pub fn builtins() -> [&'static [Builtin]; 6] {
    [derivation::TABLE, dynamic::TABLE, paths::TABLE, fetch::TABLE, fetch_tree::TABLE, flake_reference::TABLE]
}
