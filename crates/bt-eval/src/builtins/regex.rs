//! `match` and `split`: POSIX extended regular expressions, as libstdc++ (and so Nix) understands them, translated for
//! the `regex` crate.
//!
//! What is alike: the accepted syntax, bytes instead of characters, which texts match, and what groups capture. What is
//! not:
//! - where `split` could find matches of different lengths at one place because of an alternation, libstdc++ takes the
//!   longest, the `regex` crate that of the first alternative. When all alternatives are plain texts, as in `a|ab`, the
//!   longest is tried first here; others, such as `[0-9]+|[0-9]+x`, keep their order;
//! - a repeated group that can match nothing, as in `(a*)*`, captures an empty text in libstdc++, its last match here;
//! - the sizes at which expressions are refused as too large.

use super::Builtin;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::value::Value;
use regex::bytes::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

pub(super) const TABLE: &[Builtin] =
    &[Builtin::new("match", 2, 0b11, match_whole), Builtin::new("split", 2, 0b11, split)];

/// How many compiled expressions are kept.
const MAX_CACHED: usize = 1000;

/// What an expression is compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Purpose {
    Match,
    Split,
}

/// Compiled expressions by their text: programs use few expressions, but often.
#[derive(Default)]
pub(crate) struct RegexCache(RefCell<FxHashMap<(Purpose, Box<str>), Regex>>);

impl RegexCache {
    fn get(&self, pattern: &str, purpose: Purpose) -> Result<Regex> {
        let mut cache = self.0.borrow_mut();
        let key = (purpose, Box::from(pattern));
        if let Some(regex) = cache.get(&key) {
            return Ok(regex.clone());
        }
        let regex = compile(pattern, purpose)?;
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(key, regex.clone());
        Ok(regex)
    }
}

fn compile(pattern: &str, purpose: Purpose) -> Result<Regex> {
    let invalid = || Error::new(ErrorKind::Other, format!("invalid regular expression '{pattern}'"));
    let mut translated = Translator::new(pattern.as_bytes()).run().ok_or_else(invalid)?;
    match purpose {
        Purpose::Match => translated = format!(r"\A(?:{translated})\z"),
        Purpose::Split => {
            if let Some(reordered) = longest_first(pattern) {
                translated = reordered;
            }
        }
    }
    let mut builder = RegexBuilder::new(&translated);
    builder.unicode(false).dot_matches_new_line(true);
    match builder.build() {
        Ok(regex) => Ok(regex),
        Err(regex::Error::CompiledTooBig(_)) => {
            Err(Error::new(ErrorKind::Other, format!("memory limit exceeded by regular expression '{pattern}'")))
        }
        Err(_) => Err(invalid()),
    }
}

/// `a|ab` or `(a|ab)` with the longer alternatives first, when all of them are plain texts.
fn longest_first(pattern: &str) -> Option<String> {
    let (inside, grouped) = match pattern.strip_prefix('(').and_then(|p| p.strip_suffix(')')) {
        Some(inside) => (inside, true),
        None => (pattern, false),
    };
    let is_plain = |b: u8| !b"()[]{}.*+?^$\\".contains(&b);
    if !inside.contains('|') || !inside.bytes().all(is_plain) {
        return None;
    }
    let mut alternatives: Vec<&str> = inside.split('|').collect();
    alternatives.sort_by_key(|a| std::cmp::Reverse(a.len()));
    let mut out = String::new();
    for (i, alternative) in alternatives.iter().enumerate() {
        if i > 0 {
            out.push('|');
        }
        alternative.bytes().for_each(|b| push_byte(&mut out, b));
    }
    Some(if grouped { format!("({out})") } else { out })
}

/// A byte that stands for itself.
fn push_byte(out: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() {
        out.push(char::from(byte));
    } else {
        out.push_str(&format!(r"\x{byte:02x}"));
    }
}

/// Translates an extended regular expression; `None` when it is not one.
struct Translator<'p> {
    pattern: &'p [u8],
    at: usize,
    out: String,
    /// Where the groups that are open begin in the result.
    open: Vec<usize>,
    /// Where in the result the atom begins that a quantifier would repeat.
    atom: Option<usize>,
    /// How many quantifiers the atom has.
    quantifiers: usize,
}

/// More quantifiers on one atom are refused.
const MAX_QUANTIFIERS: usize = 100;

