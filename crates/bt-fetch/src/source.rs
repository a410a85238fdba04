//! What can be fetched, from the attributes of a locked reference, and where it is.

use crate::credentials::AccessTokens;
use crate::error::{FetchError, FetchErrorKind};
use bt_flakeref::FlakeRef;
use bt_git::ObjectId;

/// A host of git repositories that serves archives of revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// github.com, or GitHub Enterprise on another host.
    GitHub,
    /// gitlab.com, or another GitLab.
    GitLab,
    /// git.sr.ht, or another SourceHut.
    SourceHut,
}

impl Forge {
    fn default_host(self) -> &'static str {
        match self {
            Forge::GitHub => "github.com",
            Forge::GitLab => "gitlab.com",
            Forge::SourceHut => "git.sr.ht",
        }
    }

    /// The header that an access token goes into (Nix manual, "access-tokens"); `None` for a token that makes no header.
    fn header(self, token: &str) -> Option<(String, String)> {
        let (name, value) = match self {
            Forge::GitHub => ("Authorization", format!("token {token}")),
            Forge::SourceHut => ("Authorization", format!("Bearer {token}")),
            Forge::GitLab => match token.split_once(':') {
                Some(("OAuth2", token)) => ("Authorization", format!("Bearer {token}")),
                Some(("PAT", token)) => ("Private-Token", token.to_string()),
                Some((header, value)) => (header, value.to_string()),
                None => return None,
            },
        };
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_valid = !name.is_empty() && name.bytes().all(is_token) && value.bytes().all(|b| (32..127).contains(&b));
        is_valid.then(|| (name.to_string(), value))
    }
}

/// Something that can be fetched and has a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A revision of a repository.
    Revision {
        /// Where the repository is.
        forge: Forge,
        /// The host, when it is not the forge's own.
        host: Option<String>,
        /// The owner; a GitLab group may have slashes.
        owner: String,
        /// The repository.
        repo: String,
        /// 40 or 64 hexadecimal digits.
        rev: String,
    },
    /// An archive, of which the one top-level directory is the tree.
    Tarball {
        /// `http`, `https` or `file`.
        url: String,
    },
    /// A file as it is.
    File {
        /// `http`, `https` or `file`.
        url: String,
    },
    /// What a commit of a git repository holds.
    Git(GitSource),
}

/// A commit of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitSource {
    /// `http`, `https`, `ssh` or `file`, or an absolute path.
    pub url: String,
    /// 40 hexadecimal digits.
    pub rev: ObjectId,
    /// Where servers that hand out nothing but references have it: a branch, or a whole name that begins with `refs/`.
    pub reference: Option<String>,
    /// Whether the files of submodules are part of it.
    pub submodules: bool,
    /// Whether files with the attribute `export-ignore` are left out.
    pub export_ignore: bool,
}

impl GitSource {
    fn of(reference: &FlakeRef, url: String, rev: &str) -> Result<GitSource, FetchError> {
        if let Some(name) = ["verifyCommit", "publicKey", "publicKeys", "keytype", "lfs"].into_iter().find(|name| {
            reference.flag(name) || reference.get(name).is_some_and(|value| !value.is_empty() && value != "0")
        }) {
            return Err(unsupported(format!("'{name}' of a git repository is not supported")));
        }
        let rev = ObjectId::parse(rev.to_ascii_lowercase().as_bytes()).ok_or_else(|| {
            unsupported(format!("'{rev}' is not a revision of a git repository that names them by SHA-1"))
        })?;
        Ok(GitSource {
            url,
            rev,
            reference: reference.get("ref").map(str::to_string),
            submodules: reference.flag("submodules"),
            export_ignore: reference.flag("exportIgnore"),
        })
    }

    /// The directory on this machine, if it is there.
    pub fn directory(&self) -> Option<String> {
        let path = match self.url.split_once("://") {
            Some(("file", path)) => path.split(['?', '#']).next().unwrap_or_default().to_string(),
            Some(_) => return None,
            None => self.url.clone(),
        };
        path.starts_with('/').then(|| decoded(path.trim_end_matches('/')))
    }
}

/// Percent-encoding undone; what is no encoding stays.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).filter(|_| first == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_string())
}

/// Where a source is, and what the server has to be told.
#[derive(Default)]
pub(crate) struct Location {
    pub url: String,
    /// A header with a credential, which only this very server may see.
    pub header: Option<(String, String)>,
    /// Headers for every server that redirects lead to.
    pub plain_headers: &'static [(&'static str, &'static str)],
    /// What is sent with `POST`; redirects are not followed then.
    pub body: Option<Vec<u8>>,
}

