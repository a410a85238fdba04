//! What each byte may be a part of.

/// Of an identifier.
pub(super) const IDENT: u8 = 1;
/// Of a path's component.
pub(super) const PATH: u8 = 2;
/// Of the word before a URI's colon.
pub(super) const SCHEME: u8 = 4;
/// Of a URI after its colon.
pub(super) const URI: u8 = 8;
/// Of a number.
pub(super) const DIGIT: u8 = 16;
/// White space.
pub(super) const SPACE: u8 = 32;
/// Stands for itself in a `"…"` literal, whatever follows.
pub(super) const PLAIN: u8 = 64;
/// Stands for itself in a `''…''` literal, whatever follows.
pub(super) const INDENTED: u8 = 128;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let b = i as u8;
        let word = b.is_ascii_alphanumeric();
        let mut class = 0;
        if word || matches!(b, b'_' | b'\'' | b'-') {
            class |= IDENT;
        }
        if word || matches!(b, b'.' | b'_' | b'-' | b'+') {
            class |= PATH;
        }
        if word || matches!(b, b'+' | b'-' | b'.') {
            class |= SCHEME;
        }
        let mark = matches!(b, b'%' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'-' | b'_');
        if word || mark || matches!(b, b'.' | b'!' | b'~' | b'*' | b'\'') {
            class |= URI;
        }
        if b.is_ascii_digit() {
            class |= DIGIT;
        }
        if matches!(b, b' ' | b'\t' | b'\r' | b'\n') {
            class |= SPACE;
        }
        if !matches!(b, b'$' | b'"' | b'\\' | b'\r' | 0) {
            class |= PLAIN;
        }
        if !matches!(b, b'$' | b'\'' | 0) {
            class |= INDENTED;
        }
        table[i] = class;
        i += 1;
    }
    table
}

/// Whether `byte` is of one of the classes.
#[inline(always)]
pub(super) fn is(byte: u8, classes: u8) -> bool {
    CLASSES[byte as usize] & classes != 0
}
