//! Derivations: the build recipes that `.drv` files hold.
//!
//! [`Derivation::parse`] and [`Derivation::to_aterm`] are inverse to each other for the text that Nix writes.
//! [`Derivation::hash_modulo`] identifies a derivation by what it builds from rather than by how that is fetched, and
//! [`Derivation::calculate_output_paths`] turns it into output paths. Source: Nix manual, "Store Derivation", "Derivation
//! ATerm format" and "Input-addressing derivation outputs".

mod diff;
mod error;
mod modulo;
mod output;
mod parse;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::hash::{Hash, HashAlgorithm};
use crate::path::{StorePath, StorePathError, make_text_path};

pub use diff::{Cause, CauseEnd, Difference, Field, find_cause};
pub use error::{DerivationError, ModuloError, ParseDerivationError, ParseDerivationErrorKind};
pub use modulo::HashModulo;
pub use output::{DerivationOutput, OutputKind};

/// A build recipe. The name is not part of it: it is that of the `.drv` file.
///
/// Whatever the Nix language makes from strings is bytes, since Nix strings need not be UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derivation {
    /// What is built, by output name; `out` in most cases.
    pub outputs: BTreeMap<String, DerivationOutput>,
    /// The `.drv` files built from, each with the names of the outputs that are used.
    pub input_derivations: BTreeMap<StorePath, BTreeSet<String>>,
    /// The store objects used as they are.
    pub input_sources: BTreeSet<StorePath>,
    /// The platform, such as `x86_64-linux`.
    pub system: Vec<u8>,
    /// The program that builds.
    pub builder: Vec<u8>,
    /// Its arguments.
    pub arguments: Vec<Vec<u8>>,
    /// Its environment.
    pub environment: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Derivation {
    /// Whether the only output is `out` and its contents are known beforehand.
    pub fn is_fixed_output(&self) -> bool {
        self.fixed_output().is_some()
    }

    /// The output of a derivation that [is fixed](Derivation::is_fixed_output).
    fn fixed_output(&self) -> Option<&DerivationOutput> {
        match self.outputs.first_key_value() {
            Some((name, output)) if self.outputs.len() == 1 && name == "out" && output.is_fixed() => Some(output),
            _ => None,
        }
    }

    /// The path of the `.drv` file; `name` is the derivation's name, without `.drv`.
    ///
    /// # Errors
    /// [`StorePathError::Name`] when `<name>.drv` is not allowed.
    pub fn derivation_path(&self, name: &str) -> Result<StorePath, StorePathError> {
        self.derivation_path_of(name, &self.to_aterm())
    }

    /// [`Derivation::derivation_path`] for callers that already have the text of [`Derivation::to_aterm`].
    ///
    /// # Errors
    /// As [`Derivation::derivation_path`].
    pub fn derivation_path_of(&self, name: &str, aterm: &[u8]) -> Result<StorePath, StorePathError> {
        let contents = Hash::digest(HashAlgorithm::Sha256, aterm);
        let references = self.input_sources.iter().chain(self.input_derivations.keys());
        make_text_path(&format!("{name}.drv"), &contents, references)
    }
}
