//! Nix's own base-32 notation, which store paths and hashes are written in.
//!
//! It differs from RFC 4648: the alphabet leaves out `e`, `o`, `u` and `t` (so that digests do not spell words), the
//! bytes are read as one little-endian number whose most significant digit is written first, and there is no padding.
//! Source: Nix manual, "Store Path Specification" and the glossary of `nix-hash --base32`.

use std::fmt;

/// The 32 digits, in order of their value.
pub const ALPHABET: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";

const INVALID: u8 = 0xff;

const VALUES: [u8; 256] = {
    let mut values = [INVALID; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        values[ALPHABET[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// Why a text is not nixbase32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nixbase32Error {
    /// No number of bytes is written with this many digits.
    Length(usize),
    /// The byte at `offset` is not one of the [`ALPHABET`].
    Digit {
        /// Where in the text, in bytes.
        offset: usize,
        /// The byte found there.
        byte: u8,
    },
    /// The first digit says more than the remaining bits of the last byte can hold.
    Overflow,
}

impl fmt::Display for Nixbase32Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(length) => write!(f, "no base-32 text has {length} digits"),
            Self::Digit { offset, byte } => {
                write!(f, "illegal base-32 character '{}' at offset {offset}", byte.escape_ascii())
            }
            Self::Overflow => f.write_str("the first base-32 digit is out of range"),
        }
    }
}

impl std::error::Error for Nixbase32Error {}

/// How many digits `bytes` bytes are written with.
pub const fn encoded_len(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// Whether `byte` is one of the [`ALPHABET`].
pub const fn is_digit(byte: u8) -> bool {
    VALUES[byte as usize] != INVALID
}

/// Writes `bytes` in nixbase32; a digest of 20 bytes becomes 32 digits, one of 32 bytes becomes 52.
pub fn encode(bytes: &[u8]) -> String {
    (0..encoded_len(bytes.len()))
        .rev()
        .map(|position| {
            let (byte, shift) = (position * 5 / 8, position * 5 % 8);
            let low = u16::from(bytes[byte]);
            let high = bytes.get(byte + 1).map_or(0, |&next| u16::from(next));
            let digit = ((high << 8 | low) >> shift) & 0x1f;
            char::from(ALPHABET[usize::from(digit)])
        })
        .collect()
}

/// Reads nixbase32.
///
/// # Errors
/// Refuses lengths that [`encode`] never makes, bytes outside the [`ALPHABET`] and a first digit that is too large.
pub fn decode(text: &str) -> Result<Vec<u8>, Nixbase32Error> {
    let digits = text.as_bytes();
    let mut bytes = vec![0; digits.len() * 5 / 8];
    if encoded_len(bytes.len()) != digits.len() {
        return Err(Nixbase32Error::Length(digits.len()));
    }
    for (position, (offset, &byte)) in digits.iter().enumerate().rev().enumerate() {
        let value = VALUES[usize::from(byte)];
        if value == INVALID {
            return Err(Nixbase32Error::Digit { offset, byte });
        }
        let (target, shift) = (position * 5 / 8, position * 5 % 8);
        let [low, high] = (u16::from(value) << shift).to_le_bytes();
        bytes[target] |= low;
        match bytes.get_mut(target + 1) {
            Some(next) => *next |= high,
            None if high != 0 => return Err(Nixbase32Error::Overflow),
            None => {}
        }
    }
    Ok(bytes)
}
