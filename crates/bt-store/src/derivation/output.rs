//! What a derivation says about one of its outputs.

use crate::hash::{Hash, HashAlgorithm};
use crate::path::{ContentMethod, StorePath};

use super::DerivationError;

/// The word that stands in place of the hash of an impure output.
const IMPURE: &str = "impure";

/// An output as the `.drv` file writes it. [`DerivationOutput::kind`] says what its fields mean together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DerivationOutput {
    /// Where the output will be; `None` (an empty string in the file) while that is not known.
    pub path: Option<StorePath>,
    /// Empty, or the algorithm of a content-addressed output: `sha256`, or with a [method](ContentMethod::prefix)
    /// before it, such as `r:sha256` for the hash of its NAR.
    pub hash_algorithm: String,
    /// Empty, or the hash of a fixed output in base-16.
    pub hash: String,
}

/// How the path of an output is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// By the derivation: the path follows from [`super::Derivation::hash_modulo`], or has to wait until
    /// content-addressed inputs are built.
    InputAddressed,
    /// By the contents, which are known beforehand.
    Fixed {
        /// What of the contents is hashed.
        method: ContentMethod,
        /// What the contents must hash to.
        hash: Hash,
    },
    /// By the contents, which are known after the build.
    Floating {
        /// What of the contents is hashed.
        method: ContentMethod,
        /// The algorithm of the hash.
        algorithm: HashAlgorithm,
    },
    /// By the contents, which differ from build to build.
    Impure {
        /// What of the contents is hashed.
        method: ContentMethod,
        /// The algorithm of the hash.
        algorithm: HashAlgorithm,
    },
}

impl DerivationOutput {
    /// An output whose path the derivation decides; [`super::Derivation::calculate_output_paths`] fills it in.
    pub fn input_addressed() -> Self {
        Self::default()
    }

    /// An output whose contents must have the given hash; [`super::Derivation::calculate_output_paths`] fills in the
    /// path.
    pub fn fixed(method: ContentMethod, hash: &Hash) -> Self {
        Self { hash: hash.to_base16(), ..Self::floating(method, hash.algorithm()) }
    }

    /// An output whose contents decide the path once they are built (`__contentAddressed`).
    pub fn floating(method: ContentMethod, algorithm: HashAlgorithm) -> Self {
        Self { path: None, hash_algorithm: format!("{}{algorithm}", method.prefix()), hash: String::new() }
    }

    /// An output that differs from build to build (`__impure`).
    pub fn impure(method: ContentMethod, algorithm: HashAlgorithm) -> Self {
        Self { hash: IMPURE.to_owned(), ..Self::floating(method, algorithm) }
    }

    /// What the fields mean together.
    ///
    /// # Errors
    /// [`DerivationError::Hash`] when algorithm or hash are not well formed.
    pub fn kind(&self) -> Result<OutputKind, DerivationError> {
        if self.hash_algorithm.is_empty() {
            return if self.hash.is_empty() {
                Ok(OutputKind::InputAddressed)
            } else {
                Err(DerivationError::HashWithoutAlgorithm(self.hash.clone()))
            };
        }
        let (method, algorithm) = ContentMethod::split_prefix(&self.hash_algorithm);
        let algorithm = algorithm.parse()?;
        Ok(match self.hash.as_str() {
            "" => OutputKind::Floating { method, algorithm },
            IMPURE => OutputKind::Impure { method, algorithm },
            digits => OutputKind::Fixed { method, hash: Hash::parse_bare(digits, algorithm)? },
        })
    }

    pub(super) fn is_fixed(&self) -> bool {
        !self.hash.is_empty() && self.hash != IMPURE
    }
}
