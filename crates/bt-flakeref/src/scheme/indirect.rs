//! `flake:`: a name that a registry knows.

use super::{Result, Scheme, set_version};
use crate::attributes::Attributes;
use crate::error::FlakeRefError;
use crate::names::{is_flake_id, is_ref_name, is_revision};
use crate::url::Url;

pub(super) const INDIRECT: Scheme = Scheme {
    name: "indirect",
    attributes: &["id", "ref", "rev", "narHash"],
    from_url,
    check: |attributes| check_id(attributes.required("id")?),
    to_url,
    with_version: set_version,
};

fn check_id(id: &str) -> Result<()> {
    match is_flake_id(id) {
        true => Ok(()),
        false => Err(FlakeRefError::bad_url(format!("'{id}' is not a valid flake ID"))),
    }
}

fn from_url(url: &Url, _: bool) -> Result<Option<Attributes>> {
    if url.scheme != "flake" {
        return Ok(None);
    }
    let wrong =
        |part: &str, what: &str| Err(FlakeRefError::bad_url(format!("in flake URL '{url}', '{part}' is not a {what}")));
    let (id, branch, revision) = match url.segments()[..] {
        [id] => (id, None, None),
        [id, version] if is_revision(version) => (id, None, Some(version)),
        [id, version] if is_ref_name(version) => (id, Some(version), None),
        [_, version] => return wrong(version, "commit hash or branch/tag name"),
        [_, branch, _] if !is_ref_name(branch) => return wrong(branch, "branch/tag name"),
        [_, _, revision] if !is_revision(revision) => return wrong(revision, "commit hash"),
        [id, branch, revision] => (id, Some(branch), Some(revision)),
        // Nix calls it so.
        _ => return Err(FlakeRefError::bad_url(format!("GitHub URL '{url}' is invalid"))),
    };
    check_id(id)?;
    let mut attributes = Attributes::from_iter([("type", "indirect"), ("id", id)]);
    set_version(&mut attributes, branch, revision.map(str::to_ascii_lowercase).as_deref())?;
    Ok(Some(attributes))
}

fn to_url(attributes: &Attributes) -> Result<Url> {
    let mut path = attributes.required("id")?.to_string();
    let branch = attributes.string("ref")?.map(str::to_string);
    for version in [branch, attributes.revision()?].into_iter().flatten() {
        path.push('/');
        path.push_str(&version);
    }
    Ok(Url { scheme: "flake".into(), path, ..Url::default() })
}
