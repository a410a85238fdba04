//! Flake references (Nix manual, "nix flake", "Flake references").

use std::collections::BTreeMap;

/// A flake reference as attributes: `type`, `owner`, `repo`, `url`, `path`, `ref`, `rev`, `dir`, …
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlakeRef {
    attributes: BTreeMap<String, String>,
}

impl FlakeRef {
    /// A reference with the given attributes.
    pub fn from_attributes(attributes: impl IntoIterator<Item = (String, String)>) -> Self {
        FlakeRef { attributes: attributes.into_iter().collect() }
    }

    fn of(kind: &str, attributes: &[(&str, &str)]) -> Self {
        let pairs = std::iter::once(("type", kind)).chain(attributes.iter().copied());
        FlakeRef::from_attributes(pairs.map(|(k, v)| (k.to_string(), v.to_string())))
    }

    /// Parses the URL form: `github:owner/repo/ref`, `path:./x`, `./x`, `git+https://…`, `nixpkgs/branch`, ….
    pub fn parse(url: &str) -> Self {
        let (main, query) = url.split_once('?').unwrap_or((url, ""));
        let (main, fragmentless) = (main.split_once('#').map_or(main, |(m, _)| m), query);
        let mut reference = Self::parse_main(main);
        for pair in fragmentless.split('#').next().unwrap_or("").split('&').filter(|p| !p.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            reference.attributes.insert(key.to_string(), value.to_string());
        }
        reference
    }

    fn parse_main(url: &str) -> Self {
        if url.starts_with('.') || url.starts_with('/') {
            return Self::of("path", &[("path", url)]);
        }
        let Some((scheme, rest)) = url.split_once(':') else {
            let mut parts = url.splitn(3, '/');
            let mut reference = Self::of("indirect", &[("id", parts.next().unwrap_or(""))]);
            for (key, value) in ["ref", "rev"].iter().zip(parts) {
                reference.attributes.insert(key.to_string(), value.to_string());
            }
            return reference;
        };
        match scheme {
            "path" => Self::of("path", &[("path", rest)]),
            "flake" => Self::parse_main(rest),
            "github" | "gitlab" | "sourcehut" => {
                let mut parts = rest.splitn(3, '/');
                let (owner, repo) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
                let mut reference = Self::of(scheme, &[("owner", owner), ("repo", repo)]);
                if let Some(version) = parts.next() {
                    let key = if is_revision(version) { "rev" } else { "ref" };
                    reference.attributes.insert(key.into(), version.into());
                }
                reference
            }
            _ if scheme == "git" || scheme.starts_with("git+") => {
                Self::of("git", &[("url", url.strip_prefix("git+").unwrap_or(url))])
            }
            _ => {
                let kind = if scheme.starts_with("file+") { "file" } else { "tarball" };
                let url = url.split_once('+').filter(|(s, _)| matches!(*s, "tarball" | "file")).map_or(url, |(_, u)| u);
                Self::of(kind, &[("url", url)])
            }
        }
    }

    /// An attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// `type`: `github`, `path`, `indirect`, ….
    pub fn kind(&self) -> &str {
        self.get("type").unwrap_or("")
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
        let url = self.get("url")?.trim_end_matches('/');
        let name = url.rsplit('/').next()?;
        Some(name.strip_suffix(".git").unwrap_or(name))
    }

    /// How people write it.
    pub fn display(&self) -> String {
        let get = |name| self.get(name).unwrap_or("");
        match self.kind() {
            "github" | "gitlab" | "sourcehut" => {
                let version = self.get("ref").or(self.get("rev")).map_or(String::new(), |v| format!("/{v}"));
                format!("{}:{}/{}{version}", self.kind(), get("owner"), get("repo"))
            }
            "path" => format!("path:{}", get("path")),
            "indirect" => get("id").to_string(),
            "git" => format!("git+{}", get("url")),
            _ => get("url").to_string(),
        }
    }
}

fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::FlakeRef;

    #[test]
    fn parses_the_url_forms() {
        let parse = |url: &str| {
            let r = FlakeRef::parse(url);
            (r.kind().to_string(), r.repository().map(str::to_string), r.display())
        };
        let some = |s: &str| Some(s.to_string());
        assert_eq!(
            parse("github:NixOS/nixpkgs/nixos-24.05"),
            ("github".into(), some("nixpkgs"), "github:NixOS/nixpkgs/nixos-24.05".into())
        );
        assert_eq!(parse("nixpkgs"), ("indirect".into(), some("nixpkgs"), "nixpkgs".into()));
        assert_eq!(parse("path:./backend"), ("path".into(), None, "path:./backend".into()));
        assert_eq!(
            parse("git+https://x.org/a/nixpkgs.git?ref=b"),
            ("git".into(), some("nixpkgs"), "git+https://x.org/a/nixpkgs.git".into())
        );
        assert_eq!(FlakeRef::parse("path:./a").relative_path(), Some("./a"));
        assert_eq!(FlakeRef::parse("path:/a").relative_path(), None);
        assert_eq!(FlakeRef::parse("github:a/b?dir=c").get("dir"), Some("c"));
    }
}
