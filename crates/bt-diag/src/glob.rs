//! Patterns for paths: `nix/*.nix`, `packages.*.container-{web,db}`.
//!
//! - `*` is any text and `?` any character of one component, `**` any number of whole components;
//! - `[a-z]` and `[!a-z]` are a character in or not in ranges, `{a,b}` is one or the other, `\` takes the meaning from a
//!   character;
//! - what is matched includes all that is below it.
//!
//! Matching takes time proportional to the length of the pattern times that of the text.

use std::fmt;

/// A longer pattern is a mistake.
const MAX_LENGTH: usize = 1000;
/// How many patterns `{a,b}` may stand for.
const MAX_ALTERNATIVES: usize = 64;

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    separator: char,
    alternatives: Vec<Vec<Token>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Character(char),
    /// `?`
    Any,
    /// `*`
    Star,
    /// `**` at the end.
    Rest,
    /// `**` and a separator.
    Components,
    /// `[…]`: whether it is negated, and the ranges, ends included.
    Class(bool, Vec<(char, char)>),
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Glob {
    /// Reads a pattern; the separator is `/` for files, `.` for attribute paths.
    ///
    /// Errors: what is wrong, as the end of a sentence that begins with the pattern.
    pub fn parse(text: &str, separator: char) -> Result<Glob, String> {
        if text.is_empty() {
            return Err("is empty".into());
        }
        if text.len() > MAX_LENGTH {
            return Err(format!("is longer than {MAX_LENGTH} bytes"));
        }
        let mut alternatives = Vec::new();
        for pattern in expand(&text.chars().collect::<Vec<_>>())? {
            alternatives.push(tokens(&pattern, separator)?);
        }
        Ok(Glob { text: text.into(), separator, alternatives })
    }

    /// Reads a pattern for files as `.gitignore` has them: a name without a directory is meant wherever it is, `/name`
    /// and `./name` only at the top.
    ///
    /// Errors: those of [`Glob::parse`], and a pattern that leaves the directory.
    pub fn for_files(text: &str) -> Result<Glob, String> {
        let rest = text.strip_prefix("./").or_else(|| text.strip_prefix('/'));
        let plain = rest.unwrap_or(text).trim_end_matches('/');
        if plain.split('/').any(|part| part == "..") {
            return Err("leaves the directory of the configuration".into());
        }
        let anywhere = rest.is_none() && !plain.contains('/') && !plain.is_empty();
        let pattern = if anywhere { format!("**/{plain}") } else { plain.to_string() };
        Glob::parse(&pattern, '/').map(|glob| Glob { text: text.into(), ..glob })
    }

    /// Whether the pattern matches a text, or something that the text is below.
    pub fn matches(&self, text: &str) -> bool {
        self.alternatives.iter().any(|tokens| self.matches_one(tokens, text))
    }

    fn matches_one(&self, tokens: &[Token], text: &str) -> bool {
        let mut states = vec![false; tokens.len() + 1];
        states[0] = true;
        let mut before = self.separator;
        let mut characters = text.chars().peekable();
        loop {
            // What may be nothing is passed over.
            for (at, token) in tokens.iter().enumerate() {
                let is_passed = match token {
                    Token::Star | Token::Rest => true,
                    Token::Components => before == self.separator,
                    _ => false,
                };
                states[at + 1] |= states[at] && is_passed;
            }
            let next = characters.next();
            if states[tokens.len()] && next.is_none_or(|c| c == self.separator) {
                return true;
            }
            let Some(c) = next else { return false };
            let mut after = vec![false; tokens.len() + 1];
            for (at, token) in tokens.iter().enumerate().filter(|(at, _)| states[*at]) {
                match token {
                    Token::Character(own) => after[at + 1] |= *own == c,
                    Token::Any => after[at + 1] |= c != self.separator,
                    Token::Star => after[at] |= c != self.separator,
                    Token::Rest | Token::Components => after[at] = true,
                    Token::Class(negated, ranges) => {
                        let is_in = ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
                        after[at + 1] |= c != self.separator && is_in != *negated;
                    }
                }
            }
            if !after.contains(&true) {
                return false;
            }
            (states, before) = (after, c);
        }
    }
}

/// The patterns that `{a,b}` stands for; those in one another included.
fn expand(pattern: &[char]) -> Result<Vec<Vec<char>>, String> {
    let mut done = Vec::new();
    let mut waiting = vec![pattern.to_vec()];
    while let Some(pattern) = waiting.pop() {
        if done.len() + waiting.len() >= MAX_ALTERNATIVES {
            return Err(format!("stands for more than {MAX_ALTERNATIVES} patterns"));
        }
        match braces(&pattern)? {
            None => done.push(pattern),
            Some((start, commas, end)) => {
                let starts = std::iter::once(start).chain(commas.iter().copied());
                let ends = commas.iter().copied().chain([end]);
                for (from, to) in starts.zip(ends) {
                    waiting.push([&pattern[..start], &pattern[from + 1..to], &pattern[end + 1..]].concat());
                }
            }
        }
    }
    Ok(done)
}

