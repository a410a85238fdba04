//! Reads an extended regular expression and has its program put together.

use super::build::{Builder, Fragment, Repetition};
use super::program::{NodeId, Op, Program};
use super::{RegexError, Result, bracket};

/// What can be escaped outside of brackets.
const SPECIAL: &[u8] = br".[\()*+?{|^$";

/// The program of an expression.
///
/// Errors: [`RegexError::Invalid`], [`RegexError::TooLarge`].
pub(super) fn parse(pattern: &[u8]) -> Result<Program> {
    let mut parser = Parser { pattern, at: 0, builder: Builder::default(), groups: 0, alternatives: Vec::new() };
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level { open: None, first: 0, sequence: None };
    while let Some(byte) = parser.next() {
        match byte {
            b'(' => {
                let index = parser.groups;
                parser.groups += 1;
                let open = Some((parser.builder.open_group(index)?, index));
                let inner = Level { open, first: parser.alternatives.len(), sequence: None };
                outer.push(std::mem::replace(&mut level, inner));
            }
            b')' => {
                let (open, index) = level.open.ok_or(RegexError::Invalid)?;
                let inside = parser.close(&level)?;
                let group = parser.builder.group(open, index, inside)?;
                level = outer.pop().ok_or(RegexError::Invalid)?;
                let group = parser.quantified(group)?;
                parser.add(&mut level, group);
            }
            b'|' => {
                let alternative = parser.builder.alternative(level.sequence.take())?;
                parser.alternatives.push(alternative);
            }
            // Assertions cannot be repeated.
            b'^' => parser.add_single(&mut level, Op::Begin)?,
            b'$' => parser.add_single(&mut level, Op::End)?,
            b'*' | b'+' | b'?' | b'{' | 0 => return Err(RegexError::Invalid),
            byte => {
                let atom = match byte {
                    b'.' => parser.builder.dot()?,
                    b'[' => {
                        let set = bracket::parse(pattern, &mut parser.at)?;
                        parser.builder.one_of(set)?
                    }
                    b'\\' => {
                        let escaped = parser.next().filter(|b| SPECIAL.contains(b)).ok_or(RegexError::Invalid)?;
                        parser.builder.single(Op::Byte(escaped))?
                    }
                    byte => parser.builder.single(Op::Byte(byte))?,
                };
                let atom = parser.quantified(atom)?;
                parser.add(&mut level, atom);
            }
        }
    }
    if level.open.is_some() {
        return Err(RegexError::Invalid);
    }
    let whole = parser.close(&level)?;
    parser.builder.finish(whole, parser.groups)
}

/// A group that is being read, or the whole expression.
struct Level {
    /// Where the group begins, and its index.
    open: Option<(NodeId, u32)>,
    /// The first of its finished alternatives.
    first: usize,
    /// The alternative that is being read.
    sequence: Option<Fragment>,
}

struct Parser<'p> {
    pattern: &'p [u8],
    at: usize,
    builder: Builder,
    groups: u32,
    /// The finished alternatives of all groups that are being read.
    alternatives: Vec<Fragment>,
}

impl Parser<'_> {
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

    fn add(&mut self, level: &mut Level, fragment: Fragment) {
        level.sequence = Some(match level.sequence {
            Some(sequence) => self.builder.append(sequence, fragment),
            None => fragment,
        });
    }

    fn add_single(&mut self, level: &mut Level, op: Op) -> Result<()> {
        let fragment = self.builder.single(op)?;
        self.add(level, fragment);
        Ok(())
    }

    /// What a level contains.
    fn close(&mut self, level: &Level) -> Result<Fragment> {
        let last = self.builder.alternative(level.sequence)?;
        self.alternatives.push(last);
        let inside = self.builder.either(&self.alternatives[level.first..])?;
        self.alternatives.truncate(level.first);
        Ok(inside)
    }

    /// An atom with the quantifiers that follow it.
    fn quantified(&mut self, mut atom: Fragment) -> Result<Fragment> {
        while let Some(byte) = self.pattern.get(self.at) {
            self.at += 1;
            atom = match byte {
                b'*' => self.builder.zero_or_more(atom)?,
                b'+' => self.builder.one_or_more(atom)?,
                b'?' => self.builder.zero_or_one(atom)?,
                b'{' => {
                    let times = self.repetition()?;
                    self.builder.repeat(atom, times)?
                }
                _ => {
                    self.at -= 1;
                    break;
                }
            };
        }
        Ok(atom)
    }

    /// `n}`, `n,}` or `n,m}`
    fn repetition(&mut self) -> Result<Repetition> {
        let least = self.number()?;
        let most = if !self.skip(b',') {
            Some(least)
        } else if self.pattern.get(self.at).is_some_and(u8::is_ascii_digit) {
            Some(self.number()?)
        } else {
            None
        };
        if self.skip(b'}') { Ok(Repetition { least, most }) } else { Err(RegexError::Invalid) }
    }

    /// A decimal number that fits into 31 bits.
    fn number(&mut self) -> Result<u32> {
        let digits = self.pattern[self.at..].iter().take_while(|byte| byte.is_ascii_digit());
        let mut number = 0i32;
        let mut length = 0;
        for digit in digits {
            let value = number.checked_mul(10).and_then(|n| n.checked_add(i32::from(digit - b'0')));
            number = value.ok_or(RegexError::Invalid)?;
            length += 1;
        }
        self.at += length;
        if length == 0 { Err(RegexError::Invalid) } else { Ok(number as u32) }
    }
}
