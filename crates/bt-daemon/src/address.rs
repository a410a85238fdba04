//! Where a daemon is: store addresses as Nix writes them (Nix manual, "Store Types").

use crate::error::DaemonError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the state of Nix is.
const STATE_DIR: &str = "/nix/var/nix";
/// What runs on the other side of a command.
const PROGRAM: &str = "nix-daemon";

/// How to reach a daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAddress {
    /// Through a socket.
    Socket {
        /// Where it is.
        socket: PathBuf,
        /// Where the store's paths are below, when that is not `/`.
        root: Option<PathBuf>,
    },
    /// Through the standard input and output of a command.
    Command {
        /// The program and its arguments.
        command: Vec<OsString>,
        /// Whether the store is that of this machine.
        is_local: bool,
    },
}

impl StoreAddress {
    /// The address that Nix would use, of `NIX_REMOTE` and what it depends on: `NIX_DAEMON_SOCKET_PATH`, `NIX_STATE_DIR`.
    /// `variable` looks up environment variables.
    ///
    /// # Errors
    /// [`DaemonError::Address`] for an address that this client cannot reach.
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, DaemonError> {
        let remote = variable("NIX_REMOTE").unwrap_or_default();
        match remote.to_str() {
            Some(remote) => Self::parse(remote, variable),
            None => Err(wrong(&remote.to_string_lossy(), "it is not UTF-8")),
        }
    }

    /// Reads an address:
    /// - ``, `auto`, `daemon`: the daemon of this machine;
    /// - `unix://SOCKET?root=DIRECTORY`: a socket;
    /// - `local`: no daemon of the machine, but one for this connection (`nix-daemon --stdio`);
    /// - `ssh-ng://USER@HOST:PORT?ssh-key=FILE&remote-program=PROGRAM&remote-store=ADDRESS&compress=true`: the daemon of
    ///   another machine, through ssh with the options in `NIX_SSHOPTS`.
    ///
    /// # Errors
    /// [`DaemonError::Address`] for what is none of these.
    pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, DaemonError> {
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let parameters = parameters(text, query)?;
        if let Some(host) = place.strip_prefix("ssh-ng://") {
            return ssh(text, host, &parameters, variable);
        }
        let socket = match place {
            "" | "auto" | "daemon" | "unix://" => default_socket(variable),
            "local" => {
                expect_only(text, &parameters, &[])?;
                return Ok(Self::Command { command: vec![PROGRAM.into(), "--stdio".into()], is_local: true });
            }
            _ => match place.strip_prefix("unix://") {
                Some(path) if path.starts_with('/') => PathBuf::from(decode(text, path)?),
                Some(_) => return Err(wrong(text, "the path of a socket begins with '/'")),
                None => {
                    return Err(wrong(
                        text,
                        "bt-lint reaches 'daemon', 'unix://', 'local' and 'ssh-ng://' stores only",
                    ));
                }
            },
        };
        expect_only(text, &parameters, &["root"])?;
        let root = parameters.iter().find(|(name, _)| name == "root").map(|(_, value)| PathBuf::from(value));
        Ok(Self::Socket { socket, root: root.filter(|root| root != Path::new("/") && root != Path::new("")) })
    }

    /// Where a path of the store is on this machine, as far as known: `None` for stores of other machines.
    pub fn real_path(&self, store_path: &str) -> Option<PathBuf> {
        match self {
            Self::Socket { root: Some(root), .. } => Some(root.join(store_path.trim_start_matches('/'))),
            Self::Socket { root: None, .. } | Self::Command { is_local: true, .. } => Some(PathBuf::from(store_path)),
            Self::Command { .. } => None,
        }
    }
}

fn wrong(address: &str, reason: &str) -> DaemonError {
    DaemonError::Address { address: address.to_string(), reason: reason.to_string() }
}

fn default_socket(variable: &dyn Fn(&str) -> Option<OsString>) -> PathBuf {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let in_state = || set("NIX_STATE_DIR").unwrap_or_else(|| STATE_DIR.into()).join("daemon-socket/socket");
    set("NIX_DAEMON_SOCKET_PATH").unwrap_or_else(in_state)
}

/// Names and values after the question mark.
fn parameters(address: &str, query: &str) -> Result<Vec<(String, String)>, DaemonError> {
    let parameter = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Ok((decode(address, name)?, decode(address, value)?))
    };
    query.split('&').filter(|part| !part.is_empty()).map(parameter).collect()
}

