//! What of Nix's settings matters to downloads: `access-tokens` and `netrc-file` (Nix manual, "nix.conf").

use crate::credentials::{AccessTokens, Netrc};

/// How many files are read: they may include each other.
const MAX_FILES: usize = 64;

/// Credentials for downloads.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `access-tokens` and `extra-access-tokens`.
    pub access_tokens: AccessTokens,
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
                _ => {}
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
    use super::{Settings, SettingsSource};
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