fn unsupported(message: impl Into<String>) -> FetchError {
    FetchError::new(FetchErrorKind::Unsupported, message)
}

/// Letters, digits and what else never needs an escape, and escapes as they are.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

impl Source {
    /// What a locked reference names (Nix manual, "Flake references", "Types").
    ///
    /// # Errors
    /// [`FetchErrorKind::Unsupported`] for types that are not fetched here, and for attributes that are missing or wrong.
    pub fn of(reference: &FlakeRef) -> Result<Source, FetchError> {
        let kind = reference.kind();
        let get = |name: &str| reference.get(name);
        let required = |name: &str| {
            let missing = || unsupported(format!("a '{kind}' reference needs the attribute '{name}'"));
            get(name).filter(|value| !value.is_empty()).map(str::to_string).ok_or_else(missing)
        };
        let forge = match kind {
            "github" => Forge::GitHub,
            "gitlab" => Forge::GitLab,
            "sourcehut" => Forge::SourceHut,
            "tarball" => return Ok(Source::Tarball { url: required("url")? }),
            "file" => return Ok(Source::File { url: required("url")? }),
            "git" => return Ok(Source::Git(GitSource::of(reference, required("url")?, &required("rev")?)?)),
            _ => return Err(unsupported(format!("references of the type '{kind}' are not fetched"))),
        };
        let rev = required("rev")?;
        if !matches!(rev.len(), 40 | 64) || !rev.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(unsupported(format!("'{rev}' is not a revision")));
        }
        let host = get("host").map(str::to_string);
        if let Some(host) = &host
            && (host.is_empty() || !host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'))
        {
            return Err(unsupported(format!("'{host}' is not the name of a host")));
        }
        let (owner, repo) = (required("owner")?, required("repo")?);
        for part in owner.split('/').chain([repo.as_str()]) {
            if matches!(part, "" | "." | "..") {
                return Err(unsupported(format!("'{owner}/{repo}' is not a repository")));
            }
        }
        Ok(Source::Revision { forge, host, owner, repo, rev })
    }

    /// Whether it is on this machine.
    pub fn is_local(&self) -> bool {
        match self {
            Source::Revision { .. } => false,
            Source::Tarball { url } | Source::File { url } => url.starts_with("file://"),
            Source::Git(git) => git.directory().is_some(),
        }
    }

    /// A name for people, in messages about progress.
    pub fn name(&self) -> String {
        match self {
            Source::Revision { owner, repo, .. } => format!("{owner}/{repo}"),
            Source::Tarball { url } | Source::File { url } | Source::Git(GitSource { url, .. }) => {
                let path = url.split(['?', '#']).next().unwrap_or_default();
                path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_string()
            }
        }
    }

    pub(crate) fn is_archive(&self) -> bool {
        !matches!(self, Source::File { .. })
    }

