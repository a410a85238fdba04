//! Builtins that compute hashes and convert their notation.

use super::attrs::attrs;
use super::{Builtin, Kind};
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::value::Value;
use sha2::Digest;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("hashString", 2, 0b11, hash_string).expecting(&[Kind::Plain]),
    Builtin::new("hashFile", 2, 0b11, hash_file).expecting(&[Kind::Plain]),
    Builtin::new("convertHash", 1, 1, convert_hash),
];

/// A hash function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Blake3,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    const ALL: [Algorithm; 5] =
        [Algorithm::Blake3, Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];

    fn parse(ev: &Evaluator<'_>, name: &str) -> Result<Algorithm> {
        let message = match Algorithm::ALL.into_iter().find(|a| a.name() == name) {
            Some(Algorithm::Blake3) if !ev.options.blake3_hashes => {
                "experimental Nix feature 'blake3-hashes' is disabled; \
                 add '--extra-experimental-features blake3-hashes' to enable it"
                    .to_string()
            }
            Some(algorithm) => return Ok(algorithm),
            None => {
                format!("unknown hash algorithm '{name}', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'")
            }
        };
        Err(Error::new(ErrorKind::Other, message))
    }

    fn name(self) -> &'static str {
        match self {
            Algorithm::Blake3 => "blake3",
            Algorithm::Md5 => "md5",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// Size of a digest in bytes.
    fn size(self) -> usize {
        match self {
            Algorithm::Md5 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Blake3 | Algorithm::Sha256 => 32,
            Algorithm::Sha512 => 64,
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Algorithm::Blake3 => blake3::hash(bytes).as_bytes().to_vec(),
            Algorithm::Md5 => md5::Md5::digest(bytes).to_vec(),
            Algorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Algorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Algorithm::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        }
    }

    /// Files can be larger than memory.
    fn digest_file(self, ev: &Evaluator<'_>, path: &str) -> Result<Vec<u8>> {
        fn digest<D: Digest>(ev: &Evaluator<'_>, path: &str) -> Result<Vec<u8>> {
            let mut digest = D::new();
            ev.world.read_pieces(path, &mut |piece| digest.update(piece))?;
            Ok(digest.finalize().to_vec())
        }
        match self {
            Algorithm::Blake3 => {
                let mut hasher = blake3::Hasher::new();
                ev.world.read_pieces(path, &mut |piece| {
                    hasher.update(piece);
                })?;
                Ok(hasher.finalize().as_bytes().to_vec())
            }
            Algorithm::Md5 => digest::<md5::Md5>(ev, path),
            Algorithm::Sha1 => digest::<sha1::Sha1>(ev, path),
            Algorithm::Sha256 => digest::<sha2::Sha256>(ev, path),
            Algorithm::Sha512 => digest::<sha2::Sha512>(ev, path),
        }
    }
}

/// How a digest is written.
#[derive(Clone, Copy)]
enum Format {
    Base16,
    Nix32,
    Base64,
    Sri,
}

impl Format {
    fn parse(ev: &Evaluator<'_>, name: &str) -> Result<Format> {
        match name {
            "base16" => Ok(Format::Base16),
            "nix32" => Ok(Format::Nix32),
            "base32" => {
                ev.world.log("warning: \"base32\" is a deprecated alias for hash format \"nix32\".");
                Ok(Format::Nix32)
            }
            "base64" => Ok(Format::Base64),
            "sri" => Ok(Format::Sri),
            _ => {
                let message = format!("unknown hash format '{name}', expect 'base16', 'base32', 'base64', or 'sri'");
                Err(Error::new(ErrorKind::Other, message))
            }
        }
    }

    fn write(self, algorithm: Algorithm, digest: &[u8]) -> String {
        match self {
            Format::Base16 => base16(digest),
            Format::Nix32 => nix32(digest),
            Format::Base64 => base64(digest),
            Format::Sri => format!("{}-{}", algorithm.name(), base64(digest)),
        }
    }
}

/// `hashString algorithm text`: the digest in base 16, without context.
fn hash_string<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let algorithm = Algorithm::parse(ev, ev.force_plain(args[0])?)?;
    let text = ev.force_string(args[1])?;
    Ok(ev.string(base16(&algorithm.digest(text.bytes()))))
}

/// `hashFile algorithm path`: the digest of a file's contents in base 16.
fn hash_file<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let algorithm = Algorithm::parse(ev, ev.force_plain(args[0])?)?;
    let path = ev.file_argument(args[1])?;
    Ok(ev.string(base16(&algorithm.digest_file(ev, &path)?)))
}

/// `convertHash { hash, hashAlgo ? …, toHashFormat }`: a digest in another notation.
fn convert_hash<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let set = attrs(ev, args[0])?;
    let optional = |name: &str| match set.get(ev.symbols.intern(name)) {
        Some(attr) => ev.force_plain(ev.force_slot(&attr.value)?).map(Some),
        None => Ok(None),
    };
    let required = |name: &str| match optional(name)? {
        Some(text) => Ok(text),
        None => Err(Error::new(ErrorKind::MissingAttribute, format!("attribute '{name}' missing"))),
    };
    let hash = required("hash")?;
    let algorithm = optional("hashAlgo")?.map(|name| Algorithm::parse(ev, name)).transpose()?;
    let format = Format::parse(ev, required("toHashFormat")?)?;
    let (algorithm, digest) = parse_hash(ev, hash, algorithm)?;
    Ok(ev.string(format.write(algorithm, &digest)))
}

