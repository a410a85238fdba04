use std::io::Write as _;

use bt_store::hash::compress_hash;
use bt_store::nixbase32::{self, Nixbase32Error};
use bt_store::{Hash, HashAlgorithm, HashError, Hasher};

use crate::values::{rows, text};

const SHA256: Option<HashAlgorithm> = Some(HashAlgorithm::Sha256);
const EMPTY_BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const EMPTY_BASE16: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn digests_and_notations_are_those_of_nix() {
    for row in rows("digest") {
        let [name, algorithm, base16, base32, base64, sri] = row[..] else { panic!("{row:?}") };
        let algorithm: HashAlgorithm = algorithm.parse().unwrap();
        let text = text(name);
        let hash = Hash::digest(algorithm, &text);
        assert_eq!(hash.to_base16(), base16);
        assert_eq!(hash.to_nixbase32(), base32);
        assert_eq!(hash.to_base64(), base64);
        assert_eq!(hash.to_sri(), sri);

        for notation in [base16, base32, base64, &base16.to_uppercase()] {
            assert_eq!(Hash::parse_any(notation, Some(algorithm)), Ok(hash));
            assert_eq!(Hash::parse_any(&format!("{algorithm}:{notation}"), None), Ok(hash));
            assert_eq!(Hash::parse_any(&format!("{algorithm}:{notation}"), Some(algorithm)), Ok(hash));
        }
        assert_eq!(Hash::parse_any(sri, None), Ok(hash));

        let mut hasher = Hasher::new(algorithm);
        for piece in text.chunks(7) {
            hasher.write_all(piece).unwrap();
        }
        assert_eq!(hasher.finish(), hash);
        assert_eq!(Hash::from_bytes(algorithm, hash.as_bytes()), Ok(hash));
    }
}

#[test]
fn nixbase32_is_read_back() {
    for length in 0..70_u8 {
        let bytes: Vec<u8> = (0..length).map(|index| index.wrapping_mul(37) ^ 0xa5).collect();
        assert_eq!(nixbase32::decode(&nixbase32::encode(&bytes)), Ok(bytes));
    }
    for row in rows("digest") {
        assert_eq!(nixbase32::decode(row[3]).unwrap(), Hash::parse_any(row[5], None).unwrap().as_bytes());
    }
}

#[test]
fn nixbase32_refuses_what_nobody_writes() {
    assert_eq!(nixbase32::decode("0"), Err(Nixbase32Error::Length(1)));
    assert_eq!(nixbase32::decode("000"), Err(Nixbase32Error::Length(3)));
    assert_eq!(nixbase32::decode("000000"), Err(Nixbase32Error::Length(6)));
    assert_eq!(nixbase32::decode("7z"), Ok(vec![0xff]));
    assert_eq!(nixbase32::decode("80"), Err(Nixbase32Error::Overflow));
    for letter in ["e", "o", "u", "t", "A", "-", "é"] {
        let text = format!("0{letter}");
        let text = if text.len() == 2 { text } else { format!("0{text}") };
        assert!(matches!(nixbase32::decode(&text), Err(Nixbase32Error::Digit { .. })), "{letter}");
    }
    assert_eq!(nixbase32::decode("0e"), Err(Nixbase32Error::Digit { offset: 1, byte: b'e' }));
}

#[test]
fn folding_is_that_of_truncated_hashes() {
    for row in rows("truncated") {
        let hash = Hash::digest(row[1].parse().unwrap(), &text(row[0]));
        assert_eq!(nixbase32::encode(&compress_hash(hash.as_bytes(), 20)), row[2]);
    }
    assert_eq!(compress_hash(&[1, 2], 3), [1, 2, 0]);
    assert!(compress_hash(&[1, 2], 0).is_empty());
}

/// `nix hash to-base16` reads all of these as the same hash.
#[test]
fn base64_is_read_as_leniently_as_nix_does() {
    let expected = Hash::digest(HashAlgorithm::Sha256, b"");
    for text in [
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=xx",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=?a",
        "sha256-\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "sha256:E3B0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ] {
        assert_eq!(Hash::parse_any(text, None), Ok(expected), "{text}");
    }
}

/// The messages are those of `nix hash to-base16`.
#[test]
fn wrong_hashes_are_refused_in_the_words_of_nix() {
    let cases = [
        ("", None, "hash '' does not include a type, nor is the type otherwise known from context"),
        ("", SHA256, "hash '' has wrong length for hash type 'sha256'"),
        ("sha256:", None, "hash '' has wrong length for hash type 'sha256'"),
        ("sha999:ab", None, "unknown hash algorithm 'sha999'"),
        ("SHA256:ab", None, "unknown hash algorithm 'SHA256'"),
        (
            "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            None,
            "hash '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU' has wrong length for hash type 'sha256'",
        ),
        (
            "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            None,
            "invalid SRI hash 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
        ),
        (
            "sha256:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
            None,
            "invalid base-32 hash 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'",
        ),
    ];
    for (text, algorithm, message) in cases {
        assert_eq!(Hash::parse_any(text, algorithm).unwrap_err().to_string(), message);
    }

    assert_eq!(
        Hash::parse_any(&format!("md5:{EMPTY_BASE16}"), SHA256),
        Err(HashError::AlgorithmMismatch { text: format!("md5:{EMPTY_BASE16}"), expected: HashAlgorithm::Sha256 })
    );
    let no_hexadecimal = EMPTY_BASE16.replace('e', "g");
    assert_eq!(Hash::parse_any(&no_hexadecimal, SHA256), Err(HashError::Base16(no_hexadecimal)));
    let no_base64 = EMPTY_BASE64.replace('+', "_");
    assert_eq!(Hash::parse_any(&no_base64, SHA256), Err(HashError::Base64Character('_')));
    let short = EMPTY_BASE64.replace("uFU=", "====");
    assert_eq!(Hash::parse_any(&short, SHA256), Err(HashError::Base64(short)));
    assert!(Hash::from_bytes(HashAlgorithm::Md5, &[0; 20]).is_err());
}

#[test]
fn hashes_sort_by_algorithm_and_then_by_bytes() {
    let mut sorted: Vec<Hash> = HashAlgorithm::ALL.into_iter().map(Hash::zero).collect();
    sorted.push(Hash::digest(HashAlgorithm::Blake3, b""));
    assert!(sorted.is_sorted());
    assert_eq!(format!("{:?}", sorted[0]), "Hash(md5:00000000000000000000000000000000)");
}
