//! Which store path an object gets. Source: Nix manual, "Store Path Specification".

use crate::hash::{Hash, HashAlgorithm, compress_hash, fold_into};
use crate::nixbase32;

use super::{DIGEST_LEN, STORE_DIR, StorePath, StorePathError};

/// The path of an object of the given type: the folded SHA-256 of `<type>:<algorithm>:<base-16>:/nix/store:<name>`.
///
/// The more specific functions of this module say which type and which hash belong to which object.
///
/// # Errors
/// [`StorePathError::Name`] when the name is not allowed.
pub fn make_store_path(type_: &str, inner: &Hash, name: &str) -> Result<StorePath, StorePathError> {
    let fingerprint = format!("{type_}:{}:{}:{STORE_DIR}:{name}", inner.algorithm(), inner.to_base16());
    let digest = Hash::digest(HashAlgorithm::Sha256, fingerprint.as_bytes());
    let mut folded = [0; DIGEST_LEN];
    fold_into(digest.as_bytes(), &mut folded);
    StorePath::from_digest(&folded, name)
}

/// The path of a file that `builtins.toFile` makes, or of a `.drv` file: `contents` is the SHA-256 of the bytes.
/// The order of the references does not matter.
///
/// # Errors
/// [`StorePathError::Name`] when the name is not allowed.
pub fn make_text_path<'a>(
    name: &str,
    contents: &Hash,
    references: impl IntoIterator<Item = &'a StorePath>,
) -> Result<StorePath, StorePathError> {
    make_store_path(&with_references("text", references, false), contents, name)
}

/// The path of a source tree, as `"${./src}"`, `builtins.path` and flake inputs give it: `nar` is the SHA-256 of its
/// NAR. The order of the references does not matter.
///
/// # Errors
/// As [`make_fixed_output_path`].
pub fn make_source_path<'a>(
    name: &str,
    nar: &Hash,
    references: impl IntoIterator<Item = &'a StorePath>,
    self_reference: bool,
) -> Result<StorePath, StorePathError> {
    make_fixed_output_path(name, true, nar, references, self_reference)
}

/// The path of an object whose contents are known beforehand: `hash` is that of its NAR when `recursive`, otherwise
/// that of the single file's bytes.
///
/// # Errors
/// [`StorePathError::References`] when there are references and the hash is not a recursive SHA-256,
/// [`StorePathError::Name`] when the name is not allowed.
pub fn make_fixed_output_path<'a>(
    name: &str,
    recursive: bool,
    hash: &Hash,
    references: impl IntoIterator<Item = &'a StorePath>,
    self_reference: bool,
) -> Result<StorePath, StorePathError> {
    if recursive && hash.algorithm() == HashAlgorithm::Sha256 {
        return make_store_path(&with_references("source", references, self_reference), hash, name);
    }
    if self_reference || references.into_iter().next().is_some() {
        return Err(StorePathError::References(name.to_owned()));
    }
    described_path(name, if recursive { ContentMethod::Nar } else { ContentMethod::Flat }, hash)
}

/// What of the contents of a content-addressed object is hashed (Nix manual, "Content-Addressing Store Objects").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentMethod {
    /// The bytes of a single file.
    #[default]
    Flat,
    /// The NAR.
    Nar,
    /// The bytes of a single file that may refer to other store objects, as `.drv` files do.
    Text,
    /// The tree as git hashes it.
    Git,
}

impl ContentMethod {
    /// By name, as `outputHashMode` has it: `flat`, `nar` or its older name `recursive`, `text`, `git`.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"flat" => Some(Self::Flat),
            b"nar" | b"recursive" => Some(Self::Nar),
            b"text" => Some(Self::Text),
            b"git" => Some(Self::Git),
            _ => None,
        }
    }

    /// What stands before the algorithm in `.drv` files.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Flat => "",
            Self::Nar => "r:",
            Self::Text => "text:",
            Self::Git => "git:",
        }
    }

    /// The method and the algorithm of `r:sha256`.
    pub fn split_prefix(text: &str) -> (Self, &str) {
        let named = [Self::Nar, Self::Text, Self::Git].into_iter();
        let mut found = named.filter_map(|method| Some((method, text.strip_prefix(method.prefix())?)));
        found.next().unwrap_or((Self::Flat, text))
    }
}

