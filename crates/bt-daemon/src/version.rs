//! Versions of the worker protocol.

use std::fmt;

/// A version of the worker protocol: the major number is 1 since it was made, the minor one grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolVersion {
    /// What the protocol is altogether.
    pub major: u8,
    /// Which operations and fields it has.
    pub minor: u8,
}

impl ProtocolVersion {
    /// The oldest that this client speaks: Nix 2.0 to 2.3.
    pub const OLDEST: Self = Self::minor(21);
    /// The newest that this client speaks: Nix 2.27 and later.
    pub const NEWEST: Self = Self::minor(38);

    /// `1.minor`.
    pub const fn minor(minor: u8) -> Self {
        Self { major: 1, minor }
    }

    /// As it is sent: the major number, and the minor one in the lowest eight bits.
    pub const fn to_wire(self) -> u64 {
        ((self.major as u64) << 8) | self.minor as u64
    }

    /// The version of a number that was received; `None` when it is none.
    pub fn from_wire(number: u64) -> Option<Self> {
        let [minor, major] = u16::try_from(number).ok()?.to_le_bytes();
        Some(Self { major, minor })
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
