//! The attribute `export-ignore` (gitattributes(5), git-archive(1)), by which files are left out of what `fetchGit` takes.

use super::checkout::Filter;
use super::of_git;
use crate::error::{FetchError, FetchErrorKind};
use bt_git::{Commits, TreeEntry};

/// A line of a `.gitattributes` that says something of the attribute.
struct Rule {
    pattern: Vec<u8>,
    /// Whether it is matched with the whole path below the directory, not with the name.
    is_path: bool,
    is_set: bool,
}

/// The rules of the directories on the way.
#[derive(Default)]
pub(crate) struct ExportIgnore {
    /// How long the path of the directory is, with the slash, and its rules.
    directories: Vec<(usize, Vec<Rule>)>,
}

impl Filter for ExportIgnore {
    fn enter(&mut self, commits: &Commits, path: &[u8], entries: &[TreeEntry]) -> Result<(), FetchError> {
        let file = entries.iter().find(|entry| entry.name == b".gitattributes");
        let rules = match file {
            Some(file) => rules(&commits.blob(&file.id).map_err(of_git)?)?,
            None => Vec::new(),
        };
        self.directories.push((if path.is_empty() { 0 } else { path.len() + 1 }, rules));
        Ok(())
    }

    fn leaves_out(&self, path: &[u8], _: bool) -> bool {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        for (start, rules) in self.directories.iter().rev() {
            let below = path.get(*start..).unwrap_or_default();
            let matching = |rule: &&Rule| matches(&rule.pattern, if rule.is_path { below } else { name });
            if let Some(rule) = rules.iter().rev().find(matching) {
                return rule.is_set;
            }
        }
        false
    }

    fn leave(&mut self) {
        self.directories.pop();
    }
}

fn rules(contents: &[u8]) -> Result<Vec<Rule>, FetchError> {
    let mut rules = Vec::new();
    for line in contents.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let Some(pattern) = words.next().filter(|word| !word.starts_with(b"#")) else { continue };
        let mut says = words.filter_map(|word| match word {
            b"export-ignore" => Some(true),
            b"-export-ignore" | b"!export-ignore" => Some(false),
            _ => None,
        });
        let Some(is_set) = says.next_back() else { continue };
        if pattern.starts_with(b"!") || pattern.iter().any(|byte| b"[\\\"".contains(byte)) {
            let message = format!(
                "'.gitattributes' has the pattern '{}', which is not supported",
                String::from_utf8_lossy(pattern)
            );
            return Err(FetchError::new(FetchErrorKind::Unsupported, message));
        }
        let is_path = pattern.contains(&b'/');
        rules.push(Rule { pattern: pattern.strip_prefix(b"/").unwrap_or(pattern).to_vec(), is_path, is_set });
    }
    Ok(rules)
}

/// Whether a pattern of `?`, `*` (which stop at slashes) and `**` matches. Takes no more steps than the product of both
/// lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    // Which prefixes of the text the pattern so far matches.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    let mut rest = pattern;
    let mut is_start = true;
    while let Some((&first, tail)) = rest.split_first() {
        let mut next = vec![false; text.len() + 1];
        if is_start && (rest.starts_with(b"**/")) {
            // Any directories, also none.
            let mut any = false;
            for at in 0..=text.len() {
                any |= reached[at];
                next[at] = reached[at] || any && at > 0 && text[at - 1] == b'/';
            }
            rest = &rest[3..];
            reached = next;
            continue;
        }
        let is_double = first == b'*' && tail.starts_with(b"*");
        for at in 0..=text.len() {
            next[at] = match first {
                b'*' => reached[at] || at > 0 && next[at - 1] && (is_double || text[at - 1] != b'/'),
                b'?' => at > 0 && reached[at - 1] && text[at - 1] != b'/',
                byte => at > 0 && reached[at - 1] && text[at - 1] == byte,
            };
        }
        is_start = first == b'/';
        rest = if is_double { &tail[1..] } else { tail };
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::{matches, rules};

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("a*", "abc"),
            ("*.nix", ".nix"),
            ("a/*/c", "a/b/c"),
            ("**/c", "c"),
            ("**/c", "a/b/c"),
            ("a/**", "a/b/c"),
            ("?", "a"),
        ] {
            assert!(matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        for (pattern, text) in [("a*", "b"), ("a/*", "a/b/c"), ("**/c", "ac"), ("a", "ab"), ("?", "/"), ("a/", "a")] {
            assert!(!matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
    }

    #[test]
    fn lines() {
        assert_eq!(
            rules(b"# a export-ignore\nb text\nc export-ignore -export-ignore\n/d export-ignore").unwrap().len(),
            2
        );
        assert!(rules(b"[a-z] export-ignore").is_err());
        assert!(rules(b"[a-z] text").is_ok());
    }
}
