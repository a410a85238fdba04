//! Packets of git's protocols (gitprotocol-common(5), "pkt-line format").

use std::io::{self, Read};

/// A packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    /// Something.
    Data(Vec<u8>),
    /// The end of a message.
    Flush,
    /// The end of a part of a message, or of an answer.
    Delimiter,
}

impl Packet {
    /// The text of a packet without the newline at its end.
    pub fn line(&self) -> Option<&str> {
        match self {
            Packet::Data(bytes) => std::str::from_utf8(bytes.strip_suffix(b"\n").unwrap_or(bytes)).ok(),
            Packet::Flush | Packet::Delimiter => None,
        }
    }
}

/// Reads a packet; `None` at the end.
///
/// # Errors
/// The end in the middle of a packet is `UnexpectedEof`; what is no packet is `InvalidData`.
pub(crate) fn read(from: &mut dyn Read) -> io::Result<Option<Packet>> {
    let mut digits = [0; 4];
    let mut have = 0;
    while have < 4 {
        match from.read(&mut digits[have..]) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let is_hexadecimal = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(&digits).ok().filter(|_| is_hexadecimal);
    match text.and_then(|text| usize::from_str_radix(text, 16).ok()) {
        Some(0) => Ok(Some(Packet::Flush)),
        Some(1 | 2) => Ok(Some(Packet::Delimiter)),
        Some(length @ 4..) => {
            let mut bytes = vec![0; length - 4];
            from.read_exact(&mut bytes)?;
            Ok(Some(Packet::Data(bytes)))
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Adds a packet of a line.
pub(crate) fn push(to: &mut Vec<u8>, line: &str) {
    to.extend_from_slice(format!("{:04x}{line}\n", line.len() + 5).as_bytes());
}

/// The packet that ends a message.
pub(crate) const FLUSH: &[u8] = b"0000";
/// The packet that ends a part of a message.
pub(crate) const DELIMITER: &[u8] = b"0001";

#[cfg(test)]
mod tests {
    use super::{Packet, push, read};
    use std::io::ErrorKind;

    #[test]
    fn packets() {
        let mut bytes = Vec::new();
        push(&mut bytes, "want x");
        assert_eq!(bytes, b"000bwant x\n");
        bytes.extend_from_slice(b"000000010004");
        let mut from = bytes.as_slice();
        assert_eq!(read(&mut from).unwrap().unwrap().line(), Some("want x"));
        assert_eq!(read(&mut from).unwrap(), Some(Packet::Flush));
        assert_eq!(read(&mut from).unwrap(), Some(Packet::Delimiter));
        assert_eq!(read(&mut from).unwrap(), Some(Packet::Data(Vec::new())));
        assert_eq!(read(&mut from).unwrap(), None);
        for (text, kind) in [
            ("00", ErrorKind::UnexpectedEof),
            ("0009abc", ErrorKind::UnexpectedEof),
            ("0003", ErrorKind::InvalidData),
            ("+00a", ErrorKind::InvalidData),
            ("<htm", ErrorKind::InvalidData),
        ] {
            assert_eq!(read(&mut text.as_bytes()).unwrap_err().kind(), kind, "{text}");
        }
    }
}
