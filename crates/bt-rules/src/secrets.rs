//! What must not be shown: values of secrets, where reports repeat what stands in the user's files.
//!
//! Two things are known: the values that variables of images and services have ([`Secrets::of`]), and how a secret is written
//! (`DB_PASSWORD = "…"`, `"DB_PASSWORD=…"`, `scheme://user:…@host`). The second also holds where nothing could be evaluated.

use crate::image::environment;
use crate::knowledge::secrets::{is_literal, is_secret_name};
use crate::url::urls;
use bt_container::Facts;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

/// What stands in the place of a secret.
pub const MASK: &str = "•••";

/// Lines longer than this hold no program that people write; what is shown of them is a small part.
const LONG: usize = 1 << 16;

/// The secrets of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    values: HashSet<String>,
    /// The lengths of the values: there are few, so that thousands of values are looked for at once.
    lengths: BTreeSet<usize>,
    /// The bytes that values begin with.
    firsts: BTreeSet<u8>,
}

impl Secrets {
    /// The values of secrets in the environments of images and services.
    pub fn of(facts: &Facts) -> Secrets {
        let mut secrets = Secrets::default();
        for image in &facts.images {
            environment(image).iter().for_each(|variable| secrets.add(variable.name, variable.value));
        }
        for service in facts.compose.iter().flat_map(|compose| &compose.services) {
            for variable in &service.environment {
                secrets.add(&variable.name, variable.value.as_deref().unwrap_or_default());
            }
        }
        secrets
    }

    fn add(&mut self, name: &str, value: &str) {
        if is_secret_name(name) && is_literal(value) {
            self.insert(value.trim());
        }
        urls(value).iter().filter_map(|url| url.password).for_each(|password| self.insert(password));
    }

    /// Short words are also names of images, users and hosts; to hide them everywhere would say what they are.
    fn insert(&mut self, value: &str) {
        let is_word = value.len() <= 10 && value.bytes().all(|b| b.is_ascii_lowercase());
        if value.len() >= 5 && !is_word && is_literal(value) && !value.contains(['\n', '\u{fffc}']) {
            self.lengths.insert(value.len());
            self.firsts.extend(value.bytes().next());
            self.values.insert(value.to_string());
        }
    }

    /// Adds the secrets of another flake.
    pub fn merge(&mut self, other: Secrets) {
        self.values.extend(other.values);
        self.lengths.extend(other.lengths);
        self.firsts.extend(other.firsts);
    }

    /// A text for people without the secrets that are known by their values, and without passwords in URLs.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut ranges = Vec::new();
        self.find_values(text, &mut ranges);
        find_passwords(text, &mut ranges);
        masked(text, merged(ranges))
    }

    /// The parts of a line of a program that are secrets, in order and apart from each other.
    pub fn in_line(&self, line: &str) -> Vec<Range<usize>> {
        if line.len() > LONG {
            return Vec::new();
        }
        let mut ranges = Vec::new();
        self.find_values(line, &mut ranges);
        find_passwords(line, &mut ranges);
        find_named(line, &mut ranges);
        if is_key_material(line) {
            ranges.push(line.len() - line.trim_start().len()..line.trim_end().len());
        }
        merged(ranges)
    }

    /// Whether a program holds a secret.
    pub fn is_in_program(&self, text: &str) -> bool {
        text.lines().any(|line| !self.in_line(line).is_empty())
    }

    /// A program without secrets.
    pub fn hide_in_program(&self, text: &str) -> String {
        text.split_inclusive('\n').map(|line| masked(line, self.in_line(line))).collect()
    }

    fn find_values(&self, text: &str, ranges: &mut Vec<Range<usize>>) {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let mut was_part = false;
        for (at, c) in text.char_indices() {
            let is_inside = std::mem::replace(&mut was_part, is_part(c)) && was_part;
            if is_inside || !self.firsts.contains(&text.as_bytes()[at]) {
                continue;
            }
            let ends = self.lengths.iter().map(|length| at + length).take_while(|end| *end <= text.len());
            for end in ends.filter(|end| text.get(at..*end).is_some_and(|part| self.values.contains(part))) {
                let is_whole = !text[..end].ends_with(is_part) || !text[end..].starts_with(is_part);
                ranges.extend(is_whole.then_some(at..end));
            }
        }
    }
}

fn find_passwords(text: &str, ranges: &mut Vec<Range<usize>>) {
    let passwords = urls(text).into_iter().filter_map(|url| url.password);
    for password in passwords.filter(|password| is_literal(password) && !password.contains('$')) {
        let start = password.as_ptr().addr() - text.as_ptr().addr();
        ranges.push(start..start + password.len());
    }
}

