//! `file+https:`, `tarball+https:`, …: what is downloaded, kept as a file or unpacked.

use super::{Result, Scheme, no_version};
use crate::attributes::{Attribute, Attributes};
use crate::url::{Url, application, transport};

const fn scheme(name: &'static str, from_url: fn(&Url, bool) -> Result<Option<Attributes>>) -> Scheme {
    Scheme { name, attributes: ATTRIBUTES, from_url, check: |_| Ok(()), to_url, with_version: no_version }
}

pub(super) const FILE: Scheme =
    scheme("file", |url, wants_tree| Ok(from_url("file", url, !wants_tree && !is_archive(&url.path))));
pub(super) const TARBALL: Scheme =
    scheme("tarball", |url, wants_tree| Ok(from_url("tarball", url, wants_tree || is_archive(&url.path))));

const ATTRIBUTES: &[&str] = &["url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"];

fn is_archive(path: &str) -> bool {
    [".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"].iter().any(|end| path.ends_with(end))
}

/// Without `file+` or `tarball+`, the path and what is wanted decide.
fn from_url(name: &str, url: &Url, by_itself: bool) -> Option<Attributes> {
    let is_meant = application(&url.scheme).map_or(by_itself, |application| application == name);
    if !is_meant || !matches!(transport(&url.scheme), "file" | "http" | "https") {
        return None;
    }
    let mut inner = Url { scheme: transport(&url.scheme).into(), ..url.clone() };
    let mut attributes = Attributes::from_iter([("type", name)]);
    for parameter in ATTRIBUTES.iter().chain(&["type"]) {
        let Some(value) = inner.query.remove(*parameter) else { continue };
        match *parameter {
            "narHash" | "rev" => attributes.insert(*parameter, value),
            "revCount" | "lastModified" => {
                if let Ok(number) = value.parse() {
                    attributes.insert(*parameter, Attribute::Integer(number));
                }
            }
            _ => {}
        }
    }
    attributes.insert("url", inner.to_string());
    Some(attributes)
}

fn to_url(attributes: &Attributes) -> Result<Url> {
    let mut url = Url::parse(attributes.required("url")?)?;
    if let Some(hash) = attributes.nar_hash()? {
        url.query.insert("narHash".into(), hash);
    }
    Ok(url)
}