impl<'p> Translator<'p> {
    fn new(pattern: &'p [u8]) -> Self {
        Translator {
            pattern,
            at: 0,
            out: String::with_capacity(pattern.len() * 2),
            open: Vec::new(),
            atom: None,
            quantifiers: 0,
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.pattern.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.pattern.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn run(mut self) -> Option<String> {
        while let Some(byte) = self.next() {
            match byte {
                b'(' => {
                    self.open.push(self.out.len());
                    self.out.push('(');
                    self.atom = None;
                }
                b')' => {
                    let start = self.open.pop()?;
                    self.out.push(')');
                    self.begin_atom(start);
                }
                b'|' => {
                    self.out.push('|');
                    self.atom = None;
                }
                b'^' => {
                    self.out.push_str(r"\A");
                    self.atom = None;
                }
                b'$' => {
                    self.out.push_str(r"\z");
                    self.atom = None;
                }
                b'*' | b'+' | b'?' => self.quantifier(char::from(byte).to_string())?,
                b'{' => {
                    let repetition = self.repetition()?;
                    self.quantifier(repetition)?;
                }
                b'.' => {
                    self.begin_atom(self.out.len());
                    self.out.push('.');
                }
                b'[' => {
                    self.begin_atom(self.out.len());
                    self.bracket()?;
                }
                b'\\' => {
                    // Only what has a meaning of its own can be escaped.
                    let escaped = self.next().filter(|b| br".[\()*+?{|^$".contains(b))?;
                    self.literal(escaped);
                }
                byte => self.literal(byte),
            }
        }
        self.open.is_empty().then_some(self.out)
    }

    fn begin_atom(&mut self, start: usize) {
        self.atom = Some(start);
        self.quantifiers = 0;
    }

    fn literal(&mut self, byte: u8) {
        self.begin_atom(self.out.len());
        push_byte(&mut self.out, byte);
    }

    fn quantifier(&mut self, text: String) -> Option<()> {
        let atom = self.atom?;
        // `a+?` is not lazy but repeated twice.
        if self.quantifiers > 0 {
            self.out.insert_str(atom, "(?:");
            self.out.push(')');
        }
        self.quantifiers += 1;
        self.out.push_str(&text);
        (self.quantifiers <= MAX_QUANTIFIERS).then_some(())
    }

    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.pattern.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        std::str::from_utf8(&self.pattern[start..self.at]).ok()?.parse().ok()
    }

    /// `n}`, `n,}` or `n,m}`
    fn repetition(&mut self) -> Option<String> {
        let low = self.number()?;
        if self.skip(b'}') {
            return Some(format!("{{{low}}}"));
        }
        if !self.skip(b',') {
            return None;
        }
        if self.skip(b'}') {
            return Some(format!("{{{low},}}"));
        }
        let high = self.number().filter(|high| *high >= low)?;
        self.skip(b'}').then(|| format!("{{{low},{high}}}"))
    }

    /// A bracket expression after its `[`.
    fn bracket(&mut self) -> Option<()> {
        let negated = self.skip(b'^');
        let mut set = [false; 256];
        // The byte that a range could begin with; after a class there is none.
        let mut last = None;
        let mut after_class = false;
        let first = self.at;
        loop {
            let here = self.at;
            match self.next()? {
                b']' if here > first => break,
                b'[' if self.special_ahead() => match self.special(&mut set)? {
                    Some(byte) => (last, after_class) = (Some(byte), false),
                    None => (last, after_class) = (None, true),
                },
                // A dash first or last stands for itself, elsewhere it makes a range.
                b'-' if here > first && self.pattern.get(self.at) != Some(&b']') => {
                    if after_class {
                        return None;
                    }
                    let (low, high) = (last.take()?, self.next()?);
                    if high == b'[' && self.special_ahead() {
                        return None;
                    }
                    // libstdc++ compares signed characters.
                    if (high as i8) < (low as i8) {
                        return None;
                    }
                    (low as i8..=high as i8).for_each(|b| set[usize::from(b as u8)] = true);
                }
                byte => {
                    set[usize::from(byte)] = true;
                    (last, after_class) = (Some(byte), false);
                }
            }
        }
        self.push_set(&set, negated);
        Some(())
    }

    /// Whether `[:`, `[.` or `[=` begins, of which `[` is read.
    fn special_ahead(&self) -> bool {
        matches!(self.pattern.get(self.at), Some(b':' | b'.' | b'='))
    }

    /// `[:class:]`, `[.name.]` or `[=name=]` after its `[`. Gives the byte of a collating symbol.
    fn special(&mut self, set: &mut [bool; 256]) -> Option<Option<u8>> {
        let kind = self.next()?;
        let length = self.pattern[self.at..].windows(2).position(|w| w == [kind, b']'])?;
        let name = &self.pattern[self.at..self.at + length];
        self.at += length + 2;
        if kind == b':' {
            let member = class(&name.to_ascii_lowercase())?;
            (0..128u8).filter(member).for_each(|b| set[usize::from(b)] = true);
            return Some(None);
        }
        let byte = collating_symbol(name)?;
        set[usize::from(byte)] = true;
        Some((kind == b'.').then_some(byte))
    }

    fn push_set(&mut self, set: &[bool; 256], negated: bool) {
        self.out.push_str(if negated { "[^" } else { "[" });
        let mut from = 0;
        while from < 256 {
            if !set[from] {
                from += 1;
                continue;
            }
            let end = (from..256).find(|i| !set[*i]).unwrap_or(256);
            self.out.push_str(&format!(r"\x{from:02x}-\x{:02x}", end - 1));
            from = end;
        }
        self.out.push(']');
    }
}

/// The ASCII characters of a class; `d`, `s` and `w` are extensions of libstdc++.
fn class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |b| matches!(b, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" | b"d" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |b| matches!(b, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" | b"s" => |b| matches!(b, b' ' | b'\t'..=b'\r'),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        b"w" => |b| b.is_ascii_alphanumeric() || *b == b'_',
        _ => return None,
    })
}

