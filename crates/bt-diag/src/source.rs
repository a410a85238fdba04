//! Files and places in them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A byte range in the position space of a [`SourceMap`]. `Span::NONE` (0, 0) is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// No place.
    pub const NONE: Span = Span { start: 0, end: 0 };

    /// The range from `start` to `end`.
    pub fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// Whether this is no place.
    pub fn is_none(self) -> bool {
        self.end == 0
    }

    /// The span, or `None` when it is no place.
    pub fn known(self) -> Option<Span> {
        (!self.is_none()).then_some(self)
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        if self.is_none() {
            return other;
        }
        if other.is_none() {
            return self;
        }
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Line and column, both from 1; columns count Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// A span resolved to a file and positions.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file.
    pub file: Rc<SourceFile>,
    /// Where the span starts.
    pub start: Position,
    /// Where it ends (exclusive).
    pub end: Position,
    /// Byte range in the file's text.
    pub range: std::ops::Range<usize>,
}

/// One source text.
#[derive(Debug)]
pub struct SourceFile {
    /// The path by which the evaluator knows the file, or a name such as `«string»`.
    pub path: String,
    place: Option<String>,
    /// The text.
    pub text: String,
    /// Where the file begins in the position space.
    pub base: u32,
    line_starts: std::cell::OnceCell<Vec<u32>>,
    /// How many characters begin before each block of [`BLOCK`] bytes, so that a column in a long line is found quickly.
    characters_before: std::cell::OnceCell<Vec<u32>>,
}

/// Bytes of a text whose characters are counted together.
const BLOCK: usize = 256;

/// How many characters begin in some bytes.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| *byte & 0xc0 != 0x80).count()
}

impl SourceFile {
    /// Where the file is, for people; usually the path by which the evaluator knows it.
    pub fn place(&self) -> &str {
        self.place.as_deref().unwrap_or(&self.path)
    }

    /// Byte range of `span` in the text, clipped to it and to character boundaries.
    pub fn range(&self, span: Span) -> std::ops::Range<usize> {
        let clip = |p: u32| {
            let mut at = (p.saturating_sub(self.base) as usize).min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = clip(span.start);
        start..clip(span.end).max(start)
    }

    /// The span of a byte range of the text.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span { start: self.base + range.start as u32, end: self.base + range.end as u32 }
    }

    /// Line and column of a byte offset of the text.
    pub fn position(&self, offset: usize) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start as usize <= offset).max(1);
        let start = starts[line - 1] as usize;
        let column = self.characters_before(offset).saturating_sub(self.characters_before(start)) + 1;
        Position { line: line as u32, column: column as u32 }
    }

    /// Where the line of a byte offset begins.
    pub fn line_start(&self, offset: usize) -> usize {
        let starts = self.line_starts();
        starts[starts.partition_point(|start| *start as usize <= offset).max(1) - 1] as usize
    }

    /// The line of a byte offset, without what ends it but for a carriage return.
    pub fn line_range(&self, offset: usize) -> std::ops::Range<usize> {
        let starts = self.line_starts();
        let next = starts.partition_point(|start| *start as usize <= offset).max(1);
        let end = starts.get(next).map_or(self.text.len(), |next| *next as usize - 1);
        starts[next - 1] as usize..end
    }

    /// The byte offsets at which lines begin; the first is 0.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0).chain(newlines.map(|(i, _)| i as u32 + 1)).collect()
        })
    }

    /// How many characters of the text begin before a byte offset.
    fn characters_before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let blocks = self.characters_before.get_or_init(|| {
            let counts = self.text.as_bytes().chunks(BLOCK).scan(0, |before, block| {
                let here = *before;
                *before += count_characters(block) as u32;
                Some(here)
            });
            counts.collect()
        });
        // The end of the text has no block of its own when the last one is full.
        let Some(last) = blocks.len().checked_sub(1) else { return 0 };
        let block = (offset / BLOCK).min(last);
        blocks[block] as usize + count_characters(&self.text.as_bytes()[block * BLOCK..offset])
    }
}

