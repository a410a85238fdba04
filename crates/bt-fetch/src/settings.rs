//! What of Nix's settings matters to downloads: `access-tokens`, `netrc-file`, and which binary caches to ask and to
//! believe (Nix manual, "nix.conf").

use crate::credentials::{AccessTokens, Netrc};

/// How many files are read: they may include each other.
const MAX_FILES: usize = 64;

/// Which binary caches to ask, and which signatures to believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryCaches {
    /// `substituters` and `extra-substituters`: URLs, in their order.
    pub substituters: Vec<String>,
    /// `trusted-public-keys` and `extra-trusted-public-keys`, as they are written.
    pub public_keys: Vec<String>,
    /// `require-sigs`.
    pub require_signatures: bool,
}

impl Default for BinaryCaches {
    /// The cache of NixOS.
    fn default() -> Self {
        BinaryCaches {
            substituters: vec!["https://cache.nixos.org/".into()],
            public_keys: vec!["cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=".into()],
            require_signatures: true,
        }
    }
}

impl BinaryCaches {
    /// Takes a setting over; others are left alone. `binary-caches` and the like are older names.
    fn set(&mut self, name: &str, value: &str) {
        let words = || value.split_whitespace().map(str::to_string);
        let (is_extra, name) = name.strip_prefix("extra-").map_or((false, name), |name| (true, name));
        let list = match name {
            "substituters" | "binary-caches" => &mut self.substituters,
            "trusted-public-keys" | "binary-cache-public-keys" => &mut self.public_keys,
            "require-sigs" if !is_extra => {
                match value.trim() {
                    "true" | "yes" | "1" => self.require_signatures = true,
                    "false" | "no" | "0" => self.require_signatures = false,
                    // Nix refuses it; what is not understood makes nothing less strict.
                    _ => {}
                }
                return;
            }
            _ => return,
        };
        if !is_extra {
            list.clear();
        }
        for word in words() {
            if !list.contains(&word) {
                list.push(word);
            }
        }
    }
}

/// Credentials for downloads.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `access-tokens` and `extra-access-tokens`.
    pub access_tokens: AccessTokens,
    /// Which binary caches there are.
    pub binary_caches: BinaryCaches,
    netrc_file: Option<String>,
    files_read: Vec<String>,
}

/// Where settings are read from: environment variables and files, `None` for those that are not there.
pub struct SettingsSource<'a> {
    /// An environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The text of a file.
    pub file: &'a dyn Fn(&str) -> Option<String>,
}

impl Settings {
    /// Reads what Nix would read, in its order: the system's file, those of the user, `NIX_CONFIG`.
    pub fn read(from: &SettingsSource<'_>) -> (Settings, Netrc) {
        let variable = |name: &str| (from.variable)(name).filter(|value| !value.is_empty());
        let directory = variable("NIX_CONF_DIR").unwrap_or_else(|| "/etc/nix".into());
        let mut settings = Settings { netrc_file: Some(format!("{directory}/netrc")), ..Settings::default() };
        settings.add_file(from, &format!("{directory}/nix.conf"));
        for file in user_files(&variable) {
            settings.add_file(from, &file);
        }
        if let Some(text) = variable("NIX_CONFIG") {
            settings.add_text(from, &text, "/");
        }
        let netrc = settings.netrc_file.as_deref().and_then(from.file).map(|text| Netrc::parse(&text));
        (settings, netrc.unwrap_or_default())
    }

    fn add_file(&mut self, from: &SettingsSource<'_>, path: &str) {
        if self.files_read.len() == MAX_FILES || self.files_read.iter().any(|read| read == path) {
            return;
        }
        self.files_read.push(path.to_string());
        let Some(text) = (from.file)(path) else { return };
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        self.add_text(from, &text, directory);
    }

    fn add_text(&mut self, from: &SettingsSource<'_>, text: &str, directory: &str) {
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(file) = line.strip_prefix("include ").or_else(|| line.strip_prefix("!include ")) {
                let file = file.trim();
                let file = if file.starts_with('/') { file.to_string() } else { format!("{directory}/{file}") };
                self.add_file(from, &file);
                continue;
            }
            let Some((name, value)) = line.split_once('=') else { continue };
            match name.trim() {
                "access-tokens" => self.access_tokens = AccessTokens::parse(value),
                "extra-access-tokens" => self.access_tokens.add(value),
                "netrc-file" => self.netrc_file = Some(value.trim().to_string()),
                name => self.binary_caches.set(name, value),
            }
        }
    }
}