/// A hash in any notation: with the algorithm in front (`sha256:…`, `sha256-…`), or alone when it is known.
fn parse_hash(ev: &Evaluator<'_>, text: &str, known: Option<Algorithm>) -> Result<(Algorithm, Vec<u8>)> {
    // A dash makes it SRI, which is always base 64.
    let (prefix, digits, sri) = match (text.split_once(':'), text.split_once('-')) {
        (Some((prefix, digits)), _) => (Some(prefix), digits, false),
        (None, Some((prefix, digits))) => (Some(prefix), digits, true),
        (None, None) => (None, text, false),
    };
    let named = prefix.map(|name| Algorithm::parse(ev, name)).transpose()?;
    let algorithm = match (named, known) {
        (Some(a), Some(b)) if a != b => Err(format!("hash '{text}' should have type '{}'", b.name())),
        (Some(a), _) | (None, Some(a)) => Ok(a),
        (None, None) => {
            Err(format!("hash '{text}' does not include a type, nor is the type otherwise known from context"))
        }
    };
    let digest = algorithm.and_then(|algorithm| Ok((algorithm, decode(digits, algorithm, sri)?)));
    digest.map_err(|message| Error::new(ErrorKind::Other, message))
}

/// The bytes of a digest; the length of the text tells the notation.
fn decode(digits: &str, algorithm: Algorithm, sri: bool) -> std::result::Result<Vec<u8>, String> {
    let size = algorithm.size();
    let (digest, notation) = if sri {
        (decode_base64(digits), "SRI")
    } else if digits.len() == size * 2 {
        (decode_base16(digits), "base16")
    } else if digits.len() == nix32_length(size) {
        (decode_nix32(digits), "nix32")
    } else if digits.len() == size.div_ceil(3) * 4 {
        (decode_base64(digits), "Base64")
    } else {
        return Err(format!("hash '{digits}' has wrong length for hash algorithm '{}'", algorithm.name()));
    };
    // What cannot be decoded counts as nothing.
    let digest = digest.unwrap_or_default();
    if digest.len() == size {
        return Ok(digest);
    }
    Err(format!("invalid {notation} hash '{digits}', length {} != expected length {size}", digest.len()))
}

const BASE16: &[u8; 16] = b"0123456789abcdef";
/// Digits and letters without e, o, t and u.
const NIX32: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base16(bytes: &[u8]) -> String {
    let digit = |d: u8| char::from(BASE16[usize::from(d)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

fn decode_base16(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16);
    text.as_bytes().chunks(2).map(|pair| Some((digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?) as u8)).collect()
}

fn nix32_length(size: usize) -> usize {
    (size * 8).div_ceil(5)
}

/// Nix's base 32: five bits a digit, of the number whose lowest byte comes first; the highest digit is written first.
fn nix32(bytes: &[u8]) -> String {
    let digit = |n: usize| {
        let (byte, shift) = (n * 5 / 8, n * 5 % 8);
        let low = u16::from(bytes[byte]);
        let high = u16::from(bytes.get(byte + 1).copied().unwrap_or(0));
        char::from(NIX32[usize::from((low | high << 8) >> shift & 31)])
    };
    (0..nix32_length(bytes.len())).rev().map(digit).collect()
}

/// One byte too many when bits beyond the last are not zero.
fn decode_nix32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0u8; text.len() * 5 / 8 + 1];
    let mut surplus = false;
    for (n, digit) in text.bytes().rev().enumerate() {
        let value = NIX32.iter().position(|d| *d == digit)? as u16;
        let (byte, shift) = (n * 5 / 8, n * 5 % 8);
        let bits = value << shift;
        bytes[byte] |= bits as u8;
        if bits > 0xff {
            bytes[byte + 1] |= (bits >> 8) as u8;
            surplus = byte + 2 == bytes.len();
        }
    }
    if !surplus {
        bytes.pop();
    }
    Some(bytes)
}

fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let digit = BASE64[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    // Newlines do not count, nor does anything after the padding.
    for digit in text.bytes().take_while(|b| *b != b'=').filter(|b| *b != b'\n') {
        let value = BASE64.iter().position(|d| *d == digit)? as u32;
        bits = bits << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_go_both_ways() {
        for algorithm in Algorithm::ALL {
            let digest = algorithm.digest(b"abc");
            for format in [Format::Base16, Format::Nix32, Format::Base64, Format::Sri] {
                let text = format.write(algorithm, &digest);
                let (sri, digits) = match text.split_once('-') {
                    Some((_, digits)) => (true, digits),
                    None => (false, text.as_str()),
                };
                assert_eq!(decode(digits, algorithm, sri), Ok(digest.clone()), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_digest() {
        let message = |text: &str, sri| decode(text, Algorithm::Md5, sri).unwrap_err();
        assert_eq!(message("é", false), "hash 'é' has wrong length for hash algorithm 'md5'");
        assert!(message("abc", true).ends_with("length 2 != expected length 16"));
        assert!(message(&"g".repeat(32), false).ends_with("length 0 != expected length 16"));
        // The unused highest bits of the first digit.
        assert!(message(&"z".repeat(26), false).ends_with("length 17 != expected length 16"));
        assert!(decode(&"7z".repeat(13), Algorithm::Md5, false).is_ok());
    }
}
