//! The kinds of references, a file each: from a URL to attributes, which attributes there may be, and back to a URL.

mod download;
mod git;
mod hosted;
mod indirect;
mod path;

use crate::attributes::Attributes;
use crate::error::FlakeRefError;
use crate::url::Url;

type Result<T> = std::result::Result<T, FlakeRefError>;

/// A kind of reference.
pub(crate) struct Scheme {
    /// `type`.
    pub name: &'static str,
    /// Attributes beside `type` and `dir`.
    pub attributes: &'static [&'static str],
    /// Attributes of a URL; `None` when the URL is of another kind. The flag says whether a tree is wanted, not a file.
    pub from_url: fn(&Url, bool) -> Result<Option<Attributes>>,
    /// Checks and completes attributes.
    pub check: fn(&mut Attributes) -> Result<()>,
    /// The URL of attributes, without `dir`.
    pub to_url: fn(&Attributes) -> Result<Url>,
    /// With another branch or revision.
    pub with_version: fn(&mut Attributes, Option<&str>, Option<&str>) -> Result<()>,
}

/// All kinds, sorted by name: the first that takes a URL has it.
const SCHEMES: [Scheme; 9] = [
    download::FILE,
    git::GIT,
    hosted::GITHUB,
    hosted::GITLAB,
    git::MERCURIAL,
    indirect::INDIRECT,
    path::PATH,
    hosted::SOURCEHUT,
    download::TARBALL,
];

/// The kind with a name.
pub(crate) fn find(name: &str) -> Option<&'static Scheme> {
    const ALL: &[Scheme] = &SCHEMES;
    ALL.iter().find(|scheme| scheme.name == name)
}

/// The attributes of a URL that has neither `dir` nor a fragment any more.
pub(crate) fn from_url(url: &Url, wants_tree: bool) -> Result<Attributes> {
    for scheme in &SCHEMES {
        if let Some(attributes) = (scheme.from_url)(url, wants_tree)? {
            return Ok(attributes);
        }
    }
    Err(FlakeRefError::new(format!("input '{url}' is unsupported")))
}

/// Most kinds take branch and revision as they come.
fn set_version(attributes: &mut Attributes, branch: Option<&str>, revision: Option<&str>) -> Result<()> {
    for (name, value) in [("ref", branch), ("rev", revision)] {
        if let Some(value) = value {
            attributes.insert(name, value);
        }
    }
    Ok(())
}

/// Kinds without versions.
fn no_version(attributes: &mut Attributes, branch: Option<&str>, revision: Option<&str>) -> Result<()> {
    let shown = |attributes: &Attributes| {
        let kind = attributes.string("type").ok().flatten().and_then(find);
        kind.and_then(|kind| (kind.to_url)(attributes).ok()).unwrap_or_default()
    };
    match (branch, revision) {
        (Some(branch), _) => Err(FlakeRefError::new(format!(
            "don't know how to set branch/tag name of input '{}' to '{branch}'",
            shown(attributes)
        ))),
        (None, Some(revision)) => Err(FlakeRefError::new(format!(
            "don't know how to set revision of input '{}' to '{revision}'",
            shown(attributes)
        ))),
        (None, None) => Ok(()),
    }
}