/// The user's files, the most important last.
fn user_files(variable: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let listed = |text: String| text.split(':').filter(|p| !p.is_empty()).map(str::to_string).collect::<Vec<_>>();
    let mut files = match variable("NIX_USER_CONF_FILES") {
        Some(text) => listed(text),
        None => {
            let own = variable("XDG_CONFIG_HOME").or_else(|| Some(format!("{}/.config", variable("HOME")?)));
            let shared = variable("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into());
            own.into_iter().chain(listed(shared)).map(|directory| format!("{directory}/nix/nix.conf")).collect()
        }
    };
    files.reverse();
    files
}

#[cfg(test)]
mod tests {
    use super::{BinaryCaches, Settings, SettingsSource};
    use crate::credentials::Netrc;

    fn read(variables: &[(&str, &str)], files: &[(&str, &str)]) -> (Settings, Netrc) {
        let find = |list: &[(&str, &str)], name: &str| {
            list.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_string())
        };
        Settings::read(&SettingsSource { variable: &|name| find(variables, name), file: &|path| find(files, path) })
    }

    #[test]
    fn tokens_come_from_every_place_that_nix_reads() {
        let system = ("/etc/nix/nix.conf", "access-tokens = a=1 # b=2\n!include more.conf\nsandbox = true");
        let more = ("/etc/nix/more.conf", "extra-access-tokens = c=3\ninclude more.conf");
        let user = ("/h/.config/nix/nix.conf", "extra-access-tokens = d=4");
        let (settings, _) = read(&[("HOME", "/h"), ("NIX_CONFIG", "extra-access-tokens = e=5")], &[system, more, user]);
        for (host, token) in [("a", Some("1")), ("b", None), ("c", Some("3")), ("d", Some("4")), ("e", Some("5"))] {
            assert_eq!(settings.access_tokens.find(host, "o/r"), token, "{host}");
        }
        let (settings, _) = read(&[("NIX_CONFIG", "access-tokens = z=1")], &[system]);
        assert_eq!(settings.access_tokens.find("a", "o/r"), None);
        assert_eq!(settings.access_tokens.find("z", "o/r"), Some("1"));
    }

    #[test]
    fn binary_caches_are_replaced_or_added() {
        let defaults = BinaryCaches::default();
        assert_eq!(read(&[], &[]).0.binary_caches, defaults);
        let caches = |text: &str| read(&[("NIX_CONFIG", text)], &[]).0.binary_caches;
        let extra = caches("extra-substituters = https://a https://b https://a\nextra-trusted-public-keys = k:1");
        assert_eq!(extra.substituters, [defaults.substituters[0].as_str(), "https://a", "https://b"]);
        assert_eq!(extra.public_keys, [defaults.public_keys[0].as_str(), "k:1"]);
        let other = caches("substituters = file:///c # the one\ntrusted-public-keys =\nrequire-sigs = false");
        assert_eq!(other.substituters, ["file:///c"]);
        assert!(other.public_keys.is_empty() && !other.require_signatures);
        assert!(caches("require-sigs = maybe").require_signatures);
        assert_eq!(caches("binary-caches = https://old").substituters, ["https://old"]);
    }

    #[test]
    fn files_that_users_name() {
        let files = [("/x", "access-tokens = a=x"), ("/y", "access-tokens = a=y")];
        let (settings, _) = read(&[("NIX_USER_CONF_FILES", "/x:/y")], &files);
        assert_eq!(settings.access_tokens.find("a", "o/r"), Some("x"));
    }

    #[test]
    fn netrc_is_where_the_settings_say() {
        let file = ("/etc/nix/netrc", "machine a login u password p");
        assert!(read(&[], &[file]).1.authorization("a").is_some());
        let elsewhere = ("/n", "machine b login u password p");
        let (_, netrc) = read(&[("NIX_CONFIG", "netrc-file = /n")], &[file, elsewhere]);
        assert!(netrc.authorization("a").is_none() && netrc.authorization("b").is_some());
    }
}
