//! References.

use crate::attributes::{Attribute, Attributes};
use crate::error::FlakeRefError;
use crate::names::{is_flake_id, is_ref_name, is_revision};
use crate::scheme;
use crate::url::{Url, decode_query, percent_decode};
use bt_store::HashAlgorithm;

type Result<T> = std::result::Result<T, FlakeRefError>;

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Whether a flake is meant; with `flake = false`, `https://…` is a file unless it is named like an archive.
    pub is_flake: bool,
    /// Whether paths may be relative (`./x`), as in flake.nix.
    pub allows_relative: bool,
}

impl Reading {
    /// As `builtins.parseFlakeRef` and `builtins.getFlake` read.
    pub const STRICT: Reading = Reading { is_flake: true, allows_relative: false };

    /// As the `url` of an input of flake.nix is read.
    pub const fn input(is_flake: bool) -> Reading {
        Reading { is_flake, allows_relative: true }
    }
}

/// A reference to a flake or a source: what to fetch, and the folder in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FlakeRef {
    /// All but `dir`.
    input: Attributes,
    dir: String,
}

impl FlakeRef {
    /// Reads a text without a fragment: a name (`nixpkgs/branch`), a URL, or a path.
    ///
    /// Errors: none of these, a kind of URL that does not exist, parameters that do not belong to it, a fragment.
    pub fn parse(text: &str, reading: Reading) -> Result<FlakeRef> {
        match Self::parse_with_fragment(text, reading)? {
            (reference, fragment) if fragment.is_empty() => Ok(reference),
            (_, fragment) => {
                Err(FlakeRefError::new(format!("unexpected fragment '{fragment}' in flake reference '{text}'")))
            }
        }
    }

    /// Reads a text up to `#`, and gives back what follows, percent-encoding undone.
    ///
    /// Errors: as for [`FlakeRef::parse`], without the last.
    pub fn parse_with_fragment(text: &str, reading: Reading) -> Result<(FlakeRef, String)> {
        if let Some(url) = name_as_url(text)? {
            return from_url(url, reading.is_flake);
        }
        match Url::parse(text).and_then(|url| from_url(url, reading.is_flake)) {
            Err(error) if error.is_bad_url => {
                let path =
                    path_as_url(text, reading).map_err(|e| if text.contains(':') { e.because(&error) } else { e });
                from_url(path?, reading.is_flake)
            }
            other => other,
        }
    }

    /// From the attribute form, `dir` among them.
    ///
    /// Errors: no `type`, attributes that do not belong to it or have the wrong type. An unknown `type` is none: such a
    /// reference can be compared, but not printed.
    pub fn from_attributes(attributes: Attributes) -> Result<FlakeRef> {
        let mut input = attributes;
        let dir = input.string("dir")?.unwrap_or("").to_string();
        input.remove("dir");
        let Some(kind) = input.string("type")?.map(str::to_string) else {
            return Err(FlakeRefError::new("'type' attribute to specify input scheme is required but not provided"));
        };
        if let Some(scheme) = scheme::find(&kind) {
            let unknown = input.iter().find(|(name, _)| *name != "type" && !scheme.attributes.contains(name));
            if let Some((name, _)) = unknown {
                let message = format!("input attribute '{name}' not supported by scheme '{kind}'");
                return Err(FlakeRefError::new(message));
            }
            (scheme.check)(&mut input)?;
        }
        input.string("ref")?;
        input.integer("revCount")?;
        input.integer("lastModified")?;
        Ok(FlakeRef { input, dir })
    }

    /// A reference to a name in the registries.
    pub fn indirect(id: &str) -> FlakeRef {
        FlakeRef { input: Attributes::from_iter([("type", "indirect"), ("id", id)]), dir: String::new() }
    }

    /// A reference to a directory.
    pub fn path(path: &str) -> FlakeRef {
        FlakeRef { input: Attributes::from_iter([("type", "path"), ("path", path)]), dir: String::new() }
    }

    /// The attribute form.
    pub fn attributes(&self) -> Attributes {
        let mut attributes = self.input.clone();
        if !self.dir.is_empty() {
            attributes.insert("dir", self.dir.as_str());
        }
        attributes
    }

    /// The URL form.
    ///
    /// Errors: attributes that no URL can say, such as a `rev` that is no hash.
    pub fn to_url(&self) -> Result<String> {
        let Some(scheme) = scheme::find(self.kind()) else {
            return Err(FlakeRefError::new(format!("cannot show unsupported input '{}'", self.input.to_json())));
        };
        let mut url = (scheme.to_url)(&self.input)?;
        if !self.dir.is_empty() {
            url.query.entry("dir".into()).or_insert_with(|| self.dir.clone());
        }
        Ok(url.to_string())
    }

    /// For messages: the URL form where there is one, without the hash of the tree.
    pub fn display(&self) -> String {
        let mut shown = self.clone();
        shown.input.remove("narHash");
        shown.to_url().unwrap_or_else(|_| self.attributes().to_json().to_string())
    }

    /// A string attribute, `dir` among them.
    pub fn get(&self, name: &str) -> Option<&str> {
        match (name, self.input.get(name)) {
            ("dir", _) => Some(self.dir.as_str()).filter(|dir| !dir.is_empty()),
            (_, Some(Attribute::String(text))) => Some(text),
            _ => None,
        }
    }

