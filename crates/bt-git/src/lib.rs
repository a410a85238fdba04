//! Git work trees, read only and as far as Nix looks at them: which files are tracked, which commit is checked out, and
//! whether anything differs from it.
//!
//! [`WorkTree`] is the whole of it. Nothing is read before someone asks: which files exist costs reading the index once,
//! whether they are changed costs looking at each of them, and the history is walked only to count it. Files are reached
//! through [`Files`].
//!
//! Sources: gitformat-index(5), gitformat-pack(5), gitrepository-layout(5), git-config(1); Nix manual, "builtins.fetchTree".

mod commits;
mod config;
mod error;
mod files;
mod history;
mod id;
mod index;
mod objects;
mod pack;
mod receive;
mod refs;
mod repository;
mod status;
mod trees;
mod worktree;

pub use commits::{Commits, TreeEntry, TreeEntryKind};
pub use error::GitError;
pub use files::{Files, Stat, StatKind};
pub use id::ObjectId;
pub use receive::{PackLimits, index_of_pack};
pub use worktree::{State, Tracked, WorkTree};
