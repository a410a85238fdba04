//! Regular expressions as Nix has them: the grammar `extended` of C++'s `std::regex` (POSIX extended regular expressions)
//! as libstdc++ implements it, on bytes. POSIX and the C++ standard leave much open, and libstdc++ differs from both, so
//! what counts here is how libstdc++ behaves. Nix uses it without options, in the `C` locale.
//!
//! # What is an expression
//!
//! - alternatives, groups and the whole expression may be empty; `^` and `$` cannot be repeated, everything else can be
//!   repeated again and again (`a**`); a quantifier without anything before it is invalid;
//! - only `.[\()*+?{|^$` can be escaped; `]` and `}` stand for themselves, `{` never does; a backslash in brackets does;
//! - brackets know classes, collating symbols, equivalence classes, and ranges of *signed* bytes;
//! - `a{2,3}` is written out; more than 100 000 states in all are too many. A count has to fit into 31 bits (libstdc++
//!   before version 13 lets it wrap around).
//!
//! # What matches
//!
//! `.` is any byte but NUL, also a newline; `^` and `$` are the two ends of the text, never those of a line.
//!
//! Paths through the expression are tried in order: the first alternative first, one more round of a loop before leaving
//! it. A loop, or an optional part, is left only where going on with it led to no match at all; but *all* alternatives are
//! tried, and of the matches that they led to the longest counts, and the first among equally long ones. So `a|ab` takes
//! all of `ab`, and `(a|ab)(c|bcd)` all of `abcd`, but `a*(ab)?` takes two bytes of `aab`, not three.
//!
//! A loop whose body matches nothing goes through it at most twice at one place; so `(a*)*` captures the empty text after
//! its last `a`. A group keeps what it captured in earlier rounds of a loop around it.
//!
//! # Files
//!
//! The text is read ([`parse`], [`bracket`]) and made ([`build`]) a graph of nodes ([`program`]) in one go; [`run`] follows the graph,
//! and goes back where it was wrong. It notes where it has been when it goes back often, so the time it takes is at most
//! proportional to the length of the text times the size of the expression.

mod bracket;
mod build;
mod parse;
mod program;
mod run;

use program::{NONE, Program};
pub use run::Scratch;
use std::ops::Range;

/// Which bytes belong to a set.
type ByteSet = [bool; 256];

/// Why an expression is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegexError {
    /// It is not an extended regular expression.
    Invalid,
    /// It, or matching it with this text, would need too much memory.
    TooLarge,
}

type Result<T> = std::result::Result<T, RegexError>;

/// A regular expression.
#[derive(Debug)]
pub struct Regex(Program);

/// A match: where in the text it is, and what its groups captured; `None` for groups that took no part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'s> {
    /// Where the whole match is.
    pub whole: Range<usize>,
    slots: &'s [u32],
}

impl Match<'_> {
    /// What the groups captured, in the order of their opening parentheses.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = Option<Range<usize>>> {
        self.slots.chunks_exact(2).map(|ends| (ends[1] != NONE).then(|| ends[0] as usize..ends[1] as usize))
    }
}

impl Regex {
    /// Reads an expression.
    ///
    /// Errors: [`RegexError`].
    pub fn new(pattern: &[u8]) -> Result<Regex> {
        parse::parse(pattern).map(Regex)
    }

    /// How many parts the program has: a measure of the memory that it takes.
    pub fn size(&self) -> usize {
        self.0.nodes.len()
    }

    /// Whether the expression matches all of the text, and what its groups capture.
    ///
    /// Errors: [`RegexError::TooLarge`].
    pub fn match_whole<'s>(&self, text: &[u8], scratch: &'s mut Scratch) -> Result<Option<Match<'s>>> {
        scratch.begin(&self.0, text)?;
        let end = scratch.run(&self.0, text, 0, run::Goal::Whole)?;
        Ok(end.map(|end| Match { whole: 0..end, slots: scratch.captures() }))
    }

    /// Hands over one after the other all matches in the text that do not overlap.
    ///
    /// Errors: [`RegexError::TooLarge`].
    pub fn find_all(&self, text: &[u8], scratch: &mut Scratch, mut found: impl FnMut(Match<'_>)) -> Result<()> {
        scratch.begin(&self.0, text)?;
        let mut at = 0;
        while let Some((start, end)) = scratch.find(&self.0, text, at)? {
            found(Match { whole: start..end, slots: scratch.captures() });
            at = end;
            if start < end {
                continue;
            }
            // After an empty match another one may begin at its place that is not empty.
            if start == text.len() {
                break;
            }
            at = match scratch.run(&self.0, text, start, run::Goal::NotEmpty)? {
                Some(end) => {
                    found(Match { whole: start..end, slots: scratch.captures() });
                    end
                }
                None => start + 1,
            };
        }
        Ok(())
    }
}
