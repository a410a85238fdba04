//! Which names a store object may have.

use std::fmt;

/// The longest name: with digest, dash and the `.lock` and `.check` suffixes it still fits into 255 bytes.
pub const MAX_NAME_LEN: usize = 211;

/// Why a name is not allowed in the store. The messages are Nix's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// There is no name.
    Empty,
    /// More than [`MAX_NAME_LEN`] bytes.
    TooLong(String),
    /// The name is `.` or `..`.
    Dots(String),
    /// The name starts with `.-` or `..-`.
    DotsBeforeDash(String),
    /// A character other than ASCII letters, digits and `+-._?=`.
    Character {
        /// The whole name.
        name: String,
        /// The first wrong character.
        character: char,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("name must not be empty"),
            Self::TooLong(name) => {
                write!(f, "name '{name}' must be no longer than {MAX_NAME_LEN} characters")
            }
            Self::Dots(name) => write!(f, "name '{name}' is not valid"),
            Self::DotsBeforeDash(name) => {
                let dots = if name.starts_with("..") { ".." } else { "." };
                write!(f, "name '{name}' is not valid: first dash-separated component must not be '{dots}'")
            }
            Self::Character { name, character } => {
                write!(f, "name '{name}' contains illegal character '{character}'")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// Checks a name by the rules of current Nix (2.20 and later): 1 to [`MAX_NAME_LEN`] bytes of ASCII letters, digits
/// and `+-._?=`, whose part before the first dash is neither `.` nor `..`. Other leading dots are allowed.
///
/// # Errors
/// [`NameError`] names the rule that is broken.
pub fn validate_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > MAX_NAME_LEN {
        return Err(NameError::TooLong(name.to_owned()));
    }
    if name == "." || name == ".." {
        return Err(NameError::Dots(name.to_owned()));
    }
    if name.starts_with(".-") || name.starts_with("..-") {
        return Err(NameError::DotsBeforeDash(name.to_owned()));
    }
    match name.chars().find(|&character| !is_allowed(character)) {
        Some(character) => Err(NameError::Character { name: name.to_owned(), character }),
        None => Ok(()),
    }
}

const fn is_allowed(character: char) -> bool {
    matches!(character, '0'..='9' | 'a'..='z' | 'A'..='Z' | '+' | '-' | '.' | '_' | '?' | '=')
}
