//! Digests as Nix knows them: five algorithms, and the notations base-16, nixbase32, base-64 and SRI.
//!
//! A [`Hash`](struct@Hash) is a plain `Copy` value. [`Hash::parse_any`] reads what users write in `hash`, `sha256` and `outputHash`
//! attributes and what stands in `flake.lock`; the `to_…` methods write it back.

mod encoding;
mod parse;

use std::fmt;
use std::io;
use std::str::FromStr;

use sha2::Digest as _;

use crate::nixbase32;

/// A digest algorithm that Nix accepts for stores and fetchers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// MD5, 16 bytes; only for old fixed outputs.
    Md5,
    /// SHA-1, 20 bytes; git revisions and old fixed outputs.
    Sha1,
    /// SHA-256, 32 bytes; what the store itself uses.
    Sha256,
    /// SHA-512, 64 bytes.
    Sha512,
    /// BLAKE3, 32 bytes; an experimental feature of Nix.
    Blake3,
}

impl HashAlgorithm {
    /// Every algorithm, the oldest first.
    pub const ALL: [Self; 5] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512, Self::Blake3];

    /// The name in the Nix language and in store formats: `md5`, `sha1`, `sha256`, `sha512` or `blake3`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
            Self::Blake3 => "blake3",
        }
    }

    /// The length of a digest in bytes.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 | Self::Blake3 => 32,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for HashAlgorithm {
    type Err = HashError;

    /// Reads the exact name; Nix knows no upper case and no dashes here.
    fn from_str(name: &str) -> Result<Self, HashError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| HashError::UnknownAlgorithm(name.to_owned()))
    }
}

/// Why a text is not a hash. The messages are Nix's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashError {
    /// The name before `:` or `-`, or the one asked for, is none of Nix's.
    UnknownAlgorithm(String),
    /// Neither the text nor the caller says which algorithm.
    NoAlgorithm(String),
    /// The text names another algorithm than the caller expects.
    AlgorithmMismatch {
        /// The whole text.
        text: String,
        /// What the caller asked for.
        expected: HashAlgorithm,
    },
    /// No notation has this length for this algorithm.
    Length {
        /// The text after the algorithm.
        text: String,
        /// The algorithm that decides the lengths.
        algorithm: HashAlgorithm,
    },
    /// The length is that of base-16, the digits are not.
    Base16(String),
    /// The length is that of nixbase32, the digits are not.
    Base32(String),
    /// A byte outside the base-64 alphabet.
    Base64Character(char),
    /// The base-64 text holds the wrong number of bytes.
    Base64(String),
    /// The text after `algorithm-` holds the wrong number of bytes.
    Sri(String),
    /// A digest given as bytes does not have the algorithm's length.
    DigestLength {
        /// The algorithm asked for.
        algorithm: HashAlgorithm,
        /// How many bytes were given.
        length: usize,
    },
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAlgorithm(name) => write!(f, "unknown hash algorithm '{name}'"),
            Self::NoAlgorithm(text) => {
                write!(f, "hash '{text}' does not include a type, nor is the type otherwise known from context")
            }
            Self::AlgorithmMismatch { text, expected } => {
                write!(f, "hash '{text}' should have type '{expected}'")
            }
            Self::Length { text, algorithm } => {
                write!(f, "hash '{text}' has wrong length for hash type '{algorithm}'")
            }
            Self::Base16(text) => write!(f, "invalid base-16 hash '{text}'"),
            Self::Base32(text) => write!(f, "invalid base-32 hash '{text}'"),
            Self::Base64Character(character) => {
                write!(f, "invalid character in Base64 string: '{character}'")
            }
            Self::Base64(text) => write!(f, "invalid base-64 hash '{text}'"),
            Self::Sri(text) => write!(f, "invalid SRI hash '{text}'"),
            Self::DigestLength { algorithm, length } => {
                write!(f, "a {algorithm} digest has {} bytes, not {length}", algorithm.digest_len())
            }
        }
    }
}

impl std::error::Error for HashError {}

const MAX_DIGEST_LEN: usize = HashAlgorithm::Sha512.digest_len();

/// A digest together with its algorithm. Sorts by algorithm, then by bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    algorithm: HashAlgorithm,
    /// The digest; what follows it is zero, so that the derived comparisons hold.
    bytes: [u8; MAX_DIGEST_LEN],
}

impl Hash {
    /// The digest of zeros, which Nix puts in place of an empty hash string in a fixed-output derivation.
    pub const fn zero(algorithm: HashAlgorithm) -> Self {
        Self { algorithm, bytes: [0; MAX_DIGEST_LEN] }
    }

