//! Store formats: store paths, nixbase32, NAR and ATerm derivations.
//!
//! Everything here is bytes in, values out: nothing is read from or written to a disk, and nothing depends on the
//! evaluator. From the bottom up:
//!
//! - [`nixbase32`]: the base-32 alphabet of store paths and hashes;
//! - [`hash`]: the four digests that Nix knows and the notations in which it reads and writes them;
//! - [`path`]: store paths, and how their digest follows from what they hold;
//! - [`derivation`]: build recipes, their ATerm text and the hashes that decide their output paths;
//! - [`nar`]: the archive format over which source trees and outputs are hashed.
//!
//! The results are bit for bit those of Nix; the tests compare with values that Nix made.

pub mod derivation;
pub mod hash;
pub mod nar;
pub mod nixbase32;
pub mod path;

pub use derivation::{Derivation, DerivationError, DerivationOutput, HashModulo, ModuloError};
pub use hash::{Hash, HashAlgorithm, HashError, Hasher};
pub use nar::{NarError, NarFile, NarKind, NarSource};
pub use path::{STORE_DIR, StorePath, StorePathError};
