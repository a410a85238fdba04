//! Bracket expressions: `[a-z]`, `[^[:space:]]`, `[[.hyphen.]]`, `[[=a=]]`.

use super::{ByteSet, RegexError, Result};

/// The bytes that a bracket expression matches. `pattern[*at]` is what follows its `[`; afterwards it is what follows its
/// `]`.
///
/// Errors: [`RegexError::Invalid`].
pub(super) fn parse(pattern: &[u8], at: &mut usize) -> Result<ByteSet> {
    let mut scanner = Scanner { pattern, at: *at, first: true };
    let negated = scanner.skip(b'^');
    let mut set = [false; 256];
    // What a dash would make a range from.
    let mut last = Last::Nothing;
    let mut first = true;
    loop {
        match scanner.next()? {
            Token::End => break,
            Token::Byte(byte) => {
                set[usize::from(byte)] = true;
                last = Last::Byte(byte);
            }
            Token::Dash if first || scanner.pattern.get(scanner.at) == Some(&b']') => {
                set[usize::from(b'-')] = true;
                last = Last::Byte(b'-');
            }
            Token::Dash => {
                let Last::Byte(low) = last else { return Err(RegexError::Invalid) };
                let high = match scanner.next()? {
                    Token::Byte(byte) => byte,
                    Token::Dash => b'-',
                    _ => return Err(RegexError::Invalid),
                };
                // Characters are signed.
                let (low, high) = (low as i8, high as i8);
                if low > high {
                    return Err(RegexError::Invalid);
                }
                (low..=high).for_each(|byte| set[usize::from(byte as u8)] = true);
                last = Last::Nothing;
            }
            Token::Symbol(name) => {
                let byte = collating_symbol(name)?;
                set[usize::from(byte)] = true;
                last = Last::Byte(byte);
            }
            Token::Equivalents(name) => {
                // Upper and lower case are equivalent.
                let byte = collating_symbol(name)?;
                set[usize::from(byte.to_ascii_lowercase())] = true;
                set[usize::from(byte.to_ascii_uppercase())] = true;
                last = Last::Class;
            }
            Token::Class(name) => {
                let member = class(name)?;
                (0..128u8).filter(member).for_each(|byte| set[usize::from(byte)] = true);
                last = Last::Class;
            }
        }
        first = false;
    }
    if negated {
        set.iter_mut().for_each(|member| *member = !*member);
    }
    *at = scanner.at;
    Ok(set)
}

/// What came before, as far as a range cares.
enum Last {
    Nothing,
    Byte(u8),
    Class,
}

enum Token<'p> {
    Byte(u8),
    Dash,
    Symbol(&'p [u8]),
    Equivalents(&'p [u8]),
    Class(&'p [u8]),
    End,
}

struct Scanner<'p> {
    pattern: &'p [u8],
    at: usize,
    /// A `]` that comes first stands for itself.
    first: bool,
}

impl<'p> Scanner<'p> {
    fn skip(&mut self, byte: u8) -> bool {
        let found = self.pattern.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Result<Token<'p>> {
        let byte = *self.pattern.get(self.at).ok_or(RegexError::Invalid)?;
        self.at += 1;
        let first = std::mem::replace(&mut self.first, false);
        Ok(match byte {
            b'-' => Token::Dash,
            b']' if !first => Token::End,
            b'[' => match self.pattern.get(self.at).ok_or(RegexError::Invalid)? {
                b'.' => Token::Symbol(self.name(b'.')?),
                b'=' => Token::Equivalents(self.name(b'=')?),
                b':' => Token::Class(self.name(b':')?),
                _ => Token::Byte(b'['),
            },
            byte => Token::Byte(byte),
        })
    }

    /// What stands in `[:…:]` and the like, of which `[` is read. The first such byte has to be the end.
    fn name(&mut self, mark: u8) -> Result<&'p [u8]> {
        self.at += 1;
        let rest = &self.pattern[self.at..];
        let length = rest.iter().position(|byte| *byte == mark).ok_or(RegexError::Invalid)?;
        self.at += length + 1;
        if self.skip(b']') { Ok(&rest[..length]) } else { Err(RegexError::Invalid) }
    }
}

/// The ASCII characters of a class; case does not matter in its name. `d`, `s` and `w` are extensions of libstdc++.
fn class(name: &[u8]) -> Result<fn(&u8) -> bool> {
    Ok(match name.to_ascii_lowercase().as_slice() {
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
        _ => return Err(RegexError::Invalid),
    })
}

/// The names of the ASCII characters in the POSIX locale that are not letters, in the order of their codes: those from 0
/// to `@`, those between `Z` and `a`, and those after `z`.
const NAMES: [(u8, &[&str]); 3] = [
    (
        0,
        &[
            "NUL",
            "SOH",
            "STX",
            "ETX",
            "EOT",
            "ENQ",
            "ACK",
            "alert",
            "backspace",
            "tab",
            "newline",
            "vertical-tab",
            "form-feed",
            "carriage-return",
            "SO",
            "SI",
            "DLE",
            "DC1",
            "DC2",
            "DC3",
            "DC4",
            "NAK",
            "SYN",
            "ETB",
            "CAN",
            "EM",
            "SUB",
            "ESC",
            "IS4",
            "IS3",
            "IS2",
            "IS1",
            "space",
            "exclamation-mark",
            "quotation-mark",
            "number-sign",
            "dollar-sign",
            "percent-sign",
            "ampersand",
            "apostrophe",
            "left-parenthesis",
            "right-parenthesis",
            "asterisk",
            "plus-sign",
            "comma",
            "hyphen",
            "period",
            "slash",
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "colon",
            "semicolon",
            "less-than-sign",
            "equals-sign",
            "greater-than-sign",
            "question-mark",
            "commercial-at",
        ],
    ),
    (b'[', &["left-square-bracket", "backslash", "right-square-bracket", "circumflex", "underscore", "grave-accent"]),
    (b'{', &["left-curly-bracket", "vertical-line", "right-curly-bracket", "tilde", "DEL"]),
];

/// The character that a collating symbol names. Characters that are not letters have only their names.
fn collating_symbol(name: &[u8]) -> Result<u8> {
    if let [letter] = name
        && letter.is_ascii_alphabetic()
    {
        return Ok(*letter);
    }
    for (start, names) in NAMES {
        if let Some(offset) = names.iter().position(|n| n.as_bytes() == name) {
            return Ok(start + offset as u8);
        }
    }
    Err(RegexError::Invalid)
}