/// Names of the POSIX portable character set, where they are not the character itself.
const NAMES: &[(&str, u8)] = &[
    ("tab", b'\t'),
    ("newline", b'\n'),
    ("vertical-tab", 0x0b),
    ("form-feed", 0x0c),
    ("carriage-return", b'\r'),
    ("space", b' '),
    ("exclamation-mark", b'!'),
    ("quotation-mark", b'"'),
    ("number-sign", b'#'),
    ("dollar-sign", b'$'),
    ("percent-sign", b'%'),
    ("ampersand", b'&'),
    ("apostrophe", b'\''),
    ("left-parenthesis", b'('),
    ("right-parenthesis", b')'),
    ("asterisk", b'*'),
    ("plus-sign", b'+'),
    ("comma", b','),
    ("hyphen", b'-'),
    ("period", b'.'),
    ("slash", b'/'),
    ("zero", b'0'),
    ("one", b'1'),
    ("two", b'2'),
    ("three", b'3'),
    ("four", b'4'),
    ("five", b'5'),
    ("six", b'6'),
    ("seven", b'7'),
    ("eight", b'8'),
    ("nine", b'9'),
    ("colon", b':'),
    ("semicolon", b';'),
    ("less-than-sign", b'<'),
    ("equals-sign", b'='),
    ("greater-than-sign", b'>'),
    ("question-mark", b'?'),
    ("commercial-at", b'@'),
    ("left-square-bracket", b'['),
    ("backslash", b'\\'),
    ("right-square-bracket", b']'),
    ("circumflex", b'^'),
    ("underscore", b'_'),
    ("grave-accent", b'`'),
    ("left-curly-bracket", b'{'),
    ("vertical-line", b'|'),
    ("right-curly-bracket", b'}'),
    ("tilde", b'~'),
];

fn collating_symbol(name: &[u8]) -> Option<u8> {
    match name {
        [letter] if letter.is_ascii_alphabetic() => Some(*letter),
        _ => NAMES.iter().find(|(n, _)| n.as_bytes() == name).map(|(_, byte)| *byte),
    }
}

/// The groups of a match; a group that took no part is null.
fn groups<'e>(ev: &Evaluator<'e>, captures: &regex::bytes::Captures<'e>) -> Value<'e> {
    let group = |m: Option<regex::bytes::Match<'e>>| m.map_or(Value::Null, |m| ev.string_in(m.as_bytes(), &[]));
    ev.list(captures.iter().skip(1).map(group).collect())
}

/// `match regex text`: the groups when the whole text matches, otherwise null.
fn match_whole<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let regex = ev.regexes.get(ev.force_plain(args[0])?, Purpose::Match)?;
    let text = ev.force_string(args[1])?.bytes();
    Ok(match regex.captures(text) {
        Some(captures) => groups(ev, &captures),
        None => Value::Null,
    })
}

/// `split regex text`: the texts between the matches, and between them the groups of each match.
fn split<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let regex = ev.regexes.get(ev.force_plain(args[0])?, Purpose::Split)?;
    let text = ev.force_string(args[1])?.bytes();
    let mut parts = Vec::new();
    // Where the text since the last match begins, and where to look for the next one. A match may be empty right after one
    // that is not.
    let (mut since, mut at) = (0, 0);
    while at <= text.len() {
        let Some(captures) = regex.captures_at(text, at) else { break };
        let Some(whole) = captures.get(0) else { break };
        parts.push(ev.string_in(&text[since..whole.start()], &[]));
        parts.push(groups(ev, &captures));
        since = whole.end();
        at = whole.end() + usize::from(whole.is_empty());
    }
    if parts.is_empty() {
        // Without a match the text stays what it is, with its context.
        return Ok(ev.list(vec![args[1]]));
    }
    parts.push(ev.string_in(&text[since..], &[]));
    Ok(ev.list(parts))
}
