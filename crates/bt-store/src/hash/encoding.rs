//! Base-16 and base-64, as lenient in reading as Nix is.

use super::HashError;

const BASE16: &[u8; 16] = b"0123456789abcdef";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const INVALID: u8 = 0xff;

const BASE64_VALUES: [u8; 256] = {
    let mut values = [INVALID; 256];
    let mut digit = 0;
    while digit < BASE64.len() {
        values[BASE64[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// Lower-case hexadecimal digits.
pub(super) fn base16(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(BASE16[usize::from(byte >> 4)]));
        text.push(char::from(BASE16[usize::from(byte & 0xf)]));
    }
    text
}

/// Reads hexadecimal digits of either case; `None` for anything else.
pub(super) fn decode_base16(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?)).collect()
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Base-64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= group.len() {
                let value = bits >> (18 - 6 * digit) & 0x3f;
                text.push(char::from(BASE64[value as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

/// Reads base-64 as Nix does: line feeds are skipped, the first `=` ends the text whatever follows, padding may be
/// missing, and bits that do not fill a byte are dropped.
pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, HashError> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut pending) = (0u32, 0);
    for character in text.chars() {
        match character {
            '=' => break,
            '\n' => continue,
            _ => {}
        }
        let value = u8::try_from(character).map_or(INVALID, |byte| BASE64_VALUES[usize::from(byte)]);
        if value == INVALID {
            return Err(HashError::Base64Character(character));
        }
        bits = bits << 6 | u32::from(value);
        pending += 6;
        if pending >= 8 {
            pending -= 8;
            bytes.push((bits >> pending & 0xff) as u8);
        }
    }
    Ok(bytes)
}