/// All files of a run, each with its part of the position space.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: RefCell<Vec<Rc<SourceFile>>>,
    /// The first file of each path, by its index.
    by_path: RefCell<HashMap<String, usize>>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and returns its file, or `None` when the position space (2 GiB of text) is used up.
    pub fn add(&self, path: impl Into<String>, text: String) -> Option<Rc<SourceFile>> {
        self.add_at(path, None, text)
    }

    /// The same for a file that people know by another path than the evaluator.
    pub fn add_at(&self, path: impl Into<String>, place: Option<String>, text: String) -> Option<Rc<SourceFile>> {
        let mut files = self.files.borrow_mut();
        // Position 0 is reserved for "no place"; one byte between files keeps an end apart from the next start.
        let base = files.last().map_or(1, |f| u64::from(f.base) + f.text.len() as u64 + 1);
        if base + text.len() as u64 >= u64::from(u32::MAX >> 1) {
            return None;
        }
        let file = SourceFile {
            path: path.into(),
            place,
            text,
            base: base as u32,
            line_starts: Default::default(),
            characters_before: Default::default(),
        };
        let file = Rc::new(file);
        self.by_path.borrow_mut().entry(file.path.clone()).or_insert(files.len());
        files.push(Rc::clone(&file));
        Some(file)
    }

    /// The file that holds a position.
    pub fn file_at(&self, position: u32) -> Option<Rc<SourceFile>> {
        let files = self.files.borrow();
        let after = files.partition_point(|f| f.base <= position);
        let file = files.get(after.checked_sub(1)?)?;
        (position != 0 && (position - file.base) as usize <= file.text.len()).then(|| Rc::clone(file))
    }

    /// All files, in the order in which they were added.
    pub fn files(&self) -> Vec<Rc<SourceFile>> {
        self.files.borrow().clone()
    }

    /// The file that was added under `path`, if any.
    pub fn file_by_path(&self, path: &str) -> Option<Rc<SourceFile>> {
        let number = *self.by_path.borrow().get(path)?;
        self.files.borrow().get(number).cloned()
    }

    /// File, lines and columns of a span.
    pub fn locate(&self, span: Span) -> Option<Location> {
        let file = self.file_at(span.start)?;
        let range = file.range(span);
        let (start, end) = (file.position(range.start), file.position(range.end));
        Some(Location { file, start, end, range })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_ranges() {
        let file = SourceMap::new().add("a.nix", "ab\n\ncd".into()).unwrap();
        let lines = [0, 2, 3, 4, 6].map(|offset| file.line_range(offset));
        assert_eq!(lines, [0..2, 0..2, 3..3, 4..6, 4..6]);
    }

    #[test]
    fn columns_count_characters_in_lines_of_any_length() {
        for line in ["", "aö€😀", &"ö".repeat(BLOCK), &"a".repeat(3 * BLOCK), &"a€b".repeat(BLOCK)] {
            let text = format!("x\n{line}\n{line}");
            let map = SourceMap::new();
            let file = map.add("a.nix", text.clone()).unwrap();
            for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let before = &text[..offset];
                let column = before.rsplit('\n').next().unwrap_or("").chars().count() as u32 + 1;
                let expected = Position { line: before.matches('\n').count() as u32 + 1, column };
                assert_eq!(file.position(offset), expected, "{offset} of {}", text.len());
            }
        }
    }

    #[test]
    fn locates_spans_in_their_files() {
        let map = SourceMap::new();
        let a = map.add("a.nix", "one\ntwö x\n".into()).unwrap();
        let b = map.add("b.nix", "three".into()).unwrap();
        let at = map.locate(a.span(9..10)).unwrap();
        assert_eq!((at.file.path.as_str(), at.start.line, at.start.column), ("a.nix", 2, 5));
        let at = map.locate(b.span(0..5)).unwrap();
        assert_eq!((at.file.path.as_str(), at.start.line, at.end.column), ("b.nix", 1, 6));
        assert!(map.locate(Span::NONE).is_none());
    }
}
