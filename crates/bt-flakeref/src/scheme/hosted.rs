//! `github:`, `gitlab:` and `sourcehut:`: archives of repositories.

use super::{Result, Scheme};
use crate::attributes::Attributes;
use crate::error::FlakeRefError;
use crate::names::{is_host, is_ref_name, is_revision};
use crate::url::Url;
use bt_store::{Hash, HashAlgorithm};

const fn scheme(name: &'static str, from_url: fn(&Url, bool) -> Result<Option<Attributes>>) -> Scheme {
    Scheme {
        name,
        attributes: &["owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"],
        from_url,
        check: |attributes| attributes.required("owner").and_then(|_| attributes.required("repo")).map(drop),
        to_url,
        with_version,
    }
}

pub(super) const GITHUB: Scheme = scheme("github", |url, _| from_url("github", url));
pub(super) const GITLAB: Scheme = scheme("gitlab", |url, _| from_url("gitlab", url));
pub(super) const SOURCEHUT: Scheme = scheme("sourcehut", |url, _| from_url("sourcehut", url));

fn from_url(name: &str, url: &Url) -> Result<Option<Attributes>> {
    if url.scheme != name {
        return Ok(None);
    }
    let bad = |message: String| Err(FlakeRefError::bad_url(message));
    let segments = url.segments();
    let [owner, repository, version @ ..] = &segments[..] else {
        return bad(format!("URL '{url}' is invalid"));
    };
    let (mut branch, mut revision) = (None, None);
    match version {
        [] => {}
        [version] if is_revision(version) => revision = Some(version.to_ascii_lowercase()),
        [version] if is_ref_name(version) => branch = Some(version.to_string()),
        [version] => return bad(format!("in URL '{url}', '{version}' is not a commit hash or branch/tag name")),
        parts => {
            let joined = parts.join("/");
            if !is_ref_name(&joined) {
                return bad(format!("in URL '{url}', '{joined}' is not a branch/tag name"));
            }
            branch = Some(joined);
        }
    }
    let mut host = None;
    for (name, value) in &url.query {
        match name.as_str() {
            "rev" if revision.is_some() => return bad(format!("URL '{url}' contains multiple commit hashes")),
            "rev" => revision = Some(Hash::parse_any(value, Some(HashAlgorithm::Sha1))?.to_base16()),
            "ref" if !is_ref_name(value) => return bad(format!("URL '{url}' contains an invalid branch/tag name")),
            "ref" if branch.is_some() => return bad(format!("URL '{url}' contains multiple branch/tag names")),
            "ref" => branch = Some(value.clone()),
            "host" if !is_host(value) => return bad(format!("URL '{url}' contains an invalid instance host")),
            "host" => host = Some(value.clone()),
            _ => {}
        }
    }
    if let (Some(branch), Some(revision)) = (&branch, &revision) {
        let message = format!("URL '{url}' contains both a commit hash and a branch/tag name {branch} {revision}");
        return bad(message);
    }
    let mut attributes = Attributes::from_iter([("type", name), ("owner", owner), ("repo", repository)]);
    let hash = url.query.get("narHash").cloned();
    for (name, value) in [("ref", branch), ("rev", revision), ("host", host), ("narHash", hash)] {
        if let Some(value) = value {
            attributes.insert(name, value);
        }
    }
    Ok(Some(attributes))
}

/// Nix before 2.28 does not print `host`, so that the reference means another one; and it aborts when there are both a
/// branch and a revision.
fn to_url(attributes: &Attributes) -> Result<Url> {
    let mut path = format!("{}/{}", attributes.required("owner")?, attributes.required("repo")?);
    let version = match (attributes.string("ref")?, attributes.revision()?) {
        (Some(branch), Some(revision)) => {
            let message =
                format!("input '{path}' has both a commit hash ({revision}) and a branch/tag name ('{branch}')");
            return Err(FlakeRefError::new(message));
        }
        (branch, revision) => revision.or(branch.map(str::to_string)),
    };
    if let Some(version) = version {
        path.push('/');
        path.push_str(&version);
    }
    let mut url = Url { scheme: attributes.required("type")?.into(), path, ..Url::default() };
    let host = attributes.string("host")?.map(str::to_string);
    for (name, value) in [("narHash", attributes.nar_hash()?), ("host", host)] {
        if let Some(value) = value {
            url.query.insert(name.into(), value);
        }
    }
    Ok(url)
}

fn with_version(attributes: &mut Attributes, branch: Option<&str>, revision: Option<&str>) -> Result<()> {
    if let (Some(branch), Some(revision)) = (branch, revision) {
        return Err(FlakeRefError::bad_url(format!(
            "cannot apply both a commit hash ({revision}) and a branch/tag name ('{branch}') to input '{}'",
            to_url(attributes)?
        )));
    }
    for (name, value, other) in [("rev", revision, "ref"), ("ref", branch, "rev")] {
        if let Some(value) = value {
            attributes.insert(name, value);
            attributes.remove(other);
        }
    }
    Ok(())
}
