//! Reading an archive back, strictly.

use std::error::Error;
use std::fmt;

use super::{ALIGNMENT, MAGIC, is_entry_name, padding};

/// How many directories may stand within each other.
pub const MAX_DEPTH: usize = 4096;

/// The longest name that a directory entry may have, as on most file systems.
const MAX_NAME_LEN: u64 = 255;

/// The longest target that a symbolic link may have, `PATH_MAX` less its zero byte.
const MAX_TARGET_LEN: u64 = 4095;

/// The longest word of the format itself, which leaves room to show a wrong one.
const MAX_WORD_LEN: u64 = 16;

/// One file, directory or link of an archive. What it holds is part of the archive's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NarEntry<'a> {
    /// A file.
    Regular {
        /// Whether it may be executed.
        executable: bool,
        /// All of its bytes.
        contents: &'a [u8],
    },
    /// A symbolic link.
    Symlink {
        /// Where it points, as it is written in it.
        target: &'a [u8],
    },
    /// A directory; its entries follow.
    Directory,
}

/// Why bytes are not a NAR, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseNarError {
    /// The place in the archive, in bytes from its start.
    pub offset: usize,
    /// What is wrong there.
    pub kind: ParseNarErrorKind,
}

/// What is wrong with the bytes of a NAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseNarErrorKind {
    /// The archive ends too early.
    Truncated,
    /// Another word stands where one of these must stand.
    Expected(&'static str),
    /// A name, a link's target or a word is longer than any can be.
    TooLong,
    /// The filling after a string is not zeros.
    Padding,
    /// An entry's name is empty, `.` or `..`, or has a slash or a zero byte.
    Name,
    /// A link's target is empty or has a zero byte.
    Target,
    /// An entry's name does not sort after the one before it.
    Unsorted,
    /// More than [`MAX_DEPTH`] directories stand within each other.
    TooDeep,
    /// There are bytes after the end of the archive.
    TrailingBytes,
}

impl fmt::Display for ParseNarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.offset)?;
        f.write_str(match self.kind {
            ParseNarErrorKind::Truncated => "the archive ends too early",
            ParseNarErrorKind::Expected(words) => return write!(f, "expected {words}"),
            ParseNarErrorKind::TooLong => "the string is too long",
            ParseNarErrorKind::Padding => "the string is not filled up with zeros",
            ParseNarErrorKind::Name => "the name of the entry is illegal",
            ParseNarErrorKind::Target => "the target of the link is illegal",
            ParseNarErrorKind::Unsorted => "the entry does not sort after the one before it",
            ParseNarErrorKind::TooDeep => "directories are nested too deeply",
            ParseNarErrorKind::TrailingBytes => "there are bytes after the end of the archive",
        })
    }
}

impl Error for ParseNarError {}

/// Why [`parse`] stopped: the archive's fault, or the visitor's wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitNarError<E> {
    /// The archive is not well formed.
    Parse(ParseNarError),
    /// The visitor returned an error.
    Visitor(E),
}

impl<E: fmt::Display> fmt::Display for VisitNarError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parse(error) => error.fmt(f),
            Self::Visitor(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for VisitNarError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Parse(error) => Some(error),
            Self::Visitor(error) => Some(error),
        }
    }
}

impl<E> From<ParseNarError> for VisitNarError<E> {
    fn from(error: ParseNarError) -> Self {
        Self::Parse(error)
    }
}

/// Is told of every entry of an archive: its path and what stands there; see [`parse`].
pub type NarVisitor<'v, 'a, E> = dyn FnMut(&[u8], NarEntry<'a>) -> Result<(), E> + 'v;

/// Reads an archive and calls `visit` with the path of each entry, relative to the root and with slashes between the
/// names, and what stands there. The root's path is empty. A directory comes before its entries.
///
/// Only what [`super::write_nar`] could have written is accepted. Entries are visited while reading, so an error may
/// follow after some of them. Nothing recurses, and contents are not copied.
///
/// # Errors
/// [`VisitNarError::Parse`] says at which byte and what; [`VisitNarError::Visitor`] is the error of `visit`.
pub fn parse<'a, E>(bytes: &'a [u8], visit: &mut NarVisitor<'_, 'a, E>) -> Result<(), VisitNarError<E>> {
    let mut parser = Parser { bytes, offset: 0 };
    parser.require(MAGIC, "\"nix-archive-1\"")?;
    let mut path = Vec::new();
    let mut open: Vec<OpenDirectory<'a>> = Vec::new();
    let mut entry = parser.node()?;
    loop {
        visit(&path, entry).map_err(VisitNarError::Visitor)?;
        if entry == NarEntry::Directory {
            if open.len() == MAX_DEPTH {
                return Err(parser.error(ParseNarErrorKind::TooDeep).into());
            }
            open.push(OpenDirectory { path_len: path.len(), last: None });
        } else if !open.is_empty() {
            parser.require(b")", "\")\"")?;
        }
        // Close directories until one has another entry.
        loop {
            let Some(directory) = open.last_mut() else {
                return if parser.offset == bytes.len() {
                    Ok(())
                } else {
                    Err(parser.error(ParseNarErrorKind::TrailingBytes).into())
                };
            };
            path.truncate(directory.path_len);
            if let Some(name) = parser.entry_name(directory.last)? {
                directory.last = Some(name);
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name);
                entry = parser.node()?;
                break;
            }
            open.pop();
            if !open.is_empty() {
                parser.require(b")", "\")\"")?;
            }
        }
    }
}

