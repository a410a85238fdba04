//! Flake references as URLs and as attribute sets (Nix manual, "nix flake", "Flake references").

use super::Builtin;
use super::attrs::attrs;
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::value::Value;
use std::collections::BTreeMap;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("parseFlakeRef", 1, 1, parse_flake_ref),
    Builtin::new("flakeRefToString", 1, 1, flake_ref_to_string),
];

/// Attributes that are numbers or Booleans in the attribute set.
const NUMBERS: &[&str] = &["lastModified", "revCount"];
const BOOLEANS: &[&str] = &["submodules", "shallow", "allRefs", "exportIgnore", "lfs", "verifyCommit", "unpack"];

type Attributes = BTreeMap<String, String>;

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Other, message)
}

fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `%2F` and the like.
fn percent_decode(text: &str) -> Result<String> {
    let bad = || invalid(format!("invalid URI parameter '{text}'"));
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
            _ => return Err(bad()),
        }
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

fn percent_encode(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || kept.contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The attributes of the URL form.
fn parse(url: &str) -> Result<Attributes> {
    if url.contains('#') {
        return Err(invalid(format!("unexpected fragment in flake reference '{url}'")));
    }
    let (main, query) = url.split_once('?').unwrap_or((url, ""));
    let mut attributes = parse_main(main, url)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        attributes.insert(percent_decode(name)?, percent_decode(value)?);
    }
    Ok(attributes)
}

fn parse_main(main: &str, url: &str) -> Result<Attributes> {
    let of = |pairs: &[(&str, &str)]| -> Result<Attributes> {
        pairs.iter().map(|(name, value)| Ok((name.to_string(), percent_decode(value)?))).collect()
    };
    let not_valid = || invalid(format!("'{url}' is not a valid URL"));
    let Some((scheme, rest)) = main.split_once(':') else {
        if main.starts_with('.') {
            return Err(invalid(format!("flake reference '{url}' is not allowed to be relative")));
        }
        return if main.starts_with('/') {
            of(&[("type", "path"), ("path", main)])
        } else {
            indirect(main).ok_or_else(not_valid)
        };
    };
    match scheme {
        "flake" => indirect(rest).ok_or_else(not_valid),
        "path" => of(&[("type", "path"), ("path", rest)]),
        "github" | "gitlab" | "sourcehut" => {
            let parts: Vec<&str> = rest.splitn(3, '/').collect();
            match parts[..] {
                [owner, repo] => of(&[("type", scheme), ("owner", owner), ("repo", repo)]),
                [owner, repo, version] => {
                    let name = if is_revision(version) { "rev" } else { "ref" };
                    of(&[("type", scheme), ("owner", owner), ("repo", repo), (name, version)])
                }
                _ => Err(not_valid()),
            }
        }
        "git" => of(&[("type", "git"), ("url", main)]),
        "http" | "https" | "file" => {
            let archive = ["zip", "tar", "tgz", "tar.gz", "tar.xz", "tar.bz2", "tar.zst"];
            let is_archive = archive.iter().any(|end| rest.strip_suffix(end).is_some_and(|name| name.ends_with('.')));
            of(&[("type", if is_archive { "tarball" } else { "file" }), ("url", main)])
        }
        _ => match scheme.split_once('+') {
            Some((kind @ ("git" | "hg" | "tarball" | "file"), transport)) => {
                let mut attributes = of(&[("type", kind)])?;
                attributes.insert("url".to_string(), format!("{transport}:{rest}"));
                Ok(attributes)
            }
            _ => Err(invalid(format!("input '{url}' is unsupported"))),
        },
    }
}

/// `nixpkgs`, `nixpkgs/branch`, `nixpkgs/branch/revision`
fn indirect(text: &str) -> Option<Attributes> {
    let mut parts = text.split('/');
    let id = parts.next().filter(|id| id.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let mut attributes = Attributes::from([("type".into(), "indirect".into()), ("id".into(), id.into())]);
    let rest: Vec<&str> = parts.collect();
    match rest[..] {
        [] => {}
        [version] => drop(attributes.insert(if is_revision(version) { "rev" } else { "ref" }.into(), version.into())),
        [reference, revision] if is_revision(revision) => {
            attributes.insert("ref".into(), reference.into());
            attributes.insert("rev".into(), revision.into());
        }
        _ => return None,
    }
    Some(attributes)
}

/// `parseFlakeRef url`: the attributes of a flake reference.
fn parse_flake_ref<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let attributes = parse(ev.force_plain(args[0])?)?;
    let mut set = AttrsBuilder::with_capacity(attributes.len());
    for (name, text) in attributes {
        let value = match text.parse::<i64>() {
            Ok(number) if NUMBERS.contains(&name.as_str()) => Value::Int(number),
            _ if BOOLEANS.contains(&name.as_str()) => Value::Bool(text == "1"),
            _ => ev.string(text),
        };
        set.push(ev.symbols.intern(&name), value);
    }
    Ok(Value::Attrs(set.finish(ev.arena)))
}

/// `flakeRefToString attributes`: the URL form.
fn flake_ref_to_string<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let mut attributes = Attributes::new();
    for (name, attr) in ev.sorted_entries(attrs(ev, args[0])?) {
        let text = match ev.force_slot(&attr.value)? {
            Value::Int(number) if number < 0 => {
                return Err(invalid(format!("negative value given for flake ref attr {name}: {number}")));
            }
            Value::Int(number) => number.to_string(),
            Value::Bool(flag) => if flag { "1" } else { "0" }.to_string(),
            Value::String(_) => ev.force_plain(crate::value::share(&attr.value))?.to_string(),
            other => {
                let kind = other.type_with_article();
                return Err(Error::new(
                    ErrorKind::Type,
                    format!(
                        "flake reference attribute sets may only contain integers, Booleans, and strings, but attribute '{name}' is {kind}"
                    ),
                ));
            }
        };
        attributes.insert(name.to_string(), text);
    }
    Ok(ev.string(to_url(attributes)?))
}

fn to_url(mut attributes: Attributes) -> Result<String> {
    let mut take = |name: &str| attributes.remove(name);
    let required = |name: &str, value: Option<String>| {
        value.ok_or_else(|| invalid(format!("input attribute '{name}' is missing")))
    };
    let kind = required("type", take("type"))?;
    let mut url = match kind.as_str() {
        "indirect" => format!("flake:{}", required("id", take("id"))?),
        "path" => format!("path:{}", percent_encode(&required("path", take("path"))?, "/!$&'()*+,;=:@")),
        "github" | "gitlab" | "sourcehut" => {
            format!("{kind}:{}/{}", required("owner", take("owner"))?, required("repo", take("repo"))?)
        }
        "git" | "hg" => {
            let url = required("url", take("url"))?;
            if url.starts_with("git:") { url } else { format!("{kind}+{url}") }
        }
        "tarball" | "file" => required("url", take("url"))?,
        other => return Err(invalid(format!("input type '{other}' is unsupported"))),
    };
    if matches!(kind.as_str(), "indirect" | "github" | "gitlab" | "sourcehut") {
        for version in [take("ref"), take("rev")].into_iter().flatten() {
            url.push('/');
            url.push_str(&version);
        }
    }
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in attributes {
        url.push(separator);
        url.push_str(&format!("{}={}", percent_encode(&name, ""), percent_encode(&value, ":@/?")));
        separator = '&';
    }
    Ok(url)
}
