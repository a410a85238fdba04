//! `git:`, `git+https:`, … and `hg+https:`, …: repositories.

use super::{Result, Scheme, set_version};
use crate::attributes::{Attribute, Attributes};
use crate::error::FlakeRefError;
use crate::names::{is_bad_git_ref, is_ref_name};
use crate::url::{Url, transport};

/// `lfs` came with Nix 2.27; `verifyCommit` and the keys are an experimental feature.
pub(super) const GIT: Scheme = Scheme {
    name: "git",
    attributes: &[
        "url",
        "ref",
        "rev",
        "shallow",
        "submodules",
        "lfs",
        "exportIgnore",
        "lastModified",
        "revCount",
        "narHash",
        "allRefs",
        "name",
        "dirtyRev",
        "dirtyShortRev",
        "verifyCommit",
        "keytype",
        "publicKey",
        "publicKeys",
    ],
    from_url: git_from_url,
    check: check_git,
    to_url: git_to_url,
    with_version: |attributes, branch, revision| {
        set_version(attributes, branch, revision)?;
        if attributes.string("ref")?.is_none() && attributes.revision()?.is_some() {
            let message = format!("Git input '{}' has a commit hash but no branch/tag name", git_to_url(attributes)?);
            return Err(FlakeRefError::new(message));
        }
        Ok(())
    },
};

pub(super) const MERCURIAL: Scheme = Scheme {
    name: "hg",
    attributes: &["url", "ref", "rev", "revCount", "narHash", "name"],
    from_url: mercurial_from_url,
    check: check_mercurial,
    to_url: mercurial_to_url,
    with_version: set_version,
};

const FLAGS: [&str; 6] = ["shallow", "submodules", "lfs", "exportIgnore", "allRefs", "verifyCommit"];

/// The attributes of a URL: some parameters are the fetcher's, the others stay in `url`.
fn from_url(kind: &str, url: &Url, texts: &[&str], flags: &[&str]) -> Attributes {
    let mut inner = Url { scheme: transport(&url.scheme).into(), ..url.clone() };
    inner.query.clear();
    let mut attributes = Attributes::from_iter([("type", kind)]);
    for (name, value) in &url.query {
        if texts.contains(&name.as_str()) {
            attributes.insert(name, value.as_str());
        } else if flags.contains(&name.as_str()) {
            attributes.insert(name, Attribute::Bool(value == "1"));
        } else {
            inner.query.insert(name.clone(), value.clone());
        }
    }
    attributes.insert("url", inner.to_string());
    attributes
}

fn git_from_url(url: &Url, _: bool) -> Result<Option<Attributes>> {
    if !matches!(url.scheme.as_str(), "git" | "git+http" | "git+https" | "git+ssh" | "git+file") {
        return Ok(None);
    }
    let mut attributes = from_url("git", url, &["rev", "ref", "keytype", "publicKey", "publicKeys"], &FLAGS);
    check_git(&mut attributes)?;
    Ok(Some(attributes))
}

fn check_git(attributes: &mut Attributes) -> Result<()> {
    attributes.flag("verifyCommit")?;
    if let Some(branch) = attributes.string("ref")?.filter(|branch| is_bad_git_ref(branch)) {
        return Err(FlakeRefError::bad_url(format!("invalid Git branch/tag name '{branch}'")));
    }
    let url = complete(attributes.required("url")?);
    Url::parse(&url)?;
    attributes.insert("url", url);
    for flag in FLAGS {
        attributes.flag(flag)?;
    }
    Ok(())
}

/// What people write for a repository as a URL: `user@host:path` is SSH, and what has no scheme is a path.
fn complete(url: &str) -> String {
    let scp = (!url.starts_with('/')).then(|| url.rsplit_once(':')).flatten().and_then(|(before, path)| {
        // The user ends at the last `@` before any `/`, and the host at the last `:`.
        let limit = before.find('/').unwrap_or(before.len());
        let at = before[..limit].rfind('@')?;
        Some((&before[..at], &before[at + 1..], path))
    });
    match scp {
        Some((user, host, path)) => format!("ssh://{user}@{host}/{path}"),
        None if url.starts_with("file:") || url.contains("://") => url.to_string(),
        None => {
            let (authority, path) = (Some(String::new()), url.to_string());
            Url { scheme: "file".into(), authority, path, ..Url::default() }.to_string()
        }
    }
}

fn versioned(attributes: &Attributes) -> Result<Url> {
    let mut url = Url::parse(attributes.required("url")?)?;
    let branch = attributes.string("ref")?.map(str::to_string);
    for (name, value) in [("rev", attributes.revision()?), ("ref", branch)] {
        if let Some(value) = value {
            url.query.insert(name.into(), value);
        }
    }
    Ok(url)
}

fn git_to_url(attributes: &Attributes) -> Result<Url> {
    let mut url = versioned(attributes)?;
    if url.scheme != "git" {
        url.scheme = format!("git+{}", url.scheme);
    }
    for flag in FLAGS {
        if flag != "allRefs" && attributes.flag(flag)? {
            url.query.insert(flag.into(), "1".into());
        }
    }
    for name in ["keytype", "publicKey", "publicKeys"] {
        if let Some(value) = attributes.string(name)? {
            url.query.insert(name.into(), value.into());
        }
    }
    Ok(url)
}

fn mercurial_from_url(url: &Url, _: bool) -> Result<Option<Attributes>> {
    if !matches!(url.scheme.as_str(), "hg+http" | "hg+https" | "hg+ssh" | "hg+file") {
        return Ok(None);
    }
    let mut attributes = from_url("hg", url, &["rev", "ref"], &[]);
    check_mercurial(&mut attributes)?;
    Ok(Some(attributes))
}

fn check_mercurial(attributes: &mut Attributes) -> Result<()> {
    Url::parse(attributes.required("url")?)?;
    match attributes.string("ref")?.filter(|branch| !is_ref_name(branch)) {
        Some(branch) => Err(FlakeRefError::bad_url(format!("invalid Mercurial branch/tag name '{branch}'"))),
        None => Ok(()),
    }
}

fn mercurial_to_url(attributes: &Attributes) -> Result<Url> {
    let mut url = versioned(attributes)?;
    url.scheme = format!("hg+{}", url.scheme);
    Ok(url)
}
