//! Public keys of binary caches, and signatures (Nix manual, "trusted-public-keys"; Ed25519, RFC 8032).

use bt_store::hash::decode_base64;
use ring::signature::{ED25519, UnparsedPublicKey};
use std::collections::BTreeMap;
use std::fmt;

/// The length of a key, in bytes.
const KEY_LENGTH: usize = 32;
/// The length of a signature, in bytes.
const SIGNATURE_LENGTH: usize = 64;

/// Whose signatures count: keys by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeMap<String, [u8; KEY_LENGTH]>);

/// A text is no public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    /// The text.
    pub text: String,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no public key: a name, a colon, and {KEY_LENGTH} bytes in base-64", self.text.escape_debug())
    }
}

impl std::error::Error for KeyError {}

impl PublicKeys {
    /// Adds a key, `NAME:BASE64`. Of one name the last counts.
    ///
    /// # Errors
    /// It is no key.
    pub fn add(&mut self, text: &str) -> Result<(), KeyError> {
        let parts =
            named(text, KEY_LENGTH).and_then(|(name, bytes)| Some((name, <[u8; KEY_LENGTH]>::try_from(bytes).ok()?)));
        let (name, key) = parts.ok_or_else(|| KeyError { text: text.to_string() })?;
        self.0.insert(name.to_string(), key);
        Ok(())
    }

    /// The names of the keys, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a signature, `NAME:BASE64`, of a message is valid and by one of the keys.
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        let Some((name, bytes)) = named(signature, SIGNATURE_LENGTH) else { return false };
        self.0.get(name).is_some_and(|key| UnparsedPublicKey::new(&ED25519, key).verify(message, &bytes).is_ok())
    }
}

/// A name and bytes of a length in base-64.
fn named(text: &str, length: usize) -> Option<(&str, Vec<u8>)> {
    let (name, digits) = text.split_once(':')?;
    // Four digits for three bytes.
    let is_plausible = !name.is_empty() && digits.len() <= length.div_ceil(3) * 4;
    let bytes = is_plausible.then(|| decode_base64(digits).ok()).flatten()?;
    (bytes.len() == length).then_some((name, bytes))
}