    /// Where it is; URLs as Nix makes them.
    pub(crate) fn location(&self, tokens: &AccessTokens) -> Location {
        let (forge, host, owner, repo, rev) = match self {
            Source::Tarball { url } | Source::File { url } | Source::Git(GitSource { url, .. }) => {
                return Location { url: url.clone(), ..Location::default() };
            }
            Source::Revision { forge, host, owner, repo, rev } => (*forge, host, owner, repo, rev),
        };
        let host = host.as_deref().unwrap_or(forge.default_host());
        let token = tokens.find(host, &format!("{owner}/{repo}"));
        let header = token.and_then(|token| forge.header(token));
        let (owner, repo) = (escape(owner), escape(repo));
        let url = match forge {
            Forge::GitHub if host != "github.com" => {
                format!("https://{host}/api/v3/repos/{owner}/{repo}/tarball/{rev}")
            }
            // Archives of the website count towards no limit of requests.
            Forge::GitHub if header.is_none() => format!("https://{host}/{owner}/{repo}/archive/{rev}.tar.gz"),
            Forge::GitHub => format!("https://api.{host}/repos/{owner}/{repo}/tarball/{rev}"),
            Forge::GitLab => {
                format!("https://{host}/api/v4/projects/{owner}%2F{repo}/repository/archive.tar.gz?sha={rev}")
            }
            Forge::SourceHut => format!("https://{host}/{owner}/{repo}/archive/{rev}.tar.gz"),
        };
        Location { url, header, ..Location::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::Source;
    use crate::credentials::AccessTokens;
    use crate::error::FetchErrorKind;
    use bt_flakeref::FlakeRef;

    const REV: &str = "0123456789012345678901234567890123456789";

    fn source(attributes: &[(&str, &str)]) -> Result<Source, FetchErrorKind> {
        let reference = FlakeRef::from_attributes(attributes.iter().copied().collect()).unwrap();
        Source::of(&reference).map_err(|error| error.kind)
    }

    fn repository(kind: &str, host: Option<&str>, tokens: &str) -> String {
        let mut attributes = vec![("type", kind), ("owner", "o"), ("repo", "r"), ("rev", REV)];
        attributes.extend(host.map(|host| ("host", host)));
        let location = source(&attributes).unwrap().location(&AccessTokens::parse(tokens));
        match location.header {
            Some((name, value)) => format!("{} {name}: {value}", location.url),
            None => location.url,
        }
    }

    #[test]
    fn urls_of_archives() {
        assert_eq!(repository("github", None, ""), format!("https://github.com/o/r/archive/{REV}.tar.gz"));
        assert_eq!(
            repository("github", Some("git.x.org"), ""),
            format!("https://git.x.org/api/v3/repos/o/r/tarball/{REV}")
        );
        let gitlab = format!("/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha={REV}");
        assert_eq!(repository("gitlab", None, ""), format!("https://gitlab.com{gitlab}"));
        assert_eq!(repository("gitlab", Some("g.x.org"), ""), format!("https://g.x.org{gitlab}"));
        assert_eq!(repository("sourcehut", None, ""), format!("https://git.sr.ht/o/r/archive/{REV}.tar.gz"));
        let nested = source(&[("type", "gitlab"), ("owner", "a/b"), ("repo", "r"), ("rev", REV)]).unwrap();
        assert!(nested.location(&AccessTokens::default()).url.contains("/projects/a%2Fb%2Fr/"));
        let user = source(&[("type", "sourcehut"), ("owner", "~u"), ("repo", "r"), ("rev", REV)]).unwrap();
        assert!(user.location(&AccessTokens::default()).url.contains("git.sr.ht/~u/r/"));
    }

    #[test]
    fn tokens_become_headers() {
        let api = format!("https://api.github.com/repos/o/r/tarball/{REV}");
        assert_eq!(repository("github", None, "github.com=T"), format!("{api} Authorization: token T"));
        assert_eq!(repository("github", None, "github.com/o=A github.com=B"), format!("{api} Authorization: token A"));
        assert!(!repository("github", None, "github.com/other=A").contains(": token"));
        assert!(repository("gitlab", None, "gitlab.com=PAT:x").ends_with(" Private-Token: x"));
        assert!(repository("gitlab", None, "gitlab.com=OAuth2:x").ends_with(" Authorization: Bearer x"));
        assert!(repository("sourcehut", None, "git.sr.ht=x").ends_with(" Authorization: Bearer x"));
        // A token that would make another header of its own is none.
        assert!(!repository("gitlab", None, "gitlab.com=:x").contains(": x"));
        assert!(!repository("github", None, "github.com=a\u{1}b").contains("token"));
    }

    #[test]
    fn what_is_not_fetched() {
        let unsupported = Err(FetchErrorKind::Unsupported);
        assert_eq!(source(&[("type", "git"), ("url", "https://x")]), unsupported);
        assert_eq!(source(&[("type", "git"), ("url", "https://x"), ("rev", &"0".repeat(64))]), unsupported);
        assert!(source(&[("type", "git"), ("url", "https://x"), ("rev", REV)]).is_ok());
        assert_eq!(source(&[("type", "mercurial"), ("url", "https://x"), ("rev", REV)]), unsupported);
        assert_eq!(source(&[("type", "tarball")]), unsupported);
        assert_eq!(source(&[("type", "github"), ("owner", "o"), ("repo", "r"), ("rev", "main")]), unsupported);
        let with =
            |owner, host| source(&[("type", "github"), ("owner", owner), ("repo", "r"), ("rev", REV), ("host", host)]);
        assert_eq!(with("..", "x"), unsupported);
        assert_eq!(with("o", "x/y"), unsupported);
        assert_eq!(with("o", "u@x"), unsupported);
        assert!(with("o", "x").is_ok());
    }
}