    /// A number: `lastModified`, `revCount`.
    pub fn integer(&self, name: &str) -> Option<u64> {
        self.input.integer(name).ok().flatten()
    }

    /// A Boolean: `submodules`, `shallow`, …; false when nothing is said.
    pub fn flag(&self, name: &str) -> bool {
        self.input.flag(name).unwrap_or(false)
    }

    /// Whether there is an attribute.
    pub fn has(&self, name: &str) -> bool {
        self.input.get(name).is_some()
    }

    /// `type`: `github`, `path`, `indirect`, ….
    pub fn kind(&self) -> &str {
        self.get("type").unwrap_or("")
    }

    /// Whether it says where something is, and not only its name in a registry.
    pub fn is_direct(&self) -> bool {
        self.kind() != "indirect"
    }

    /// The path of a `path:` reference that is relative.
    pub fn relative_path(&self) -> Option<&str> {
        self.get("path").filter(|path| self.kind() == "path" && !path.starts_with('/'))
    }

    /// The name of the repository, or of the registry entry.
    pub fn repository(&self) -> Option<&str> {
        if let Some(name) = self.get("repo").or(self.get("id")) {
            return Some(name);
        }
        let url = self.get("url")?;
        let url = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
        let name = url.rsplit('/').next()?;
        Some(name.strip_suffix(".git").unwrap_or(name))
    }

    /// The same reference without a `?dir=` in its `url` that repeats `dir`: old versions of Nix wrote that to lock
    /// files. References of flake.nix and lock are compared in this form.
    pub fn canonical(&self) -> FlakeRef {
        let mut canonical = self.clone();
        if let Some(mut url) = self.get("url").and_then(|url| Url::parse(url).ok()) {
            if !self.dir.is_empty() && url.query.get("dir") == Some(&self.dir) {
                url.query.remove("dir");
            }
            canonical.input.insert("url", url.to_string());
        }
        canonical
    }

    /// Whether another reference is this one, perhaps at another branch or revision.
    pub(crate) fn contains(&self, other: &FlakeRef) -> bool {
        if self.input == other.input {
            return true;
        }
        let mut other = other.input.clone();
        other.remove("ref");
        other.remove("rev");
        self.input == other
    }

    pub(crate) fn same_input(&self, other: &FlakeRef) -> bool {
        self.input == other.input
    }

    /// The branch, as written, and the revision in base 16.
    pub(crate) fn version(&self) -> Result<(Option<&str>, Option<String>)> {
        Ok((self.input.string("ref")?, self.input.revision()?))
    }

    /// The same at another branch or revision.
    ///
    /// Errors: the kind has none, or cannot have both.
    pub(crate) fn with_version(&self, branch: Option<&str>, revision: Option<&str>) -> Result<FlakeRef> {
        let mut changed = self.clone();
        if let Some(scheme) = scheme::find(self.kind()) {
            (scheme.with_version)(&mut changed.input, branch, revision)?;
        }
        Ok(changed)
    }

    /// Replaces `dir`.
    pub fn with_dir(mut self, dir: &str) -> FlakeRef {
        self.dir = dir.to_string();
        self
    }

    /// The hash of the tree, when there is a well-formed one.
    pub fn nar_hash(&self) -> Option<bt_store::Hash> {
        bt_store::Hash::parse_any(self.get("narHash")?, Some(HashAlgorithm::Sha256)).ok()
    }
}

fn from_url(mut url: Url, is_flake: bool) -> Result<(FlakeRef, String)> {
    let dir = url.query.remove("dir").unwrap_or_default();
    let fragment = std::mem::take(&mut url.fragment);
    Ok((FlakeRef { input: scheme::from_url(&url, is_flake)?, dir }, fragment))
}

/// `name`, `name/branch`, `name/revision`, `name/branch/revision`, with a fragment: short for `flake:…`.
fn name_as_url(text: &str) -> Result<Option<Url>> {
    let (path, fragment) = text.split_once('#').map_or((text, None), |(path, fragment)| (path, Some(fragment)));
    let (id, version) = path.split_once('/').map_or((path, None), |(id, version)| (id, Some(version)));
    let is_name = is_flake_id(id)
        && version.is_none_or(|version| is_revision(version) || is_ref_name(version))
        && fragment.is_none_or(Url::is_fragment);
    if !is_name {
        return Ok(None);
    }
    Ok(Some(Url {
        scheme: "flake".into(),
        authority: Some(String::new()),
        path: path.into(),
        fragment: percent_decode(fragment.unwrap_or(""))?,
        ..Url::default()
    }))
}

/// `/path`, `./path`, …, with query and fragment; the path is taken as it is, without percent-encoding.
fn path_as_url(text: &str, reading: Reading) -> Result<Url> {
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if fragment.contains(['\n', '\r']) {
        return Err(FlakeRefError::new(format!("invalid flakeref '{text}'")));
    }
    let (query, fragment) = (decode_query(query)?, percent_decode(fragment)?);
    if !reading.allows_relative && !path.starts_with('/') {
        return Err(FlakeRefError::bad_url(format!("flake reference '{text}' is not an absolute path")));
    }
    Ok(Url { scheme: "path".into(), authority: Some(String::new()), path: path.into(), query, fragment })
}