/// Parameters that say how Nix itself should treat a store, and that make no difference here.
const IRRELEVANT: &[&str] =
    &["max-connections", "max-connection-age", "path-info-cache-size", "priority", "trusted", "want-mass-query"];

fn expect_only(address: &str, parameters: &[(String, String)], known: &[&str]) -> Result<(), DaemonError> {
    let is_known = |name: &str| known.contains(&name) || IRRELEVANT.contains(&name);
    match parameters.iter().find(|(name, _)| !is_known(name)) {
        Some((name, value)) if name == "store" && value == bt_store::STORE_DIR => Ok(()),
        Some((name, _)) => Err(wrong(address, &format!("bt-lint does not know the parameter '{name}'"))),
        None => Ok(()),
    }
}

/// Bytes written as `%2F`.
fn decode(address: &str, text: &str) -> Result<String, DaemonError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digits = after.split_at_checked(2).filter(|(digits, _)| digits.iter().all(u8::is_ascii_hexdigit));
        let decoded = digits
            .and_then(|(digits, after)| Some((u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, after)));
        let Some((byte, after)) = decoded else { return Err(wrong(address, "'%' without two digits")) };
        bytes.push(byte);
        rest = after;
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(wrong(address, "it is not UTF-8, or has a zero byte")),
    }
}

fn ssh(
    address: &str,
    host: &str,
    parameters: &[(String, String)],
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<StoreAddress, DaemonError> {
    expect_only(address, parameters, &["compress", "remote-program", "remote-store", "ssh-key"])?;
    let value = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let host = decode(address, host.trim_end_matches('/'))?;
    let (user_and_host, port) = split_port(address, &host)?;
    // What begins with a dash would be an option of ssh.
    let is_plain = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-:%".contains(c);
        !part.is_empty() && !part.starts_with('-') && part.chars().all(allowed)
    };
    if !user_and_host.splitn(2, '@').all(is_plain) {
        return Err(wrong(address, "it does not name a host"));
    }
    let mut command: Vec<OsString> = vec!["ssh".into()];
    let options = variable("NIX_SSHOPTS").unwrap_or_default();
    command.extend(options.to_string_lossy().split_whitespace().map(OsString::from));
    if let Some(port) = port {
        command.extend(["-p".into(), port.to_string().into()]);
    }
    if let Some(key) = value("ssh-key").filter(|key| !key.is_empty()) {
        command.extend(["-i".into(), key.into()]);
    }
    match value("compress") {
        Some("true" | "1") => command.push("-C".into()),
        None | Some("false" | "0") => {}
        Some(_) => return Err(wrong(address, "'compress' is 'true' or 'false'")),
    }
    // Nothing but bytes of the protocol: no terminal, no windows.
    command.extend(["-T", "-x", "--"].map(OsString::from));
    command.push(user_and_host.into());
    let mut remote = format!("{} --stdio", quoted(value("remote-program").unwrap_or(PROGRAM)));
    if let Some(store) = value("remote-store").filter(|store| !store.is_empty()) {
        remote.push_str(&format!(" --store {}", quoted(store)));
    }
    command.push(remote.into());
    Ok(StoreAddress::Command { command, is_local: false })
}

/// Host and port; addresses of IPv6 are in brackets.
fn split_port(address: &str, host: &str) -> Result<(String, Option<u16>), DaemonError> {
    let number = |port: &str| port.parse().map_err(|_| wrong(address, "the port is not a number"));
    if let Some((before, rest)) = host.split_once('[') {
        let Some((inside, after)) = rest.split_once(']') else { return Err(wrong(address, "a ']' is missing")) };
        let port = after.strip_prefix(':').map(number).transpose()?;
        return Ok((format!("{before}{inside}"), port));
    }
    match host.split_once(':') {
        Some((name, port)) => Ok((name.to_string(), Some(number(port)?))),
        None => Ok((host.to_string(), None)),
    }
}

