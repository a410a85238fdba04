//! Reading a hash in whatever notation a user wrote it.

use crate::nixbase32;

use super::encoding::{decode_base16, decode_base64};
use super::{Hash, HashAlgorithm, HashError};

impl Hash {
    /// Reads a hash in any notation: SRI (`sha256-<base-64>`), with a prefix (`sha256:<digits>`), or bare digits when
    /// `algorithm` is given. Of the last two the number of digits decides between base-16 (either case), nixbase32 and
    /// padded base-64.
    ///
    /// The empty string is refused; where Nix accepts it (`outputHash = ""`), use [`Hash::zero`].
    ///
    /// # Errors
    /// Refuses unknown or missing algorithms, one that differs from `algorithm`, wrong lengths and wrong digits.
    pub fn parse_any(text: &str, algorithm: Option<HashAlgorithm>) -> Result<Self, HashError> {
        let (prefix, digits, is_sri) = split_prefix(text);
        let named = prefix.map(str::parse::<HashAlgorithm>).transpose()?;
        let algorithm = match (named, algorithm) {
            (None, None) => return Err(HashError::NoAlgorithm(text.to_owned())),
            (Some(named), Some(expected)) if named != expected => {
                return Err(HashError::AlgorithmMismatch { text: text.to_owned(), expected });
            }
            (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
        };
        if is_sri { parse_sri_digits(digits, algorithm) } else { Self::parse_bare(digits, algorithm) }
    }

    /// Reads digits without any algorithm before them, as they stand in `.drv` files.
    ///
    /// # Errors
    /// [`HashError::Length`] when no notation has this length, otherwise the error of the notation that has it.
    pub fn parse_bare(digits: &str, algorithm: HashAlgorithm) -> Result<Self, HashError> {
        let length = algorithm.digest_len();
        let (bytes, error): (Vec<u8>, fn(String) -> HashError) = if digits.len() == length * 2 {
            (decode_base16(digits).unwrap_or_default(), HashError::Base16)
        } else if digits.len() == nixbase32::encoded_len(length) {
            (nixbase32::decode(digits).unwrap_or_default(), HashError::Base32)
        } else if digits.len() == length.div_ceil(3) * 4 {
            (decode_base64(digits)?, HashError::Base64)
        } else {
            return Err(HashError::Length { text: digits.to_owned(), algorithm });
        };
        Self::from_bytes(algorithm, &bytes).map_err(|_| error(digits.to_owned()))
    }
}

/// The text before the first `:` or, failing that, the first `-`; what follows; and whether it was a `-`.
fn split_prefix(text: &str) -> (Option<&str>, &str, bool) {
    if let Some((prefix, digits)) = text.split_once(':') {
        (Some(prefix), digits, false)
    } else if let Some((prefix, digits)) = text.split_once('-') {
        (Some(prefix), digits, true)
    } else {
        (None, text, false)
    }
}

fn parse_sri_digits(digits: &str, algorithm: HashAlgorithm) -> Result<Hash, HashError> {
    let bytes = decode_base64(digits)?;
    Hash::from_bytes(algorithm, &bytes).map_err(|_| HashError::Sri(digits.to_owned()))
}
