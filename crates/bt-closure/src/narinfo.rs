//! `.narinfo` files: what a binary cache tells of a store path (Nix manual, "HTTP Binary Cache Store").

use crate::keys::PublicKeys;
use bt_store::path::{make_fixed_output_path, make_text_path};
use bt_store::{Hash, HashAlgorithm, STORE_DIR, StorePath};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How many paths one may refer to, and how many signatures there may be.
const MAX_WORDS: usize = 20_000;

/// What a binary cache tells of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NarInfo {
    /// The path.
    pub path: StorePath,
    /// Where its archive is, from the cache on.
    pub url: String,
    /// How the archive is compressed: `xz`, `zstd`, `none`, …
    pub compression: String,
    /// The hash of the archive as it is stored.
    pub file_hash: Option<Hash>,
    /// The length of the archive as it is stored, in bytes.
    pub file_size: Option<u64>,
    /// The hash of the archive.
    pub nar_hash: Hash,
    /// The length of the archive in bytes.
    pub nar_size: u64,
    /// The paths that it refers to; may have the path itself.
    pub references: BTreeSet<StorePath>,
    /// The derivation that it is an output of, if known.
    pub deriver: Option<StorePath>,
    /// Signatures: name of the key, colon, base-64.
    pub signatures: Vec<String>,
    /// What the path follows from when it follows from its contents, such as `fixed:r:sha256:…`.
    pub content_address: Option<String>,
}

/// Why a text is no narinfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NarInfoError {
    /// A line has no colon.
    Line(usize),
    /// A field is there twice.
    Twice(&'static str),
    /// A field is missing.
    Missing(&'static str),
    /// A field has another value than it may have.
    Value(&'static str),
}

impl fmt::Display for NarInfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number} is not 'Name: value'"),
            Self::Twice(name) => write!(f, "'{name}' is there twice"),
            Self::Missing(name) => write!(f, "'{name}' is missing"),
            Self::Value(name) => write!(f, "the value of '{name}' is not what it has to be"),
        }
    }
}

impl std::error::Error for NarInfoError {}

/// The fields that may be there once.
const FIELDS: &[&str] = &[
    "StorePath",
    "URL",
    "Compression",
    "FileHash",
    "FileSize",
    "NarHash",
    "NarSize",
    "References",
    "Deriver",
    "System",
    "CA",
];