struct OpenDirectory<'a> {
    path_len: usize,
    last: Option<&'a [u8]>,
}

struct Parser<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Parser<'a> {
    /// A whole node, or the beginning of a directory.
    fn node(&mut self) -> Result<NarEntry<'a>, ParseNarError> {
        const KINDS: &str = "\"regular\", \"symlink\" or \"directory\"";
        self.require(b"(", "\"(\"")?;
        self.require(b"type", "\"type\"")?;
        let start = self.offset;
        let entry = match self.string(MAX_WORD_LEN)? {
            b"directory" => return Ok(NarEntry::Directory),
            b"symlink" => {
                self.require(b"target", "\"target\"")?;
                let start = self.offset;
                let target = self.string(MAX_TARGET_LEN)?;
                if target.is_empty() || target.contains(&0) {
                    return Err(ParseNarError { offset: start, kind: ParseNarErrorKind::Target });
                }
                NarEntry::Symlink { target }
            }
            b"regular" => self.regular()?,
            _ => {
                return Err(ParseNarError { offset: start, kind: ParseNarErrorKind::Expected(KINDS) });
            }
        };
        self.require(b")", "\")\"")?;
        Ok(entry)
    }

    fn regular(&mut self) -> Result<NarEntry<'a>, ParseNarError> {
        const FIELDS: &str = "\"executable\" or \"contents\"";
        let start = self.offset;
        let executable = match self.string(MAX_WORD_LEN)? {
            b"contents" => false,
            b"executable" => {
                self.require(b"", "\"\"")?;
                self.require(b"contents", "\"contents\"")?;
                true
            }
            _ => {
                return Err(ParseNarError { offset: start, kind: ParseNarErrorKind::Expected(FIELDS) });
            }
        };
        Ok(NarEntry::Regular { executable, contents: self.string(u64::MAX)? })
    }

    /// The next entry of a directory up to its node, or the directory's end.
    fn entry_name(&mut self, last: Option<&[u8]>) -> Result<Option<&'a [u8]>, ParseNarError> {
        let start = self.offset;
        match self.string(MAX_WORD_LEN)? {
            b")" => return Ok(None),
            b"entry" => {}
            _ => {
                let kind = ParseNarErrorKind::Expected("\"entry\" or \")\"");
                return Err(ParseNarError { offset: start, kind });
            }
        }
        self.require(b"(", "\"(\"")?;
        self.require(b"name", "\"name\"")?;
        let start = self.offset;
        let name = self.string(MAX_NAME_LEN)?;
        if !is_entry_name(name) {
            return Err(ParseNarError { offset: start, kind: ParseNarErrorKind::Name });
        }
        if last.is_some_and(|last| last >= name) {
            return Err(ParseNarError { offset: start, kind: ParseNarErrorKind::Unsorted });
        }
        self.require(b"node", "\"node\"")?;
        Ok(Some(name))
    }

    fn require(&mut self, word: &[u8], shown: &'static str) -> Result<(), ParseNarError> {
        let start = self.offset;
        if self.string(MAX_WORD_LEN)? != word {
            return Err(ParseNarError { offset: start, kind: ParseNarErrorKind::Expected(shown) });
        }
        Ok(())
    }

    fn string(&mut self, limit: u64) -> Result<&'a [u8], ParseNarError> {
        let rest = &self.bytes[self.offset..];
        let Some((length, rest)) = rest.split_first_chunk::<ALIGNMENT>() else {
            return Err(self.error(ParseNarErrorKind::Truncated));
        };
        let length = u64::from_le_bytes(*length);
        if length > limit {
            return Err(self.error(ParseNarErrorKind::TooLong));
        }
        let split = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
        let Some((string, rest)) = split else {
            return Err(self.error(ParseNarErrorKind::Truncated));
        };
        let filling = padding(length);
        match rest.get(..filling) {
            None => Err(self.error(ParseNarErrorKind::Truncated)),
            Some(zeros) if zeros.iter().any(|&byte| byte != 0) => Err(self.error(ParseNarErrorKind::Padding)),
            Some(_) => {
                self.offset += ALIGNMENT + string.len() + filling;
                Ok(string)
            }
        }
    }

    fn error(&self, kind: ParseNarErrorKind) -> ParseNarError {
        ParseNarError { offset: self.offset, kind }
    }
}