    /// Wraps the bytes of a digest.
    ///
    /// # Errors
    /// [`HashError::DigestLength`] when there are more or fewer bytes than the algorithm makes.
    pub fn from_bytes(algorithm: HashAlgorithm, digest: &[u8]) -> Result<Self, HashError> {
        if digest.len() != algorithm.digest_len() {
            return Err(HashError::DigestLength { algorithm, length: digest.len() });
        }
        Ok(Self::from_digest(algorithm, digest))
    }

    /// Wraps bytes that are known to have the right length.
    fn from_digest(algorithm: HashAlgorithm, digest: &[u8]) -> Self {
        let mut hash = Self::zero(algorithm);
        hash.bytes[..digest.len()].copy_from_slice(digest);
        hash
    }

    /// Hashes `data` in one go.
    pub fn digest(algorithm: HashAlgorithm, data: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    /// Which algorithm made this digest.
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The digest, [`HashAlgorithm::digest_len`] bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.digest_len()]
    }

    /// Lower-case hexadecimal digits, without the algorithm.
    pub fn to_base16(&self) -> String {
        encoding::base16(self.as_bytes())
    }

    /// [`nixbase32`] digits, without the algorithm.
    pub fn to_nixbase32(&self) -> String {
        nixbase32::encode(self.as_bytes())
    }

    /// Padded base-64 of RFC 4648, without the algorithm.
    pub fn to_base64(&self) -> String {
        encoding::base64(self.as_bytes())
    }

    /// Subresource integrity, `sha256-<base-64>`.
    pub fn to_sri(&self) -> String {
        format!("{}-{}", self.algorithm, self.to_base64())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({}:{})", self.algorithm, self.to_base16())
    }
}

/// Hashes data that comes in pieces; also an [`io::Write`] that never fails.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    /// A hasher that has seen no data.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self(match algorithm {
            HashAlgorithm::Md5 => State::Md5(md5::Md5::new()),
            HashAlgorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            HashAlgorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            HashAlgorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
            HashAlgorithm::Blake3 => State::Blake3(Box::new(blake3::Hasher::new())),
        })
    }

    /// Hashes the next piece.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::Md5(state) => state.update(data),
            State::Sha1(state) => state.update(data),
            State::Sha256(state) => state.update(data),
            State::Sha512(state) => state.update(data),
            State::Blake3(state) => {
                state.update(data);
            }
        }
    }

    /// The digest of everything seen.
    pub fn finish(self) -> Hash {
        match self.0 {
            State::Md5(state) => Hash::from_digest(HashAlgorithm::Md5, &state.finalize()),
            State::Sha1(state) => Hash::from_digest(HashAlgorithm::Sha1, &state.finalize()),
            State::Sha256(state) => Hash::from_digest(HashAlgorithm::Sha256, &state.finalize()),
            State::Sha512(state) => Hash::from_digest(HashAlgorithm::Sha512, &state.finalize()),
            State::Blake3(state) => Hash::from_digest(HashAlgorithm::Blake3, state.finalize().as_bytes()),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = match self.0 {
            State::Md5(_) => HashAlgorithm::Md5,
            State::Sha1(_) => HashAlgorithm::Sha1,
            State::Sha256(_) => HashAlgorithm::Sha256,
            State::Sha512(_) => HashAlgorithm::Sha512,
            State::Blake3(_) => HashAlgorithm::Blake3,
        };
        write!(f, "Hasher({algorithm})")
    }
}

impl io::Write for Hasher {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Folds a digest to `length` bytes: byte `i` is the exclusive or of every input byte whose index is `i` modulo
/// `length`. Store paths keep 20 of the 32 bytes of a SHA-256 this way. A `length` of zero gives no bytes.
pub fn compress_hash(digest: &[u8], length: usize) -> Vec<u8> {
    let mut folded = vec![0; length];
    fold_into(digest, &mut folded);
    folded
}

/// [`compress_hash`] into a buffer of zeros.
pub(crate) fn fold_into(digest: &[u8], folded: &mut [u8]) {
    if folded.is_empty() {
        return;
    }
    for group in digest.chunks(folded.len()) {
        for (target, byte) in folded.iter_mut().zip(group) {
            *target ^= byte;
        }
    }
}

/// The bytes of base-64 text, as leniently as Nix reads it.
///
/// # Errors
/// [`HashError::Base64Character`] for what is no digit.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, HashError> {
    encoding::decode_base64(text)
}
