//! What can be wrong with a derivation.

use std::fmt;

use crate::hash::HashError;
use crate::path::StorePathError;

/// Why the paths or hashes of a derivation cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DerivationError {
    /// An output's hash or algorithm is not well formed.
    Hash(HashError),
    /// A path cannot be made from the derivation's name.
    Path(StorePathError),
    /// An output has a hash but does not say of which algorithm.
    HashWithoutAlgorithm(String),
    /// A fixed output has no path yet, so the derivation cannot be used as an input.
    NoFixedPath,
    /// There are outputs of different kinds, or a fixed output that is not the only one or not called `out`.
    MixedOutputs,
    /// There is no output at all.
    NoOutputs,
}

impl fmt::Display for DerivationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash(error) => error.fmt(f),
            Self::Path(error) => error.fmt(f),
            Self::HashWithoutAlgorithm(hash) => write!(f, "output hash '{hash}' has no algorithm"),
            Self::NoFixedPath => f.write_str("the path of the fixed output has not been computed"),
            Self::MixedOutputs => {
                f.write_str("outputs are of different kinds, or a fixed output is not the only one, 'out'")
            }
            Self::NoOutputs => f.write_str("derivation has no outputs"),
        }
    }
}

impl std::error::Error for DerivationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Hash(error) => Some(error),
            Self::Path(error) => Some(error),
            _ => None,
        }
    }
}

impl From<HashError> for DerivationError {
    fn from(error: HashError) -> Self {
        Self::Hash(error)
    }
}

impl From<StorePathError> for DerivationError {
    fn from(error: StorePathError) -> Self {
        Self::Path(error)
    }
}

/// Why a hash modulo could not be computed: the derivation's own fault, or that of the caller's lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuloError<E> {
    /// The lookup of an input failed.
    Lookup(E),
    /// The derivation is not well formed.
    Derivation(DerivationError),
}

impl<E: fmt::Display> fmt::Display for ModuloError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup(error) => error.fmt(f),
            Self::Derivation(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for ModuloError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Lookup(error) => Some(error),
            Self::Derivation(error) => Some(error),
        }
    }
}

impl<E> From<DerivationError> for ModuloError<E> {
    fn from(error: DerivationError) -> Self {
        Self::Derivation(error)
    }
}

impl<E> From<StorePathError> for ModuloError<E> {
    fn from(error: StorePathError) -> Self {
        Self::Derivation(error.into())
    }
}

/// Why bytes are not a derivation, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDerivationError {
    /// The place in the file, in bytes from its start.
    pub offset: usize,
    /// What is wrong there.
    pub kind: ParseDerivationErrorKind,
}

/// What is wrong with the bytes of a derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseDerivationErrorKind {
    /// Something else stands where this text must stand.
    Expected(&'static str),
    /// A list goes on with neither a comma nor a closing bracket.
    ExpectedCommaOrBracket,
    /// The file ends within a string.
    UnterminatedString,
    /// A newer format: `DrvWithVersion`, written for the experimental dynamic derivations.
    UnsupportedVersion,
    /// A string that must be text is not UTF-8.
    NotUtf8,
    /// A string that must be a store path is not one.
    Path(StorePathError),
    /// An output, input or variable stands there for the second time.
    Duplicate(String),
    /// There are bytes after the closing bracket.
    TrailingBytes,
}

impl fmt::Display for ParseDerivationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.offset)?;
        match &self.kind {
            ParseDerivationErrorKind::Expected(text) => write!(f, "expected '{text}'"),
            ParseDerivationErrorKind::ExpectedCommaOrBracket => f.write_str("expected ',' or ']'"),
            ParseDerivationErrorKind::UnterminatedString => f.write_str("the string does not end"),
            ParseDerivationErrorKind::UnsupportedVersion => {
                f.write_str("derivations with a version (dynamic derivations) are not supported")
            }
            ParseDerivationErrorKind::NotUtf8 => f.write_str("the string is not UTF-8"),
            ParseDerivationErrorKind::Path(error) => error.fmt(f),
            ParseDerivationErrorKind::Duplicate(name) => {
                write!(f, "'{name}' stands here for the second time")
            }
            ParseDerivationErrorKind::TrailingBytes => f.write_str("there are bytes after the end of the derivation"),
        }
    }
}

impl std::error::Error for ParseDerivationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ParseDerivationErrorKind::Path(error) => Some(error),
            _ => None,
        }
    }
}
