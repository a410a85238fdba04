//! Builtins that compute hashes and convert their notation.

use super::Builtin;
use super::attrs::attrs;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::value::Value;
use sha2::Digest;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("hashString", 2, 0b11, hash_string),
    Builtin::new("hashFile", 2, 0b11, hash_file),
    Builtin::new("convertHash", 1, 1, convert_hash),
];

/// A hash function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    fn named(name: &str) -> Option<Algorithm> {
        [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512].into_iter().find(|a| a.name() == name)
    }

    fn parse(name: &str) -> Result<Algorithm> {
        Algorithm::named(name).ok_or_else(|| Error::new(ErrorKind::Other, format!("unknown hash algorithm '{name}'")))
    }

    fn name(self) -> &'static str {
        match self {
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
            Algorithm::Sha256 => 32,
            Algorithm::Sha512 => 64,
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Algorithm::Md5 => md5::Md5::digest(bytes).to_vec(),
            Algorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Algorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Algorithm::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
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
    fn parse(name: &str) -> Result<Format> {
        match name {
            "base16" => Ok(Format::Base16),
            "nix32" | "base32" => Ok(Format::Nix32),
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
    let algorithm = Algorithm::parse(ev.force_plain(args[0])?)?;
    let text = ev.force_string(args[1])?;
    Ok(ev.string(base16(&algorithm.digest(text.bytes()))))
}

/// `hashFile algorithm path`: the digest of a file's contents in base 16.
fn hash_file<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let algorithm = Algorithm::parse(ev.force_plain(args[0])?)?;
    let path = ev.file_argument(args[1])?;
    Ok(ev.string(base16(&algorithm.digest(&ev.world.read_file(&path)?))))
}

/// `convertHash { hash, hashAlgo ? …, toHashFormat }`: a digest in another notation.
fn convert_hash<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let set = attrs(args[0])?;
    let optional = |name: &str| match set.get(ev.symbols.intern(name)) {
        Some(attr) => ev.force_plain(ev.force_slot(&attr.value)?).map(Some),
        None => Ok(None),
    };
    let required = |name: &str| match optional(name)? {
        Some(text) => Ok(text),
        None => Err(Error::new(ErrorKind::MissingAttribute, format!("attribute '{name}' missing"))),
    };
    let hash = required("hash")?;
    let algorithm = optional("hashAlgo")?.map(Algorithm::parse).transpose()?;
    let format = Format::parse(required("toHashFormat")?)?;
    let (algorithm, digest) = parse_hash(hash, algorithm)?;
    Ok(ev.string(format.write(algorithm, &digest)))
}

/// A hash in any notation: with the algorithm in front (`sha256:…`, `sha256-…`), or alone when it is known.
fn parse_hash(text: &str, known: Option<Algorithm>) -> Result<(Algorithm, Vec<u8>)> {
    let bad = |message: String| Error::new(ErrorKind::Other, message);
    // A dash makes it SRI, which is always base 64.
    let (prefix, digits, sri) = match (text.split_once(':'), text.split_once('-')) {
        (Some((prefix, digits)), _) => (Some(prefix), digits, false),
        (None, Some((prefix, digits))) => (Some(prefix), digits, true),
        (None, None) => (None, text, false),
    };
    let named = prefix.map(Algorithm::parse).transpose()?;
    let algorithm = match (named, known) {
        (Some(a), Some(b)) if a != b => return Err(bad(format!("hash '{text}' should have type '{}'", b.name()))),
        (Some(a), _) | (None, Some(a)) => a,
        (None, None) => {
            return Err(bad(format!(
                "hash '{text}' does not include a type, nor is the type otherwise known from context"
            )));
        }
    };
    let size = algorithm.size();
    let (digest, notation) = if !sri && digits.len() == size * 2 {
        (decode_base16(digits), "base-16")
    } else if !sri && digits.len() == nix32_length(size) {
        (decode_nix32(digits), "base-32")
    } else if sri || digits.len() == size.div_ceil(3) * 4 {
        (decode_base64(digits), if sri { "SRI" } else { "base-64" })
    } else {
        return Err(bad(format!("hash '{digits}' has wrong length for hash algorithm '{}'", algorithm.name())));
    };
    match digest {
        Some(digest) if digest.len() == size => Ok((algorithm, digest)),
        _ => Err(bad(format!("invalid {notation} hash '{digits}'"))),
    }
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

fn decode_nix32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0u8; text.len() * 5 / 8];
    for (n, digit) in text.bytes().rev().enumerate() {
        let value = NIX32.iter().position(|d| *d == digit)? as u16;
        let (byte, shift) = (n * 5 / 8, n * 5 % 8);
        let bits = value << shift;
        // Bits beyond the last byte have to be zero.
        for (i, part) in [(byte, bits as u8), (byte + 1, (bits >> 8) as u8)] {
            match bytes.get_mut(i) {
                Some(b) => *b |= part,
                None if part != 0 => return None,
                None => {}
            }
        }
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
    for digit in text.trim_end_matches('=').bytes() {
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
        for algorithm in [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
            let digest = algorithm.digest(b"abc");
            for format in [Format::Base16, Format::Nix32, Format::Base64, Format::Sri] {
                let text = format.write(algorithm, &digest);
                let (_, back) = parse_hash(&text, Some(algorithm)).unwrap();
                assert_eq!(back, digest, "{text}");
            }
        }
        assert!(parse_hash("sha256-abc", None).is_err());
        assert!(parse_hash("900150983cd24fb0d6963f7d28e17f72", None).is_err());
        assert!(parse_hash("md5:900150983cd24fb0d6963f7d28e17f72", Some(Algorithm::Sha1)).is_err());
        assert!(parse_hash("é", Some(Algorithm::Md5)).is_err());
        // The unused highest bits of the first digit.
        assert!(parse_hash("zzzzzzzzzzzzzzzzzzzzzzzzzz", Some(Algorithm::Md5)).is_err());
    }
}
