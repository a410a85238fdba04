//! What the store knows of a path.

use crate::error::DaemonError;
use crate::input::Input;
use crate::output::put_bytes;
use bt_store::{Hash, StorePath};
use std::collections::BTreeSet;

/// What the store knows of a valid path. Source: Nix manual, "Store object info".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathInfo {
    /// The path.
    pub path: StorePath,
    /// The derivation that it is an output of, if known.
    pub deriver: Option<StorePath>,
    /// The hash of its archive.
    pub nar_hash: Hash,
    /// The length of its archive in bytes.
    pub nar_size: u64,
    /// The paths that it refers to; may have the path itself.
    pub references: BTreeSet<StorePath>,
    /// When it was registered, in seconds since 1970.
    pub registration_time: u64,
    /// Whether it was built by this store.
    pub ultimate: bool,
    /// Signatures: name of the key, colon, base-64.
    pub signatures: Vec<String>,
    /// What the path follows from when it follows from its contents, such as `text:sha256:…` or `fixed:r:sha256:…`.
    pub content_address: Option<String>,
}

impl PathInfo {
    /// Reads what follows the path.
    pub(crate) fn read(input: &mut Input, path: StorePath) -> Result<Self, DaemonError> {
        Ok(Self {
            path,
            deriver: input.optional_store_path()?,
            nar_hash: input.hash()?,
            references: input.store_paths()?,
            registration_time: input.number()?,
            nar_size: input.number()?,
            ultimate: input.boolean()?,
            signatures: input.texts()?,
            content_address: Some(input.text()?).filter(|text| !text.is_empty()),
        })
    }

    /// Writes all of it, beginning with the path.
    pub(crate) fn write(&self, buffer: &mut Vec<u8>) {
        let number = |buffer: &mut Vec<u8>, number: u64| buffer.extend_from_slice(&number.to_le_bytes());
        put_bytes(buffer, self.path.as_str().as_bytes());
        put_bytes(buffer, self.deriver.as_ref().map_or("", StorePath::as_str).as_bytes());
        put_bytes(buffer, self.nar_hash.to_base16().as_bytes());
        number(buffer, self.references.len() as u64);
        for reference in &self.references {
            put_bytes(buffer, reference.as_str().as_bytes());
        }
        number(buffer, self.registration_time);
        number(buffer, self.nar_size);
        number(buffer, self.ultimate.into());
        number(buffer, self.signatures.len() as u64);
        for signature in &self.signatures {
            put_bytes(buffer, signature.as_bytes());
        }
        put_bytes(buffer, self.content_address.as_deref().unwrap_or_default().as_bytes());
    }
}