/// The path of an object without references whose contents are known beforehand.
///
/// # Errors
/// [`StorePathError::Name`] when the name is not allowed, [`StorePathError::Method`] when the method does not go with
/// the algorithm of the hash.
pub fn make_content_path(name: &str, method: ContentMethod, hash: &Hash) -> Result<StorePath, StorePathError> {
    match method {
        ContentMethod::Flat | ContentMethod::Nar => {
            make_fixed_output_path(name, method == ContentMethod::Nar, hash, [], false)
        }
        ContentMethod::Text if hash.algorithm() == HashAlgorithm::Sha256 => make_text_path(name, hash, []),
        ContentMethod::Git if matches!(hash.algorithm(), HashAlgorithm::Sha1 | HashAlgorithm::Sha256) => {
            described_path(name, method, hash)
        }
        ContentMethod::Text | ContentMethod::Git => {
            Err(StorePathError::Method { name: name.to_owned(), method, algorithm: hash.algorithm() })
        }
    }
}

/// The path of what a text with method, algorithm and hash describes.
fn described_path(name: &str, method: ContentMethod, hash: &Hash) -> Result<StorePath, StorePathError> {
    let description = format!("fixed:out:{}{}:{}:", method.prefix(), hash.algorithm(), hash.to_base16());
    make_store_path("output:out", &Hash::digest(HashAlgorithm::Sha256, description.as_bytes()), name)
}

/// The path of an output of an input-addressed derivation, given the derivation's masked hash
/// ([`crate::Derivation::hash_modulo`]) and its name without `.drv`.
///
/// # Errors
/// [`StorePathError::Name`] when the name is not allowed.
pub fn make_output_path(
    output_name: &str,
    derivation_hash: &Hash,
    derivation_name: &str,
) -> Result<StorePath, StorePathError> {
    let name = output_path_name(derivation_name, output_name);
    make_store_path(&format!("output:{output_name}"), derivation_hash, &name)
}

/// The name of an output's path: `<derivation>` for the output `out`, `<derivation>-<output>` for any other.
pub fn output_path_name(derivation_name: &str, output_name: &str) -> String {
    if output_name == "out" { derivation_name.to_owned() } else { format!("{derivation_name}-{output_name}") }
}

/// What `builtins.placeholder` gives: a text of the length of a digest that stands for a path which is not known yet.
pub fn placeholder(output_name: &str) -> String {
    placeholder_of(&format!("nix-output:{output_name}"))
}

/// What stands for the output of a content-addressed derivation that has not been built: the text that `"${drv}"` gives
/// in place of a path. The `.drv` of the path's name is left out of it, if it is there.
pub fn unknown_ca_output_placeholder(derivation_path: &StorePath, output_name: &str) -> String {
    let derivation_name = derivation_path.derivation_name().unwrap_or(derivation_path.name());
    let name = output_path_name(derivation_name, output_name);
    placeholder_of(&format!("nix-upstream-output:{}:{name}", derivation_path.hash_part()))
}

/// What stands for the output of a derivation that is itself the output of another one, which `placeholder` stands for.
/// `None` when that is no placeholder.
pub fn computed_output_placeholder(placeholder: &str, output_name: &str) -> Option<String> {
    let digest = nixbase32::decode(placeholder.strip_prefix('/')?).ok()?;
    let short = nixbase32::encode(&compress_hash(&digest, DIGEST_LEN));
    Some(placeholder_of(&format!("nix-computed-output:{short}:{output_name}")))
}

fn placeholder_of(text: &str) -> String {
    let digest = Hash::digest(HashAlgorithm::Sha256, text.as_bytes());
    format!("/{}", nixbase32::encode(digest.as_bytes()))
}

/// `<type>:<reference>:…:self`, the references sorted and each once.
fn with_references<'a>(
    type_: &str,
    references: impl IntoIterator<Item = &'a StorePath>,
    self_reference: bool,
) -> String {
    let mut references: Vec<&StorePath> = references.into_iter().collect();
    references.sort_unstable();
    references.dedup();
    let mut text = type_.to_owned();
    for reference in references {
        text.push(':');
        text.push_str(reference.as_str());
    }
    if self_reference {
        text.push_str(":self");
    }
    text
}
