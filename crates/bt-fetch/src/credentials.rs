//! Access tokens of Nix's settings, and netrc. Neither can be printed.

use std::fmt;

/// Access tokens by host, or by host and the beginning of a path (Nix manual, "access-tokens").
#[derive(Clone, Default)]
pub struct AccessTokens(Vec<(String, String)>);

impl AccessTokens {
    /// Reads `host=token host/owner=token …`; words without `=` are none.
    pub fn parse(text: &str) -> Self {
        let mut tokens = AccessTokens::default();
        tokens.add(text);
        tokens
    }

    /// Adds tokens; of two for the same place the later one counts.
    pub fn add(&mut self, text: &str) {
        for (place, token) in text.split_ascii_whitespace().filter_map(|word| word.split_once('=')) {
            self.0.retain(|(p, _)| p != place);
            self.0.push((place.to_string(), token.to_string()));
        }
    }

    /// The token of the longest place that a repository is in: `host`, `host/owner`, `host/owner/repo`.
    pub(crate) fn find(&self, host: &str, path: &str) -> Option<&str> {
        let whole = format!("{host}/{path}");
        let is_in =
            |place: &str| whole.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let found = self.0.iter().filter(|(place, _)| is_in(place)).max_by_key(|(place, _)| place.len());
        found.map(|(_, token)| token.as_str())
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(place, _)| place)).finish()
    }
}

/// Logins by machine (curl's manual, "netrc").
#[derive(Clone, Default)]
pub struct Netrc(Vec<Machine>);

#[derive(Clone, Default)]
struct Machine {
    /// `None` for `default`.
    name: Option<String>,
    login: String,
    password: String,
}

impl Netrc {
    /// Reads the text of a file; what is not understood is left out.
    pub fn parse(text: &str) -> Self {
        let mut machines: Vec<Machine> = Vec::new();
        // Words of a line up to a comment. A macro goes on to the next empty line.
        let mut in_macro = false;
        let words = text.lines().flat_map(|line| {
            in_macro = (in_macro || line.trim_start().starts_with("macdef")) && !line.trim().is_empty();
            let line = if in_macro { "" } else { line };
            line.split_ascii_whitespace().take_while(|word| !word.starts_with('#'))
        });
        let mut words = words.map(|word| word.trim_matches('"'));
        while let Some(word) = words.next() {
            match word {
                "machine" => {
                    let Some(name) = words.next() else { break };
                    machines.push(Machine { name: Some(name.to_string()), ..Machine::default() });
                }
                "default" => machines.push(Machine::default()),
                "login" | "password" | "account" => {
                    let (Some(machine), Some(value)) = (machines.last_mut(), words.next()) else { continue };
                    match word {
                        "login" => machine.login = value.to_string(),
                        "password" => machine.password = value.to_string(),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Netrc(machines)
    }

    /// The value of an `Authorization` header for a host, if there is a login for it.
    pub(crate) fn authorization(&self, host: &str) -> Option<String> {
        let is_of = |machine: &&Machine| machine.name.as_deref().is_none_or(|name| name.eq_ignore_ascii_case(host));
        let machine = self.0.iter().find(is_of)?;
        Some(basic(&format!("{}:{}", machine.login, machine.password)))
    }
}

/// `Basic` authentication (RFC 7617) of `user:password`.
pub(crate) fn basic(pair: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = "Basic ".to_string();
    for chunk in pair.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = (bits >> (18 - 6 * at)) as usize & 63;
            text.push(if at <= chunk.len() { char::from(DIGITS[digit]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{AccessTokens, Netrc, basic};

    #[test]
    fn the_longest_place_counts() {
        let tokens = AccessTokens::parse("h=1 h/o=2 h/o/r=3 broken other=4 h=5");
        assert_eq!(tokens.find("h", "x/y"), Some("5"));
        assert_eq!(tokens.find("h", "o/y"), Some("2"));
        assert_eq!(tokens.find("h", "o/r"), Some("3"));
        assert_eq!(tokens.find("h", "o/rr"), Some("2"));
        assert_eq!(tokens.find("hh", "o/r"), None);
        assert_eq!(format!("{tokens:?}"), r#"["h/o", "h/o/r", "other", "h"]"#);
    }

    #[test]
    fn netrc_by_machine() {
        let netrc = Netrc::parse(
            "# machine c login x password y\nmachine a login u\n  password p\nmacdef m\nmachine b login n password n\n\n\
             machine B login v password \"w\" account z",
        );
        assert_eq!(netrc.authorization("a"), Some(basic("u:p")));
        assert_eq!(netrc.authorization("b"), Some(basic("v:w")));
        assert_eq!(netrc.authorization("c"), None);
        assert!(Netrc::parse("default login u password p").authorization("any").is_some());
        assert!(Netrc::parse("machine").authorization("a").is_none());
    }

    #[test]
    fn basic_authentication() {
        // The examples of RFC 7617.
        assert_eq!(basic("Aladdin:open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test:123\u{a3}"), "Basic dGVzdDoxMjPCow==");
    }
}
