//! URLs in values of configuration: which host they name, and whether they hold a password.

/// Schemes of protocols that connect to a host by name. With others (`file`, `s3`, `docker`) the part after the slashes is
/// something else.
const SCHEMES: &[&str] = &[
    "amqp",
    "amqps",
    "bolt",
    "clickhouse",
    "elasticsearch",
    "etcd",
    "ftp",
    "grpc",
    "grpcs",
    "http",
    "https",
    "jaeger",
    "kafka",
    "ldap",
    "ldaps",
    "loki",
    "mariadb",
    "memcached",
    "mongodb",
    "mqtt",
    "mqtts",
    "mysql",
    "nats",
    "neo4j",
    "otlp",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "rtmp",
    "sentinel",
    "smtp",
    "smtps",
    "socks5",
    "tcp",
    "tls",
    "udp",
    "valkey",
    "ws",
    "wss",
    "zipkin",
];

/// The part of a URL that names where it leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Url<'t> {
    pub(crate) scheme: &'t str,
    pub(crate) host: &'t str,
    pub(crate) port: Option<u32>,
    /// The password, which no message ever shows.
    pub(crate) password: Option<&'t str>,
}

impl std::fmt::Display for Url<'_> {
    /// The URL without user, password and path.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// The URLs of network protocols in a text.
pub(crate) fn urls(text: &str) -> Vec<Url<'_>> {
    text.match_indices("://").filter_map(|(at, _)| parse(text, at)).collect()
}

fn parse(text: &str, at: usize) -> Option<Url<'_>> {
    let before = &text[..at];
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || c == '+';
    let scheme = &before[before.trim_end_matches(is_scheme).len()..];
    if !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    let rest = &text[at + "://".len()..];
    let authority = &rest
        [..rest.find(['/', '?', '#', '"', '\'', '`', '<', ' ', '\t', '\n', ',', ';', '\\', ')']).unwrap_or(rest.len())];
    let (credentials, address) = match authority.rsplit_once('@') {
        Some((credentials, address)) => (Some(credentials), address),
        None => (None, authority),
    };
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !address.ends_with(']') => (host, port.parse().ok()),
        _ => (address, None),
    };
    let password = credentials.and_then(|c| c.split_once(':')).map(|(_, password)| password).filter(|p| !p.is_empty());
    Some(Url { scheme, host, port, password })
}

/// Whether a host is one name, such as that of a service: no address, no domain, nothing to be filled in.
pub(crate) fn is_bare_name(host: &str) -> bool {
    host.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        // `HOST` stands for a host, and digits are an address.
        && host.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (&str, Option<u32>, Option<&str>) {
        let found = urls(text);
        assert_eq!(found.len(), 1, "{text}");
        (found[0].host, found[0].port, found[0].password)
    }

    #[test]
    fn finds_hosts_ports_and_passwords() {
        assert_eq!(one("http://alloy:4317"), ("alloy", Some(4317), None));
        assert_eq!(one("--url=https://a.b/c?d=e:1"), ("a.b", None, None));
        assert_eq!(one("postgres://u:p@db:5432/x"), ("db", Some(5432), Some("p")));
        assert_eq!(one("jdbc:postgresql://db/x"), ("db", None, None));
        assert_eq!(one("http://[::1]:80/"), ("[::1]", Some(80), None));
        assert_eq!(one("http://${HOST}:${PORT}"), ("${HOST}", None, None));
        assert_eq!(one("redis://:@cache"), ("cache", None, None));
        assert_eq!(urls("a=http://x:1,http://y:2").len(), 2);
    }

    #[test]
    fn other_schemes_name_no_host() {
        for text in ["s3://bucket/x", "file://x", "docker://image:1", "://x", "mongodb+srv://x", "no url"] {
            assert!(urls(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn bare_names_are_names() {
        assert!(is_bare_name("alloy") && is_bare_name("my-db_1"));
        for host in ["", "a.b", "10.0.0.1", "[::1]", "${X}", "1", "*", "-a", "HOST"] {
            assert!(!is_bare_name(host), "{host}");
        }
    }
}
