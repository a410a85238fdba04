//! `match` and `split`.

use super::Builtin;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::regex::{Match, Regex, RegexError, Scratch};
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// The text is evaluated after the expression has been read.
pub(super) const TABLE: &[Builtin] =
    &[Builtin::new("match", 2, 0b01, match_whole), Builtin::new("split", 2, 0b01, split)];

/// How large the expressions together may be that are kept.
const MAX_CACHED: usize = 1 << 18;

/// Compiled expressions by their text: programs use few expressions, but often.
#[derive(Default)]
pub(crate) struct RegexCache {
    known: RefCell<Known>,
    scratch: RefCell<Scratch>,
}

#[derive(Default)]
struct Known {
    by_text: FxHashMap<Box<[u8]>, Rc<Regex>>,
    size: usize,
}

impl RegexCache {
    fn get(&self, pattern: &[u8]) -> std::result::Result<Rc<Regex>, RegexError> {
        let mut known = self.known.borrow_mut();
        if let Some(regex) = known.by_text.get(pattern) {
            return Ok(Rc::clone(regex));
        }
        let regex = Rc::new(Regex::new(pattern)?);
        if known.size > MAX_CACHED {
            *known = Known::default();
        }
        known.size += regex.size() + 64;
        known.by_text.insert(Box::from(pattern), Rc::clone(&regex));
        Ok(regex)
    }
}

/// What to say about an expression that is of no use.
#[cold]
fn unusable(pattern: &[u8], error: RegexError) -> Error {
    let what = match error {
        RegexError::Invalid => "invalid regular expression",
        RegexError::TooLarge => "memory limit exceeded by regular expression",
    };
    Error::new(ErrorKind::Other, format!("{what} '{}'", String::from_utf8_lossy(pattern)))
}

/// The groups of a match; a group that took no part is null.
fn groups<'e>(ev: &Evaluator<'e>, text: &'e [u8], found: &Match<'_>) -> Value<'e> {
    let groups = found.groups();
    ev.list_from(groups.len(), groups.map(|g| g.map_or(Value::Null, |range| ev.string_in(&text[range], &[]))))
}

/// `match regex text`: the groups when the whole text matches, otherwise null.
fn match_whole<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let pattern = ev.force_without_context(args[0])?;
    let regex = ev.regexes.get(pattern).map_err(|e| unusable(pattern, e))?;
    let text = ev.force_string(args[1])?.bytes();
    let mut scratch = ev.regexes.scratch.borrow_mut();
    let found = regex.match_whole(text, &mut scratch).map_err(|e| unusable(pattern, e))?;
    Ok(found.map_or(Value::Null, |found| groups(ev, text, &found)))
}

/// `split regex text`: the texts between the matches, and between them the groups of each match.
fn split<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let pattern = ev.force_without_context(args[0])?;
    let regex = ev.regexes.get(pattern).map_err(|e| unusable(pattern, e))?;
    let text = ev.force_string(args[1])?.bytes();
    let mut parts = Vec::new();
    let mut since = 0;
    let mut scratch = ev.regexes.scratch.borrow_mut();
    let result = regex.find_all(text, &mut scratch, |found| {
        parts.push(ev.string_in(&text[since..found.whole.start], &[]));
        parts.push(groups(ev, text, &found));
        since = found.whole.end;
    });
    result.map_err(|e| unusable(pattern, e))?;
    if parts.is_empty() {
        // Without a match the text stays what it is, with its context.
        return Ok(ev.list(vec![args[1]]));
    }
    parts.push(ev.string_in(&text[since..], &[]));
    Ok(ev.list(parts))
}
