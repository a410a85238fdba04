//! The blocks of a tar archive that say what follows (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar's manual,
//! "Basic Tar Format").

use crate::error::FetchError;

/// The size of a block.
pub(super) const BLOCK: usize = 512;

/// A header, not looked at further than its numbers.
pub(super) struct Header {
    pub name: Vec<u8>,
    pub link: Vec<u8>,
    pub mode: u64,
    pub uid: u64,
    pub gid: u64,
    pub size: u64,
    pub kind: u8,
}

fn invalid(what: &str) -> FetchError {
    FetchError::archive(format!("the archive is no tar archive, or a damaged one: {what}"))
}

impl Header {
    /// Reads a block; `None` when it is the end of the archive.
    pub fn parse(block: &[u8; BLOCK]) -> Result<Option<Header>, FetchError> {
        if block.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        let sum = number(&block[148..156]).ok_or_else(|| invalid("a header has no checksum"))?;
        let bytes = || block.iter().enumerate().map(|(at, &byte)| if (148..156).contains(&at) { b' ' } else { byte });
        let unsigned: u64 = bytes().map(u64::from).sum();
        // Old programs took bytes for signed.
        let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
        if sum != unsigned && i64::try_from(sum) != Ok(signed) {
            return Err(invalid("the checksum of a header is wrong"));
        }
        let mut name = text(&block[..100]).to_vec();
        // Not GNU's format, which has other things in the place of the prefix.
        if &block[257..263] == b"ustar\0" {
            let prefix = text(&block[345..500]);
            if !prefix.is_empty() {
                name = [prefix, b"/", &name].concat();
            }
        }
        Ok(Some(Header {
            name,
            link: text(&block[157..257]).to_vec(),
            mode: number(&block[100..108]).unwrap_or(0),
            uid: number(&block[108..116]).unwrap_or(0),
            gid: number(&block[116..124]).unwrap_or(0),
            size: number(&block[124..136]).ok_or_else(|| invalid("a size is no number"))?,
            kind: block[156],
        }))
    }
}

/// Bytes up to the first zero.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Octal digits, or GNU's form for what these cannot hold: a set bit, then the number itself.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        // 0xff begins a negative number.
        let first = u64::from(field[0] & 0x7f);
        return field[1..].iter().try_fold(first, |n, &byte| n.checked_mul(256).map(|n| n | u64::from(byte)));
    }
    let digits = std::str::from_utf8(text(field)).ok()?.trim_matches(' ');
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// What a pax header says of the entry after it.
#[derive(Default, Clone)]
pub(super) struct Extended {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
}

impl Extended {
    /// Adds records: `length key=value\n`; an empty value takes back what was said before.
    pub fn add(&mut self, mut records: &[u8]) -> Result<(), FetchError> {
        while !records.is_empty() {
            let (record, rest) = next_record(records).ok_or_else(|| invalid("a pax header cannot be read"))?;
            records = rest;
            let Some(at) = record.iter().position(|&byte| byte == b'=') else {
                return Err(invalid("a pax header cannot be read"));
            };
            let (key, value) = (&record[..at], &record[at + 1..]);
            let value = Some(value.to_vec()).filter(|value| !value.is_empty());
            match key {
                b"path" => self.path = value,
                b"linkpath" => self.link = value,
                b"size" | b"uid" | b"gid" => {
                    let digits = value.map(|digits| String::from_utf8_lossy(&digits).parse());
                    let number = digits.transpose().map_err(|_| invalid("a size in a pax header is no number"))?;
                    match key {
                        b"uid" => self.uid = number,
                        b"gid" => self.gid = number,
                        _ => self.size = number,
                    }
                }
                _ if key.starts_with(b"GNU.sparse.") => {
                    return Err(FetchError::archive("the archive has sparse files, which are not supported"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The first record without its length and newline, and what follows it.
fn next_record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = records.iter().take(20).position(|&byte| byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
    let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
    Some((record, &records[length..]))
}
