//! `path:`: a directory.

use super::{Result, Scheme, no_version};
use crate::attributes::{Attribute, Attributes};
use crate::error::FlakeRefError;
use crate::url::Url;

pub(super) const PATH: Scheme = Scheme {
    name: "path",
    attributes: &["path", "rev", "revCount", "lastModified", "narHash"],
    from_url,
    check: |attributes| attributes.required("path").map(drop),
    to_url,
    with_version: no_version,
};

fn from_url(url: &Url, _: bool) -> Result<Option<Attributes>> {
    if url.scheme != "path" {
        return Ok(None);
    }
    if let Some(authority) = url.authority.as_deref().filter(|authority| !authority.is_empty()) {
        let message = format!("path URL '{url}' should not have an authority ('{authority}')");
        return Err(FlakeRefError::new(message));
    }
    let mut attributes = Attributes::from_iter([("type", "path"), ("path", &url.path)]);
    for (name, value) in &url.query {
        let attribute = match name.as_str() {
            "rev" | "narHash" => Attribute::from(value.as_str()),
            "revCount" | "lastModified" => match value.parse() {
                Ok(number) => Attribute::Integer(number),
                Err(_) => {
                    return Err(FlakeRefError::new(format!("path URL '{url}' has invalid parameter '{name}'")));
                }
            },
            _ => return Err(FlakeRefError::new(format!("path URL '{url}' has unsupported parameter '{name}'"))),
        };
        attributes.insert(name, attribute);
    }
    Ok(Some(attributes))
}

fn to_url(attributes: &Attributes) -> Result<Url> {
    let query = attributes.iter().filter(|(name, _)| !matches!(*name, "type" | "path"));
    Ok(Url {
        scheme: "path".into(),
        path: attributes.required("path")?.into(),
        query: query.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ..Url::default()
    })
}