/// Where the first `{` is, the commas that belong to it, and its `}`.
fn braces(pattern: &[char]) -> Result<Option<(usize, Vec<usize>, usize)>, String> {
    let mut open: Option<(usize, Vec<usize>)> = None;
    let mut depth = 0_usize;
    let mut at = 0;
    while at < pattern.len() {
        match (pattern[at], &mut open) {
            ('\\', _) => at += 1,
            ('{', None) => (open, depth) = (Some((at, Vec::new())), 1),
            ('{', Some(_)) => depth += 1,
            (',', Some((_, commas))) if depth == 1 => commas.push(at),
            ('}', Some((start, commas))) => {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some((*start, std::mem::take(commas), at)));
                }
            }
            ('}', None) => return Err("has a `}` without its `{`".into()),
            _ => {}
        }
        at += 1;
    }
    if open.is_some() { Err("has a `{` without its `}`".into()) } else { Ok(None) }
}

fn tokens(pattern: &[char], separator: char) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < pattern.len() {
        match pattern[at] {
            '*' if pattern.get(at + 1) == Some(&'*') => {
                let is_start = at == 0 || pattern[at - 1] == separator;
                match pattern.get(at + 2) {
                    None if is_start => tokens.push(Token::Rest),
                    Some(c) if is_start && *c == separator => {
                        tokens.push(Token::Components);
                        at += 1;
                    }
                    _ => return Err(format!("has a `**` that is not between two `{separator}`")),
                }
                at += 1;
            }
            '*' => tokens.push(Token::Star),
            '?' => tokens.push(Token::Any),
            '[' => {
                let end = class_end(pattern, at).ok_or("has a `[` without its `]`")?;
                tokens.push(class(&pattern[at + 1..end])?);
                at = end;
            }
            '\\' => {
                at += 1;
                tokens.push(Token::Character(*pattern.get(at).ok_or("ends with a `\\`")?));
            }
            c => tokens.push(Token::Character(c)),
        }
        at += 1;
    }
    Ok(tokens)
}

/// A `]` that comes first is a member.
fn class_end(pattern: &[char], start: usize) -> Option<usize> {
    let first = start + 1 + usize::from(matches!(pattern.get(start + 1), Some('!' | '^')));
    (first + 1..pattern.len()).find(|at| pattern[*at] == ']')
}

fn class(members: &[char]) -> Result<Token, String> {
    let negated = matches!(members.first(), Some('!' | '^'));
    let members = &members[usize::from(negated)..];
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < members.len() {
        let from = members[at];
        let (to, length) = match members.get(at + 1..at + 3) {
            Some(['-', to]) => (*to, 3),
            _ => (from, 1),
        };
        if to < from {
            return Err(format!("has a range `{from}-{to}` that is empty"));
        }
        ranges.push((from, to));
        at += length;
    }
    Ok(Token::Class(negated, ranges))
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::parse(pattern, '/').unwrap().matches(text)
    }

    #[test]
    fn components() {
        for (pattern, text, expected) in [
            ("nix/*.nix", "nix/a.nix", true),
            ("nix/*.nix", "nix/a/b.nix", false),
            ("nix/**/*.nix", "nix/a/b.nix", true),
            ("nix/**/*.nix", "nix/b.nix", true),
            ("**/b.nix", "b.nix", true),
            ("**/b.nix", "ab.nix", false),
            ("nix/**", "nix/a/b", true),
            ("nix/**", "nixos/a", false),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_below_is_included() {
        assert!(matches("nix", "nix/a/b.nix") && matches("*/a", "nix/a/b.nix"));
        assert!(!matches("nix", "nixos/a") && !matches("nix/a", "nix"));
        let attribute = Glob::parse("packages.*.web", '.').unwrap();
        assert!(attribute.matches("packages.x86_64-linux.web.config.User"));
        assert!(!attribute.matches("packages.x86_64-linux.website"));
    }

    #[test]
    fn classes_alternatives_and_escapes() {
        assert!(matches("[a-c]x", "bx") && !matches("[!a-c]x", "bx") && matches("[]]", "]"));
        assert!(matches("{a,b{c,d}}.nix", "bd.nix") && !matches("{a,b{c,d}}.nix", "b.nix"));
        assert!(matches("\\*\\{", "*{") && !matches("\\*", "x"));
    }

    #[test]
    fn files_are_meant_as_in_gitignore() {
        let matches = |pattern: &str, text: &str| Glob::for_files(pattern).unwrap().matches(text);
        assert!(matches("a.nix", "x/a.nix") && matches("tests/", "x/tests/a.nix"));
        assert!(!matches("/a.nix", "x/a.nix") && matches("./a.nix", "a.nix") && !matches("x/a.nix", "y/x/a.nix"));
        assert!(Glob::for_files("../a").is_err() && Glob::for_files("/").is_err());
    }

    #[test]
    fn mistakes_are_told() {
        let error = |pattern: &str| Glob::parse(pattern, '/').unwrap_err();
        assert_eq!(error("[a"), "has a `[` without its `]`");
        assert_eq!(error("{a,b"), "has a `{` without its `}`");
        assert_eq!(error("a}"), "has a `}` without its `{`");
        assert_eq!(error("a**b"), "has a `**` that is not between two `/`");
        assert_eq!(error("[z-a]"), "has a range `z-a` that is empty");
        assert_eq!(error("a\\"), "ends with a `\\`");
        assert_eq!(error(""), "is empty");
        assert_eq!(error(&"{a,b}".repeat(20)), "stands for more than 64 patterns");
        assert_eq!(error(&"a".repeat(1001)), "is longer than 1000 bytes");
    }

    #[test]
    fn nothing_makes_it_slow() {
        let started = std::time::Instant::now();
        assert!(!matches(&"*a".repeat(400), &"a".repeat(300)) && !matches(&"**/a/".repeat(150), &"a/".repeat(100)));
        assert!(started.elapsed().as_secs() < 5);
    }
}