/// A word for the shell of another machine.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, environment: &[(&str, &str)]) -> Result<StoreAddress, String> {
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        StoreAddress::parse(text, &variable).map_err(|error| error.to_string())
    }

    fn socket(path: &str, root: Option<&str>) -> Result<StoreAddress, String> {
        Ok(StoreAddress::Socket { socket: path.into(), root: root.map(PathBuf::from) })
    }

    fn command(words: &[&str]) -> Result<StoreAddress, String> {
        Ok(StoreAddress::Command {
            command: words.iter().map(OsString::from).collect(),
            is_local: words[0] == "nix-daemon",
        })
    }

    #[test]
    fn sockets() {
        let default = socket("/nix/var/nix/daemon-socket/socket", None);
        for text in ["", "auto", "daemon", "unix://", "daemon?root=/", "daemon?store=/nix/store&max-connections=4"] {
            assert_eq!(parse(text, &[]), default, "{text}");
        }
        assert_eq!(parse("daemon", &[("NIX_STATE_DIR", "/s")]), socket("/s/daemon-socket/socket", None));
        let both = [("NIX_STATE_DIR", "/s"), ("NIX_DAEMON_SOCKET_PATH", "/d")];
        assert_eq!(parse("daemon", &both), socket("/d", None));
        assert_eq!(parse("daemon", &[("NIX_STATE_DIR", "")]), default);
        assert_eq!(parse("unix:///a%20b?root=%2Fr&trusted=true", &both), socket("/a b", Some("/r")));
        let rooted = parse("unix:///s?root=/r", &[]).unwrap();
        assert_eq!(rooted.real_path("/nix/store/x"), Some("/r/nix/store/x".into()));
        assert_eq!(parse("", &[]).unwrap().real_path("/nix/store/x"), Some("/nix/store/x".into()));
        let variable = |name: &str| (name == "NIX_REMOTE").then(|| "unix:///n".into());
        let address = StoreAddress::from_environment(&variable).unwrap();
        assert_eq!(Ok(address), socket("/n", None));
    }

    #[test]
    fn commands() {
        assert_eq!(parse("local", &[]), command(&["nix-daemon", "--stdio"]));
        let plain = ["ssh", "-T", "-x", "--", "host", "nix-daemon --stdio"];
        assert_eq!(parse("ssh-ng://host", &[]), command(&plain));
        assert_eq!(parse("ssh-ng://host/", &[]), command(&plain));
        assert_eq!(parse("ssh-ng://host", &[]).unwrap().real_path("/nix/store/x"), None);
        let full = "ssh-ng://me@host:22?ssh-key=/k&compress=true&remote-program=/n/nix%20daemon&remote-store=/a'b";
        let words = ["ssh", "-o", "A=b", "-p", "22", "-i", "/k", "-C", "-T", "-x", "--", "me@host"];
        let words = [words.as_slice(), &["'/n/nix daemon' --stdio --store '/a'\\''b'"]].concat();
        assert_eq!(parse(full, &[("NIX_SSHOPTS", "-o A=b")]), command(&words));
        let words = ["ssh", "-p", "9", "-T", "-x", "--", "fe80::1%eth0", "nix-daemon --stdio"];
        assert_eq!(parse("ssh-ng://[fe80::1%25eth0]:9", &[]), command(&words));
    }

    #[test]
    fn what_is_no_address() {
        for (text, reason) in [
            ("https://cache.nixos.org", "bt-lint reaches 'daemon', 'unix://', 'local' and 'ssh-ng://' stores only"),
            ("ssh://host", "bt-lint reaches 'daemon', 'unix://', 'local' and 'ssh-ng://' stores only"),
            ("unix://relative", "the path of a socket begins with '/'"),
            ("daemon?color=red", "bt-lint does not know the parameter 'color'"),
            ("daemon?store=/gnu/store", "bt-lint does not know the parameter 'store'"),
            ("daemon?root=/%", "'%' without two digits"),
            ("daemon?root=/%+1", "'%' without two digits"),
            ("daemon?root=/%00", "it is not UTF-8, or has a zero byte"),
            ("daemon?root=/%ff", "it is not UTF-8, or has a zero byte"),
            ("ssh-ng://", "it does not name a host"),
            ("ssh-ng://-oProxyCommand=x", "it does not name a host"),
            ("ssh-ng://me@-oProxyCommand=x", "it does not name a host"),
            ("ssh-ng://me@%2doProxyCommand=x", "it does not name a host"),
            ("ssh-ng://a b", "it does not name a host"),
            ("ssh-ng://host:x", "the port is not a number"),
            ("ssh-ng://[::1", "a ']' is missing"),
            ("ssh-ng://host?compress=maybe", "'compress' is 'true' or 'false'"),
        ] {
            assert_eq!(parse(text, &[]), Err(format!("store address '{text}': {reason}")));
        }
    }
}
