//! URLs as far as redirects and credentials need them (RFC 3986).

use std::borrow::Cow;

/// An `http` or `https` URL in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    is_https: bool,
    /// `user:password`, percent-encoded.
    user: Option<String>,
    /// In lower case; an IPv6 address in brackets.
    host: String,
    port: Option<u16>,
    /// The path and the query; at least `/`.
    path: String,
}

impl Url {
    /// Takes a URL apart; its fragment is dropped. `None` for other schemes and for what no server can be asked for.
    pub fn parse(text: &str) -> Option<Url> {
        if !text.bytes().all(|b| (33..127).contains(&b)) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.split('#').next()?;
        let (authority, path) = match rest.find(['/', '?']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_string()), place),
            None => (None, authority),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (place, ""),
        };
        let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
        if host.is_empty() || host.contains(['\\', '@']) || (host.contains(':') && !host.starts_with('[')) {
            return None;
        }
        let path = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
        Some(Url { is_https, user, host: host.to_ascii_lowercase(), port, path })
    }

    /// Where a `Location` header leads.
    pub fn join(&self, location: &str) -> Option<Url> {
        let location = location.trim();
        let scheme = if self.is_https { "https" } else { "http" };
        let is_absolute = location.split_once(':').is_some_and(|(scheme, _)| {
            !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        if is_absolute {
            return Url::parse(location);
        }
        if location.starts_with("//") {
            return Url::parse(&format!("{scheme}:{location}"));
        }
        let before_query = self.path.split('?').next().unwrap_or_default();
        let path = match location.chars().next() {
            None | Some('#') => self.path.clone(),
            Some('/') => location.to_string(),
            Some('?') => format!("{before_query}{location}"),
            _ => format!("{}/{location}", before_query.rsplit_once('/').map_or("", |(directory, _)| directory)),
        };
        let without_user = Url { user: None, path: "/".into(), ..self.clone() };
        Url::parse(&format!("{}{path}", without_user.text().trim_end_matches('/')))
    }

    /// The URL without a login.
    pub fn text(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority(), self.path)
    }

    /// The path and the query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether another URL, as text, is on the same server.
    pub fn is_same_server_as(&self, other: &str) -> bool {
        Url::parse(other).is_some_and(|other| self.is_same_server(&other))
    }

    /// Host and port.
    pub fn authority(&self) -> String {
        self.port.map_or(self.host.clone(), |port| format!("{}:{port}", self.host))
    }

    /// The host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// `user:password`, decoded.
    pub fn login(&self) -> Option<String> {
        let user = self.user.as_ref()?;
        let pair = if user.contains(':') { Cow::Borrowed(user.as_str()) } else { Cow::Owned(format!("{user}:")) };
        let mut bytes = Vec::new();
        let mut rest = pair.as_bytes();
        while let Some((&first, tail)) = rest.split_first() {
            let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            match digits.filter(|_| first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
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
        String::from_utf8(bytes).ok()
    }

    /// Whether another URL is on the same server, in the same protocol: it may know the same secrets.
    pub fn is_same_server(&self, other: &Url) -> bool {
        let port = |url: &Url| url.port.unwrap_or(if url.is_https { 443 } else { 80 });
        self.is_https == other.is_https && self.host == other.host && port(self) == port(other)
    }
}

/// A URL as it may be shown: without a login.
pub(crate) fn shown(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        None => Cow::Borrowed(url),
    }
}

#[cfg(test)]
mod tests {
    use super::{Url, shown};

    fn join(base: &str, location: &str) -> Option<String> {
        Url::parse(base).unwrap().join(location).map(|url| url.text())
    }

    #[test]
    fn relative_locations() {
        // The examples of RFC 3986, 5.4.1, that redirects use.
        let base = "http://a/b/c/d;p?q";
        for (location, target) in [
            ("http://g/x", "http://g/x"),
            ("//g", "http://g/"),
            ("/g", "http://a/g"),
            ("g", "http://a/b/c/g"),
            ("g?y", "http://a/b/c/g?y"),
            ("?y", "http://a/b/c/d;p?y"),
            ("", "http://a/b/c/d;p?q"),
        ] {
            assert_eq!(join(base, location).as_deref(), Some(target), "{location}");
        }
        assert_eq!(join("http://u:p@a:8/b", "/g").as_deref(), Some("http://a:8/g"));
        for refused in ["ftp://g", "file:///etc/passwd", "javascript:x", "http://", "http://g:99999/", "/a b"] {
            assert_eq!(join(base, refused), None, "{refused}");
        }
    }

    #[test]
    fn servers() {
        let same = |a, b| Url::parse(a).unwrap().is_same_server(&Url::parse(b).unwrap());
        assert!(same("https://h/a", "https://H:443/b"));
        assert!(!same("https://h/a", "http://h/a"));
        assert!(!same("https://h/a", "https://h:444/a"));
        assert!(!same("https://h/a", "https://h.evil.org/a"));
        assert!(!same("https://h/a", "https://h@evil.org/a"));
    }

    #[test]
    fn logins_are_not_shown() {
        assert_eq!(shown("https://u:p@h/x@y"), "https://h/x@y");
        assert_eq!(shown("https://h/x@y"), "https://h/x@y");
        assert_eq!(shown("https://u@h"), "https://h");
        assert_eq!(Url::parse("https://u:a%40b@h/").unwrap().login().as_deref(), Some("u:a@b"));
        assert_eq!(Url::parse("https://t@h/").unwrap().login().as_deref(), Some("t:"));
    }
}