/// Values after names of secrets: `name = "value"`, `"name=value"`, `"name": "value"`, `--name value`, `name ? "value"`.
fn find_named(line: &str, ranges: &mut Vec<Range<usize>>) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut at = 0;
    while let Some(start) = line[at..].find(is_name).map(|found| at + found) {
        let end = line[start..].find(|c| !is_name(c)).map_or(line.len(), |length| start + length);
        at = end;
        let name = &line[start..end];
        if !is_secret_name(&with_words_apart(name)) {
            continue;
        }
        let rest = &line[end..];
        let after = rest.strip_prefix("\\\"").or(rest.strip_prefix('"')).unwrap_or(rest).trim_start();
        let Some(separator) = after.chars().next() else { continue };
        let value = match separator {
            '=' | ':' | '?' => after[1..].trim_start(),
            _ if name.starts_with("--") => after,
            _ => continue,
        };
        let is_close = rest.starts_with('=') && !rest[1..].starts_with(' ') || name.starts_with("--");
        let length = match value {
            _ if value.starts_with("''") => value[2..].find("''").map(|end| (2, end)),
            _ if value.starts_with("\\\"") => value[2..].find("\\\"").map(|end| (2, end)),
            _ if value.starts_with(['"', '\'']) => end_of_string(value).map(|end| (1, end - 1)),
            _ if is_close => {
                Some((0, value.find(|c: char| c.is_whitespace() || "\"';)]".contains(c)).unwrap_or(value.len())))
            }
            _ => None,
        };
        // A string that goes on on the next line is a secret as far as it is shown.
        let quote = ["''", "\\\"", "\"", "'"].into_iter().find(|quote| value.starts_with(quote));
        let length = length.or(quote.map(|quote| (quote.len(), value.len() - quote.len())));
        if let Some((skipped, length)) = length
            && is_literal(&value[skipped..skipped + length])
        {
            let start = line.len() - value.len() + skipped;
            ranges.push(start..start + length);
            at = at.max(start);
        }
    }
}

/// `adminPassword` as `admin_Password`.
fn with_words_apart(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && was_lower {
            out.push('_');
        }
        was_lower = c.is_ascii_lowercase();
        out.push(c);
    }
    out
}

/// Where the quote is that ends a string.
fn end_of_string(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut is_escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let ends = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

/// Whether a line is one of those between BEGIN and END of a key.
fn is_key_material(line: &str) -> bool {
    let line = line.trim();
    let has = |test: fn(&u8) -> bool| line.as_bytes().iter().any(test);
    line.len() >= 20
        && line.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges.into_iter().filter(|range| !range.is_empty()) {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

fn masked(text: &str, ranges: Vec<Range<usize>>) -> Cow<'_, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for range in ranges {
        out.push_str(&text[at..range.start]);
        out.push_str(MASK);
        at = range.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{image, list, text};

    #[test]
    fn secrets_are_known_by_how_they_are_written() {
        let secrets = Secrets::default();
        for (line, shown) in [
            ("GF_SECURITY_ADMIN_PASSWORD = \"hunter2\";", "GF_SECURITY_ADMIN_PASSWORD = \"•••\";"),
            (
                "environment.\"DB_PASSWORD\" = \"a\\\"b\"; x = \"y\";",
                "environment.\"DB_PASSWORD\" = \"•••\"; x = \"y\";",
            ),
            ("Env = [ \"A=1\" \"API_TOKEN=abc\" ];", "Env = [ \"A=1\" \"API_TOKEN=•••\" ];"),
            ("{ adminPassword ? \"x1\", dbSecret = ''y''; }", "{ adminPassword ? \"•••\", dbSecret = ''•••''; }"),
            ("\"postgres://app:hunter2@db/x\"", "\"postgres://app:•••@db/x\""),
            ("--password hunter2 --token=abc \\", "--password ••• --token=••• \\"),
            ("{\\\"password\\\": \\\"a b\\\"}", "{\\\"password\\\": \\\"•••\\\"}"),
            ("PASSWORD = ''", "PASSWORD = ''"),
            ("PASSWORD = \"goes on", "PASSWORD = \"•••"),
            ("    MC4CAQAwBQYDK2VwBCIEIA==", "    •••"),
            ("  grün_TOKEN=ä\"", "  grün_TOKEN=•••\""),
        ] {
            assert_eq!(secrets.hide_in_program(line), shown);
        }
        for line in [
            "DB_PASSWORD_FILE = \"/run/secrets/x\";",
            "PASSWORD = \"${config.password}\";",
            "password = config.password;",
            "password: f password",
            "MAX_TOKENS = \"100\"; TOKEN_TTL = \"5m\";",
            "\"http://db:5432\"",
            "streamLayeredImageWithNixDb",
            "PASSWORD",
            "PASSWORD =",
        ] {
            assert_eq!(secrets.hide_in_program(line), line);
        }
    }

    #[test]
    fn secrets_are_known_by_their_values() {
        let image = image("app").config([("Env", list([text("A_TOKEN=hunter2"), text("B_TOKEN=admin")]))]).done();
        let secrets = Secrets::of(&Facts { images: vec![image], ..Facts::default() });
        assert_eq!(secrets.hide("it is hunter2, not hunter22"), "it is •••, not hunter22");
        assert_eq!(secrets.hide_in_program("helper \"db\" \"hunter2\" 1"), "helper \"db\" \"•••\" 1");
        // A word may be anything.
        assert_eq!(secrets.hide("user admin"), "user admin");
        assert!(matches!(secrets.hide("nothing"), Cow::Borrowed(_)));
    }
}
