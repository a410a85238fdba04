//! Which references lead to nixpkgs, and which of its branches are supported.

use crate::date::{day_of, parse_date};
use bt_flake::FlakeRef;

/// When the table was last compared with the announcements of NixOS.
pub(crate) const AS_OF: &str = "2026-11-23";

/// Releases by name, with the days of their release and of the end of their security support
/// (nixos.org/blog/announcements, endoflife.date/nixos).
const RELEASES: &[(&str, &str, &str)] = &[
    ("13.10", "2013-10-31", "2014-05-31"),
    ("14.04", "2014-04-30", "2015-01-31"),
    ("14.12", "2014-12-30", "2015-09-30"),
    ("15.09", "2015-09-30", "2016-04-30"),
    ("16.03", "2016-03-31", "2016-10-30"),
    ("16.09", "2016-09-30", "2017-04-30"),
    ("17.03", "2017-03-31", "2017-10-30"),
    ("17.09", "2017-09-29", "2018-04-30"),
    ("18.03", "2018-04-04", "2018-10-30"),
    ("18.09", "2018-10-05", "2019-04-30"),
    ("19.03", "2019-04-11", "2019-10-30"),
    ("19.09", "2019-10-09", "2020-04-30"),
    ("20.03", "2020-04-20", "2020-10-30"),
    ("20.09", "2020-10-27", "2021-06-30"),
    ("21.05", "2021-05-31", "2021-12-31"),
    ("21.11", "2021-11-30", "2022-06-30"),
    ("22.05", "2022-05-30", "2022-12-31"),
    ("22.11", "2022-11-30", "2023-06-30"),
    ("23.05", "2023-05-31", "2023-12-31"),
    ("23.11", "2023-11-29", "2024-06-30"),
    ("24.05", "2024-05-31", "2024-12-31"),
    ("24.11", "2024-11-30", "2025-06-30"),
    ("25.05", "2025-05-23", "2025-12-31"),
    ("25.11", "2025-11-30", "2026-06-30"),
    ("26.05", "2026-05-30", "2026-12-31"),
];

/// Branches that move on for ever, after tests.
const ROLLING: &[&str] = &["nixos-unstable", "nixos-unstable-small", "nixpkgs-unstable"];

/// Branches where nixpkgs is developed.
const DEVELOPMENT: &[&str] =
    &["master", "staging", "staging-next", "staging-nixos", "haskell-updates", "python-updates"];

/// What a branch of nixpkgs is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// It moves on after tests, or belongs to a release that is supported, or that the table does not know yet.
    Supported,
    /// It belongs to a release without support since this day.
    Ended(&'static str),
    /// Where changes arrive, before anything was tested.
    Development,
    /// Some other branch.
    Other,
}

/// What a branch or tag of nixpkgs is at a time.
pub(crate) fn channel(branch: &str, now: i64) -> Channel {
    let name = branch.trim_start_matches("refs/").trim_start_matches("heads/").trim_start_matches("tags/");
    if ROLLING.contains(&name) {
        return Channel::Supported;
    }
    if DEVELOPMENT.contains(&name) {
        return Channel::Development;
    }
    let Some(release) = release_of(name) else { return Channel::Other };
    match RELEASES.iter().find(|(known, ..)| *known == release) {
        Some((.., end)) if has_passed(end, now) => Channel::Ended(end),
        Some(_) => Channel::Supported,
        // Newer than the table, or no release at all.
        None if RELEASES.last().is_some_and(|(newest, ..)| release > *newest) => Channel::Supported,
        None => Channel::Other,
    }
}

/// The release that a branch (`nixos-24.05-small`, `release-24.05`) or tag (`24.05`) belongs to.
fn release_of(name: &str) -> Option<&str> {
    let is_release = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() == 5 && bytes.iter().enumerate().all(|(i, b)| if i == 2 { *b == b'.' } else { b.is_ascii_digit() })
    };
    let prefixes = ["nixos-", "nixpkgs-", "release-", "staging-next-", "staging-", ""];
    let rest = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let (release, rest) = (rest.get(..5)?, rest.get(5..)?);
    let is_known = matches!(rest, "" | "-small" | "-darwin" | "-aarch64" | "-beta" | "-pre");
    (is_release(release) && is_known).then_some(release)
}

/// The end of a day is after a time.
fn has_passed(day: &str, now: i64) -> bool {
    parse_date(day).is_some_and(|start| now >= start + crate::date::DAY)
}

/// The newest release at a time, and the day on which its support ends.
pub(crate) fn newest_release(now: i64) -> Option<(&'static str, &'static str)> {
    let today = day_of(now);
    let supported = RELEASES.iter().rev().find(|(_, from, end)| *from <= today.as_str() && !has_passed(end, now));
    supported.map(|(name, _, end)| (*name, *end))
}

/// A repository, as far as a reference says which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Repository {
    /// In lower case.
    pub host: String,
    pub owner: String,
    pub name: String,
}