impl NarInfo {
    /// Reads a narinfo. Fields that are not known are skipped, as Nix does.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<NarInfo, NarInfoError> {
        let mut fields: BTreeMap<&'static str, &str> = BTreeMap::new();
        let mut signatures = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let (name, value) = line.split_once(':').ok_or(NarInfoError::Line(at + 1))?;
            let value = value.trim_matches(' ');
            if name == "Sig" {
                if signatures.len() == MAX_WORDS {
                    return Err(NarInfoError::Value("Sig"));
                }
                signatures.push(value.to_string());
            } else if let Some(name) = FIELDS.iter().find(|field| **field == name)
                && fields.insert(name, value).is_some()
            {
                return Err(NarInfoError::Twice(name));
            }
        }
        let field = |name: &'static str| fields.get(name).copied().ok_or(NarInfoError::Missing(name));
        let number = |name: &'static str, text: &str| text.parse::<u64>().map_err(|_| NarInfoError::Value(name));
        let hash = |name: &'static str, text: &str| Hash::parse_any(text, None).map_err(|_| NarInfoError::Value(name));
        let optional = |name: &'static str| fields.get(name).copied().filter(|value| !value.is_empty());
        let base_name =
            |name: &'static str, word: &str| StorePath::from_base_name(word).map_err(|_| NarInfoError::Value(name));
        let words: Vec<&str> =
            optional("References").unwrap_or_default().split_ascii_whitespace().take(MAX_WORDS + 1).collect();
        if words.len() > MAX_WORDS {
            return Err(NarInfoError::Value("References"));
        }
        let nar_hash = hash("NarHash", field("NarHash")?)?;
        if nar_hash.algorithm() != HashAlgorithm::Sha256 {
            return Err(NarInfoError::Value("NarHash"));
        }
        let nar_size = number("NarSize", field("NarSize")?)?;
        if nar_size == 0 {
            return Err(NarInfoError::Value("NarSize"));
        }
        let url = field("URL")?;
        if url.is_empty() {
            return Err(NarInfoError::Value("URL"));
        }
        Ok(NarInfo {
            path: StorePath::parse_absolute(field("StorePath")?).map_err(|_| NarInfoError::Value("StorePath"))?,
            url: url.to_string(),
            compression: optional("Compression").unwrap_or("bzip2").to_string(),
            file_hash: optional("FileHash").map(|text| hash("FileHash", text)).transpose()?,
            file_size: optional("FileSize").map(|text| number("FileSize", text)).transpose()?,
            nar_hash,
            nar_size,
            references: words.into_iter().map(|word| base_name("References", word)).collect::<Result<_, _>>()?,
            deriver: optional("Deriver")
                .filter(|word| *word != "unknown-deriver")
                .map(|word| base_name("Deriver", word))
                .transpose()?,
            signatures,
            content_address: optional("CA").map(str::to_string),
        })
    }

    /// What is signed: path, hash and length of the archive, references.
    pub fn fingerprint(&self) -> String {
        let references: Vec<&str> = self.references.iter().map(StorePath::as_str).collect();
        let (path, hash, size) = (self.path.as_str(), self.nar_hash.to_nixbase32(), self.nar_size);
        format!("1;{path};{}:{hash};{size};{}", self.nar_hash.algorithm(), references.join(","))
    }

    /// Whether one of some keys has signed it.
    pub fn is_signed(&self, keys: &PublicKeys) -> bool {
        let fingerprint = self.fingerprint();
        self.signatures.iter().any(|signature| keys.verify(fingerprint.as_bytes(), signature))
    }

    /// Whether the path follows from the contents and the references that are told, so that nobody has to be believed.
    pub fn is_content_addressed(&self) -> bool {
        self.path_of_contents().is_some_and(|path| path == self.path)
    }

    fn path_of_contents(&self) -> Option<StorePath> {
        let address = self.content_address.as_deref()?;
        let others = self.references.iter().filter(|path| **path != self.path);
        let is_own = self.references.contains(&self.path);
        if let Some(hash) = address.strip_prefix("text:") {
            let hash = Hash::parse_any(hash, None).ok().filter(|hash| hash.algorithm() == HashAlgorithm::Sha256)?;
            return if is_own { None } else { make_text_path(self.path.name(), &hash, others).ok() };
        }
        let rest = address.strip_prefix("fixed:")?;
        let (recursive, hash) = rest.strip_prefix("r:").map_or((false, rest), |hash| (true, hash));
        let hash = Hash::parse_any(hash, None).ok()?;
        make_fixed_output_path(self.path.name(), recursive, &hash, others, is_own).ok()
    }

    /// The name of the file in a binary cache.
    pub fn file_name(path: &StorePath) -> String {
        format!("{}.narinfo", path.hash_part())
    }
}

/// As caches write it.
impl fmt::Display for NarInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = |hash: &Hash| format!("{}:{}", hash.algorithm(), hash.to_nixbase32());
        writeln!(f, "StorePath: {STORE_DIR}/{}", self.path.base_name())?;
        writeln!(f, "URL: {}", self.url)?;
        writeln!(f, "Compression: {}", self.compression)?;
        self.file_hash.iter().try_for_each(|value| writeln!(f, "FileHash: {}", hash(value)))?;
        self.file_size.iter().try_for_each(|value| writeln!(f, "FileSize: {value}"))?;
        writeln!(f, "NarHash: {}", hash(&self.nar_hash))?;
        writeln!(f, "NarSize: {}", self.nar_size)?;
        let references: Vec<&str> = self.references.iter().map(StorePath::base_name).collect();
        writeln!(f, "References: {}", references.join(" "))?;
        self.deriver.iter().try_for_each(|path| writeln!(f, "Deriver: {}", path.base_name()))?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "Sig: {signature}"))?;
        self.content_address.iter().try_for_each(|address| writeln!(f, "CA: {address}"))
    }
}
