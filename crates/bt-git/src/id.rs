//! Names of objects.

use bt_store::{HashAlgorithm, Hasher};
use std::fmt;

/// The SHA-1 name of an object. Displayed as 40 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub(crate) [u8; 20]);

impl ObjectId {
    /// The name of no object, which Nix shows for repositories without commits.
    pub const NULL: ObjectId = ObjectId([0; 20]);

    /// The 40 digits of a name, in lower case.
    pub fn parse(digits: &[u8]) -> Option<Self> {
        let mut id = [0; 20];
        if digits.len() != 40 {
            return None;
        }
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(ObjectId(id))
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(ObjectId(bytes.try_into().ok()?))
    }

    /// The name of an object with the given type and contents.
    pub(crate) fn of(kind: &str, contents: &[u8]) -> Self {
        let mut hasher = Hasher::new(HashAlgorithm::Sha1);
        hasher.update(format!("{kind} {}\0", contents.len()).as_bytes());
        hasher.update(contents);
        ObjectId::from_slice(hasher.finish().as_bytes()).unwrap_or(ObjectId::NULL)
    }

    /// The first seven digits.
    pub fn short(&self) -> String {
        self.to_string().chars().take(7).collect()
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectId;

    #[test]
    fn names() {
        // From `git hash-object -t blob /dev/null`.
        let text = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        assert_eq!(ObjectId::of("blob", b"").to_string(), text);
        assert_eq!(ObjectId::parse(text.as_bytes()), Some(ObjectId::of("blob", b"")));
        assert_eq!(ObjectId::of("blob", b"").short(), "e69de29");
        assert_eq!(ObjectId::parse(&text.as_bytes()[1..]), None);
        assert_eq!(ObjectId::parse(text.replace('e', "g").as_bytes()), None);
    }
}
