//! The attribute form.

use crate::error::FlakeRefError;
use bt_store::{Hash, HashAlgorithm, HashError};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fmt;

/// An attribute of a flake reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// `type`, `url`, `path`, `owner`, `ref`, `rev`, ….
    String(String),
    /// `lastModified` (seconds since 1970) and `revCount`.
    Integer(u64),
    /// `submodules`, `shallow`, `allRefs`, ….
    Bool(bool),
}

impl fmt::Display for Attribute {
    /// As in the query of a URL: Booleans are `1` and `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attribute::String(text) => f.write_str(text),
            Attribute::Integer(number) => number.fmt(f),
            Attribute::Bool(flag) => f.write_str(if *flag { "1" } else { "0" }),
        }
    }
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Attribute::String(text.to_string())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Attribute::String(text)
    }
}

/// Attributes by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Attributes {
    map: BTreeMap<String, Attribute>,
}

impl<K: Into<String>, A: Into<Attribute>> FromIterator<(K, A)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (K, A)>>(pairs: I) -> Self {
        Attributes { map: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

impl Attributes {
    /// From an object of a lock file or a registry.
    ///
    /// Errors: a value that is no string, Boolean or number.
    pub fn from_json(object: &Map<String, Json>) -> Result<Self, FlakeRefError> {
        let one = |(name, value): (&String, &Json)| {
            let attribute = match value {
                Json::String(text) => Attribute::String(text.clone()),
                Json::Bool(flag) => Attribute::Bool(*flag),
                Json::Number(number) => match number.as_u64() {
                    Some(number) => Attribute::Integer(number),
                    None => return Err(FlakeRefError::new(format!("'{name}' is not a whole number: {number}"))),
                },
                _ => return Err(FlakeRefError::new("unsupported input attribute type in lock file")),
            };
            Ok((name.clone(), attribute))
        };
        Ok(Attributes { map: object.iter().map(one).collect::<Result<_, _>>()? })
    }

    /// As an object of a lock file, sorted by name.
    pub fn to_json(&self) -> Json {
        let value = |attribute: &Attribute| match attribute {
            Attribute::String(text) => Json::from(text.as_str()),
            Attribute::Integer(number) => Json::from(*number),
            Attribute::Bool(flag) => Json::from(*flag),
        };
        Json::Object(self.map.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect())
    }

    /// The attributes, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.map.iter().map(|(name, attribute)| (name.as_str(), attribute))
    }

    /// An attribute.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.map.get(name)
    }

    /// Adds or replaces an attribute.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Attribute>) {
        self.map.insert(name.into(), value.into());
    }

    /// Takes an attribute out.
    pub fn remove(&mut self, name: &str) -> Option<Attribute> {
        self.map.remove(name)
    }

    /// A string, if it is there.
    pub(crate) fn string(&self, name: &str) -> Result<Option<&str>, FlakeRefError> {
        match self.map.get(name) {
            None => Ok(None),
            Some(Attribute::String(text)) => Ok(Some(text)),
            Some(_) => Err(FlakeRefError::new(format!("input attribute '{name}' is not a string {}", self.to_json()))),
        }
    }

    /// A string that has to be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, FlakeRefError> {
        self.string(name)?.ok_or_else(|| FlakeRefError::new(format!("input attribute '{name}' is missing")))
    }

    /// A number, if it is there.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<u64>, FlakeRefError> {
        match self.map.get(name) {
            None => Ok(None),
            Some(Attribute::Integer(number)) => Ok(Some(*number)),
            Some(_) => Err(FlakeRefError::new(format!("input attribute '{name}' is not an integer"))),
        }
    }

    /// A Boolean; false when it is not there.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, FlakeRefError> {
        match self.map.get(name) {
            None => Ok(false),
            Some(Attribute::Bool(flag)) => Ok(*flag),
            Some(_) => Err(FlakeRefError::new(format!("input attribute '{name}' is not a Boolean"))),
        }
    }

    /// `rev` in base 16. Without an algorithm before it, it is SHA-1.
    pub(crate) fn revision(&self) -> Result<Option<String>, FlakeRefError> {
        let Some(text) = self.string("rev")? else { return Ok(None) };
        let hash = match Hash::parse_any(text, None) {
            Err(HashError::UnknownAlgorithm(name)) => return Err(HashError::UnknownAlgorithm(name).into()),
            Err(_) => Hash::parse_any(text, Some(HashAlgorithm::Sha1))?,
            Ok(hash) => hash,
        };
        Ok(Some(hash.to_base16()))
    }

    /// `narHash` as SRI.
    pub(crate) fn nar_hash(&self) -> Result<Option<String>, FlakeRefError> {
        let Some(text) = self.string("narHash")? else { return Ok(None) };
        if text.is_empty() {
            return Ok(Some(Hash::zero(HashAlgorithm::Sha256).to_sri()));
        }
        if !text.contains('-') {
            return Err(FlakeRefError::new(format!("hash '{text}' is not SRI")));
        }
        let hash = Hash::parse_any(text, None)?;
        match hash.algorithm() {
            HashAlgorithm::Sha256 => Ok(Some(hash.to_sri())),
            _ => Err(FlakeRefError::new("narHash must use SHA-256")),
        }
    }
}
