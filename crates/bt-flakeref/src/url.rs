//! URLs as Nix takes them apart (RFC 3986, somewhat laxer: quotes everywhere, spaces in queries and fragments).

use crate::error::FlakeRefError;
use std::collections::BTreeMap;
use std::fmt;

/// A URL in parts, percent-encoding undone (except in the authority and in names of the query).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Url {
    pub scheme: String,
    /// What stands after `//`, as it is; `None` when there is no `//`.
    pub authority: Option<String>,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub fragment: String,
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_sub_delimiter(byte: u8) -> bool {
    b"!$&'\"()*+,;=".contains(&byte)
}

/// Whether a text has only unreserved bytes, delimiters, `more`, and `%` with two digits.
fn has_only(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_hex = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_hexdigit());
        let fine = match byte {
            b'%' => is_hex(bytes.next()) && is_hex(bytes.next()),
            _ => is_unreserved(byte) || is_sub_delimiter(byte) || more.contains(&byte),
        };
        if !fine {
            return false;
        }
    }
    true
}

/// `[user@]host[:port]`, the host a name or an IPv6 address.
fn is_authority(text: &str) -> bool {
    let host = match text.split_once('@') {
        Some((user, host)) if has_only(user, b":") => host,
        Some(_) => return false,
        None => text,
    };
    is_host(host)
        || host
            .rsplit_once(':')
            .is_some_and(|(host, port)| is_host(host) && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_host(text: &str) -> bool {
    has_only(text, b"")
        || is_ipv6(text)
        || text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).is_some_and(is_ipv6)
}

fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let is_zone = !zone.is_empty() && zone.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_zone && !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(&b))
}

/// The text before the first of some characters, and what follows that character.
fn split_before(text: &str, ends: char) -> (&str, Option<&str>) {
    text.split_once(ends).map_or((text, None), |(before, after)| (before, Some(after)))
}

impl Url {
    /// Takes a URL apart.
    ///
    /// Errors (of the kind that lets callers try a path): no URL, or `file:` with a host.
    pub fn parse(text: &str) -> Result<Url, FlakeRefError> {
        let invalid = || FlakeRefError::bad_url(format!("'{text}' is not a valid URL"));
        let (rest, fragment) = split_before(text, '#');
        let (rest, query) = split_before(rest, '?');
        let (scheme, rest) = rest.split_once(':').ok_or_else(invalid)?;
        let (query, fragment) = (query.unwrap_or(""), fragment.unwrap_or(""));
        let with_authority = rest.strip_prefix("//").map(|rest| rest.split_at(rest.find('/').unwrap_or(rest.len())));
        let (authority, path) = match with_authority {
            Some((authority, path)) if is_authority(authority) => (Some(authority), path),
            _ => (None, rest),
        };
        let is_url =
            is_scheme(scheme) && has_only(path, b":@/") && has_only(query, b":@/? ") && Self::is_fragment(fragment);
        if !is_url {
            return Err(invalid());
        }
        let is_file = transport(scheme) == "file";
        if let Some(authority) = authority.filter(|authority| is_file && !authority.is_empty()) {
            let message = format!("file:// URL '{text}' has unexpected authority '{authority}'");
            return Err(FlakeRefError::bad_url(message));
        }
        Ok(Url {
            scheme: scheme.into(),
            authority: authority.map(str::to_string),
            path: if is_file && path.is_empty() { "/".into() } else { percent_decode(path)? },
            query: decode_query(query)?,
            fragment: percent_decode(fragment)?,
        })
    }

    /// Whether a text may be a fragment.
    pub fn is_fragment(text: &str) -> bool {
        has_only(text, b":@/? ^")
    }

    /// The parts of the path that are not empty.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }
}

/// The part of a scheme before `+`, such as `git` of `git+https`.
pub(crate) fn application(scheme: &str) -> Option<&str> {
    scheme.split_once('+').map(|(application, _)| application)
}

/// The part of a scheme after `+`, or all of it.
pub(crate) fn transport(scheme: &str) -> &str {
    scheme.split_once('+').map_or(scheme, |(_, transport)| transport)
}

/// Undoes percent-encoding.
///
/// Errors: `%` without two digits, and what is not UTF-8 then (which Nix would keep as bytes).
pub(crate) fn percent_decode(text: &str) -> Result<String, FlakeRefError> {
    let invalid = || FlakeRefError::bad_url(format!("invalid URI parameter '{text}'"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
            _ => return Err(invalid()),
        }
    }
    String::from_utf8(bytes).map_err(|_| invalid())
}

/// The pairs of a query; the first of the same name counts, and what has no `=` is nothing.
pub(crate) fn decode_query(query: &str) -> Result<BTreeMap<String, String>, FlakeRefError> {
    let mut pairs = BTreeMap::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = percent_decode(value)?;
        pairs.entry(name.to_string()).or_insert(value);
    }
    Ok(pairs)
}

fn percent_encode(f: &mut fmt::Formatter<'_>, text: &str, kept: &[u8]) -> fmt::Result {
    for byte in text.bytes() {
        if is_unreserved(byte) || kept.contains(&byte) {
            write!(f, "{}", char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(authority) = &self.authority {
            write!(f, "//{authority}")?;
        }
        percent_encode(f, &self.path, b":@/")?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            f.write_str(if index == 0 { "?" } else { "&" })?;
            percent_encode(f, name, b":@/?")?;
            f.write_str("=")?;
            percent_encode(f, value, b":@/?")?;
        }
        if !self.fragment.is_empty() {
            f.write_str("#")?;
            percent_encode(f, &self.fragment, b"")?;
        }
        Ok(())
    }
}