impl Repository {
    /// The repository that a reference leads to; of registry names, that of nixpkgs is known.
    pub fn of(reference: &FlakeRef) -> Option<Repository> {
        let own = |host: &str, owner: &str, name: &str| {
            let name = name.strip_suffix(".git").unwrap_or(name);
            let is_complete = !owner.is_empty() && !name.is_empty();
            let host = host.to_ascii_lowercase();
            is_complete.then(|| Repository { host, owner: owner.into(), name: name.into() })
        };
        let default_host = match reference.kind() {
            "indirect" => return (reference.get("id")? == "nixpkgs").then(Repository::upstream),
            "github" => "github.com",
            "gitlab" => "gitlab.com",
            "sourcehut" => "git.sr.ht",
            _ => "",
        };
        if !default_host.is_empty() {
            let host = reference.get("host").unwrap_or(default_host);
            return own(host, reference.get("owner")?, reference.get("repo")?);
        }
        let (host, path) = host_and_path(reference.get("url")?)?;
        if is_channel_host(&host) {
            return Some(Repository::upstream());
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (reference.kind(), parts.as_slice()) {
            ("git", [.., owner, name]) => own(&host, owner, name),
            ("tarball" | "file", [owner, name, "archive", ..]) if host == "github.com" => own(&host, owner, name),
            _ => None,
        }
    }

    /// That of NixOS.
    pub fn upstream() -> Repository {
        Repository { host: "github.com".into(), owner: "NixOS".into(), name: "nixpkgs".into() }
    }

    /// Whether this is nixpkgs, whoever owns it.
    pub fn is_nixpkgs(&self) -> bool {
        self.name.eq_ignore_ascii_case("nixpkgs")
    }

    /// Whether this is the nixpkgs of NixOS. GitHub does not mind upper and lower case.
    pub fn is_upstream(&self) -> bool {
        self.host == "github.com" && self.owner.eq_ignore_ascii_case("NixOS") && self.is_nixpkgs()
    }

    /// The same for all ways to write it.
    pub fn identity(&self) -> (String, String, String) {
        (self.host.clone(), self.owner.to_ascii_lowercase(), self.name.to_ascii_lowercase())
    }
}

/// Servers of the channels of NixOS.
fn is_channel_host(host: &str) -> bool {
    matches!(host, "channels.nixos.org" | "releases.nixos.org" | "nixos.org")
}

/// Host in lower case and path of a URL, without user, port and parameters.
fn host_and_path(url: &str) -> Option<(String, &str)> {
    let rest = url.split_once("://")?.1;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    Some((host.to_ascii_lowercase(), path))
}

/// The branch of nixpkgs that a reference names.
pub(crate) fn branch(reference: &FlakeRef) -> Option<&str> {
    if let Some(branch) = reference.get("ref") {
        return Some(branch);
    }
    // https://channels.nixos.org/nixos-24.05/nixexprs.tar.xz, https://nixos.org/channels/nixos-24.05/nixexprs.tar.xz
    let (host, path) = host_and_path(reference.get("url")?)?;
    let path = path.strip_prefix("channels/").unwrap_or(path);
    is_channel_host(&host).then(|| path.split('/').next()).flatten().filter(|name| release_or_rolling(name))
}

fn release_or_rolling(name: &str) -> bool {
    ROLLING.contains(&name) || release_of(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str) -> i64 {
        parse_date(day).unwrap()
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(RELEASES.is_sorted());
        for (name, from, end) in RELEASES {
            assert!(parse_date(from).unwrap() < parse_date(end).unwrap(), "{name}");
        }
        assert!(parse_date(AS_OF).unwrap() >= parse_date(RELEASES.last().unwrap().1).unwrap());
    }

    #[test]
    fn branches_at_a_date() {
        let of = |name: &str| channel(name, at("2026-10-01"));
        for name in
            ["nixos-unstable", "nixos-26.05", "nixos-26.05-small", "refs/heads/nixpkgs-26.05-darwin", "nixos-26.11"]
        {
            assert_eq!(of(name), Channel::Supported, "{name}");
        }
        for name in ["nixos-25.11", "release-25.11", "nixpkgs-25.11-darwin", "25.11"] {
            assert_eq!(of(name), Channel::Ended("2026-06-30"), "{name}");
        }
        assert_eq!([of("master"), of("refs/heads/staging")], [Channel::Development; 2]);
        assert_eq!([of("my-branch"), of("nixos-25.07"), of("nixos-2x.05"), of("nixos")], [Channel::Other; 4]);
        // On its last day a release is still supported.
        assert_eq!(channel("nixos-25.11", at("2026-06-30") + 86_399), Channel::Supported);
        assert_eq!(channel("nixos-25.11", at("2026-07-01")), Channel::Ended("2026-06-30"));
    }

    #[test]
    fn the_newest_release() {
        assert_eq!(newest_release(at("2026-10-01")), Some(("26.05", "2026-12-31")));
        assert_eq!(newest_release(at("2026-05-29")), Some(("25.11", "2026-06-30")));
        assert_eq!(newest_release(at("2030-01-01")), None);
        assert_eq!(newest_release(0), None);
    }
}
