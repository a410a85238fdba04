//! Store paths: `/nix/store/<digest>-<name>`.
//!
//! [`StorePath`] is the value, the `make_…` functions compute which digest a path gets from what it holds. Source: Nix
//! manual, "Store Path Specification" and "Store Path".

mod make;
mod name;

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::hash::HashAlgorithm;
use crate::nixbase32;

pub use make::{
    ContentMethod, computed_output_placeholder, make_content_path, make_fixed_output_path, make_output_path,
    make_source_path, make_store_path, make_text_path, output_path_name, placeholder, unknown_ca_output_placeholder,
};
pub use name::{MAX_NAME_LEN, NameError, validate_name};

/// The one store directory that this crate computes paths for.
pub const STORE_DIR: &str = "/nix/store";

/// How many nixbase32 digits stand before the name.
pub const HASH_PART_LEN: usize = 32;

/// How many bytes those digits stand for.
pub const DIGEST_LEN: usize = 20;

/// Where the base name starts in the absolute path.
const BASE: usize = STORE_DIR.len() + 1;

/// A store object's path: 32 nixbase32 digits, a dash and a name, directly below [`STORE_DIR`].
///
/// Cloning shares the text. The order is that of the text, which is also the order in which Nix writes sets of paths.
/// As a key it can be looked up by its absolute path (`Borrow<str>`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorePath(Arc<str>);

/// Why a text is not a store path, or why none can be computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePathError {
    /// The text does not start with [`STORE_DIR`], or has something below the store path.
    NotInStore(String),
    /// Fewer characters than the digits and the dash need.
    TooShort(String),
    /// A character of the digest is not nixbase32.
    Digest {
        /// The base name.
        path: String,
        /// The first wrong character.
        character: char,
    },
    /// No dash between digest and name.
    NoDash(String),
    /// The name is not allowed.
    Name(NameError),
    /// Only recursive SHA-256 paths can refer to other paths, or to themselves.
    References(String),
    /// Contents hashed as a text need SHA-256, as git does it SHA-1 or SHA-256.
    Method {
        /// The object's name.
        name: String,
        /// What of the contents is hashed.
        method: ContentMethod,
        /// With which algorithm.
        algorithm: HashAlgorithm,
    },
}

impl fmt::Display for StorePathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInStore(path) => write!(f, "path '{path}' is not in the Nix store"),
            Self::TooShort(path) => write!(f, "'{path}' is too short to be a valid store path"),
            Self::Digest { path, character } => {
                write!(f, "store path '{path}' contains illegal base-32 character '{character}'")
            }
            Self::NoDash(path) => {
                write!(f, "'{path}' can't name a store path because the hash part is not followed by a '-'")
            }
            Self::Name(error) => error.fmt(f),
            Self::References(name) => {
                write!(f, "fixed output '{name}' may have references only with a recursive sha256 hash")
            }
            Self::Method { name, method, algorithm } => {
                let method = method.prefix().trim_end_matches(':');
                write!(f, "'{name}' cannot have a {algorithm} hash with the method '{method}'")
            }
        }
    }
}

impl std::error::Error for StorePathError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Name(error) => Some(error),
            _ => None,
        }
    }
}

impl From<NameError> for StorePathError {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}

impl StorePath {
    /// Reads `<digest>-<name>`.
    ///
    /// # Errors
    /// [`StorePathError`] says which of the parts is wrong.
    pub fn from_base_name(base_name: &str) -> Result<Self, StorePathError> {
        check_base_name(base_name)?;
        Ok(Self(format!("{STORE_DIR}/{base_name}").into()))
    }

    /// Reads `/nix/store/<digest>-<name>`, exactly: no trailing slash, nothing below it.
    ///
    /// # Errors
    /// [`StorePathError::NotInStore`] when the directory is another one, otherwise as [`StorePath::from_base_name`].
    pub fn parse_absolute(path: &str) -> Result<Self, StorePathError> {
        match below_store(path) {
            Some(base_name) if !base_name.contains('/') => {
                check_base_name(base_name)?;
                Ok(Self(path.into()))
            }
            _ => Err(StorePathError::NotInStore(path.to_owned())),
        }
    }

    /// Puts digest and name together.
    ///
    /// # Errors
    /// [`StorePathError::Name`] when the name is not allowed.
    pub fn from_digest(digest: &[u8; DIGEST_LEN], name: &str) -> Result<Self, StorePathError> {
        validate_name(name)?;
        Ok(Self(format!("{STORE_DIR}/{}-{name}", nixbase32::encode(digest)).into()))
    }

    /// The absolute path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below [`STORE_DIR`], `<digest>-<name>`.
    pub fn base_name(&self) -> &str {
        &self.0[BASE..]
    }

    /// The 32 digits of the digest.
    pub fn hash_part(&self) -> &str {
        &self.0[BASE..BASE + HASH_PART_LEN]
    }

    /// What follows the dash.
    pub fn name(&self) -> &str {
        &self.0[BASE + HASH_PART_LEN + 1..]
    }

    /// Whether the name ends as those of derivations do.
    pub fn is_derivation(&self) -> bool {
        self.derivation_name().is_some()
    }

    /// The derivation's own name, without `.drv`; `None` when this is not a derivation's path.
    pub fn derivation_name(&self) -> Option<&str> {
        self.name().strip_suffix(".drv")
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StorePath({})", self.as_str())
    }
}

impl FromStr for StorePath {
    type Err = StorePathError;

    fn from_str(path: &str) -> Result<Self, StorePathError> {
        Self::parse_absolute(path)
    }
}

impl AsRef<str> for StorePath {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for StorePath {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// Splits `/nix/store/<digest>-<name>/sub/dir` into the store path and `/sub/dir`; the rest is empty or starts with a
/// slash. `None` when the text does not start with a store path. The text is taken as it is: `.` and `..` are the
/// caller's to resolve first.
pub fn split_store_prefix(path: &str) -> Option<(StorePath, &str)> {
    let below = below_store(path)?;
    let end = BASE + below.find('/').unwrap_or(below.len());
    let (store_path, rest) = path.split_at(end);
    Some((StorePath::parse_absolute(store_path).ok()?, rest))
}

fn below_store(path: &str) -> Option<&str> {
    path.strip_prefix(STORE_DIR)?.strip_prefix('/')
}

fn check_base_name(base_name: &str) -> Result<(), StorePathError> {
    let bytes = base_name.as_bytes();
    if bytes.len() <= HASH_PART_LEN {
        return Err(StorePathError::TooShort(base_name.to_owned()));
    }
    if let Some(wrong) = bytes[..HASH_PART_LEN].iter().position(|&byte| !nixbase32::is_digit(byte)) {
        // Everything before `wrong` is ASCII, so it is a character boundary.
        let character = base_name[wrong..].chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
        return Err(StorePathError::Digest { path: base_name.to_owned(), character });
    }
    match base_name[HASH_PART_LEN..].strip_prefix('-') {
        Some(name) => Ok(validate_name(name)?),
        None => Err(StorePathError::NoDash(base_name.to_owned())),
    }
}
