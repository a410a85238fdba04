//! The lines of source that a report shows, as miette wants them.
//!
//! miette knows one source for each report. An [`Excerpt`] is such a source, made for the purpose: it has the few lines
//! that matter, of any number of files, and hands them out as if each were a part of its file. Being a copy, it can have
//! what is dangerous to a terminal made visible, and long lines cut.

use super::escape;
use crate::names::FileNames;
use bt_diag::{Label, Location, SourceMap, Span};
use bt_rules::{MASK, Secrets};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::borrow::Cow;
use std::ops::Range;

/// How far apart tab stops are.
pub const TAB_WIDTH: usize = 4;

/// A place of more lines than this is shown as its first line.
const MAX_LINES: u32 = 8;

/// Lines of context before and after a place; the same as miette's.
const CONTEXT: u32 = 1;

/// What line numbers and frames take, at most.
const GUTTER: usize = 12;

/// Lines of code narrower than this cannot have everything: the place of the finding and the start of each label's text.
const NARROW: usize = 48;

/// What stands before a label's text, beside the number of the line: the frame, and the arrow.
const ARROW: usize = 8;

/// Lines of source with labels.
#[derive(Debug, Default)]
pub struct Excerpt {
    text: String,
    blocks: Vec<Block>,
    labels: Vec<LabeledSpan>,
}

/// Consecutive lines of one file.
#[derive(Debug)]
struct Block {
    name: String,
    /// Bytes of the excerpt's text.
    range: Range<usize>,
    /// Number of the first line, from 0.
    first_line: usize,
    /// For each line, how many characters more of it are left out at its start than put in.
    cut: Vec<isize>,
}

/// Lines of a file that labels need, before they are copied.
struct Wanted {
    location: Location,
    lines: Range<u32>,
    labels: Vec<(Location, String, bool)>,
}

impl Excerpt {
    /// The excerpt for some labels, the first of which is the primary one. Labels whose place is in no file are left out.
    pub fn new<'l>(
        (sources, secrets): (&SourceMap, &Secrets),
        names: &FileNames<'_>,
        width: usize,
        labels: impl IntoIterator<Item = &'l Label>,
    ) -> Excerpt {
        let mut wanted: Vec<Wanted> = Vec::new();
        let mut seen: Vec<&Label> = Vec::new();
        for (index, label) in labels.into_iter().enumerate() {
            let Some(location) = sources.locate(beside(label.span, &seen)).or_else(|| sources.locate(label.span))
            else {
                continue;
            };
            // The same place with the same words, or with none, says nothing new.
            let says_nothing = |l: &&Label| l.span == label.span && (label.text.is_empty() || l.text == label.text);
            if !seen.iter().any(says_nothing) {
                seen.push(label);
                want(&mut wanted, location, &label.text, index == 0);
            }
        }
        let mut excerpt = Excerpt::default();
        let width = width.saturating_sub(GUTTER).max(20);
        for block in wanted {
            excerpt.copy(block, names, width, secrets);
        }
        excerpt
    }

    /// The labels, in positions of the excerpt.
    pub fn labels(&self) -> impl Iterator<Item = LabeledSpan> + '_ {
        self.labels.iter().cloned()
    }

    /// The column below the middle of a place, from 0.
    fn middle(&self, from: usize, to: usize) -> usize {
        let line = self.text[..from].rfind('\n').map_or(0, |newline| newline + 1);
        let columns_of = |range: Range<usize>| self.text.get(range).map_or(0, columns);
        columns_of(line..from) + columns_of(from..to) / 2
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    fn copy(&mut self, wanted: Wanted, names: &FileNames<'_>, width: usize, secrets: &Secrets) {
        let file = &wanted.location.file;
        let start = self.text.len();
        let mut cut = Vec::new();
        // Where each label starts and ends in the excerpt.
        let mut placed = vec![(None, None); wanted.labels.len()];
        let mut offset = line_start(&file.text, &wanted.location, wanted.lines.start);
        for number in wanted.lines.clone() {
            let Some(rest) = file.text.get(offset..).filter(|rest| !rest.is_empty() || number == last_line(&wanted))
            else {
                break;
            };
            let length = rest.find('\n').unwrap_or(rest.len());
            let line = rest[..length].strip_suffix('\r').unwrap_or(&rest[..length]);
            let masked = Masked::new(line, secrets);
            let edges = |at: &Location| {
                let end = (at.end.line == number).then(|| masked.map(at.range.end - offset));
                ((at.start.line == number).then(|| masked.map(at.range.start - offset)), end)
            };
            let line = masked.text.as_ref();
            let starts = || wanted.labels.iter().filter_map(|(at, _, primary)| Some((!primary, edges(at).0?)));
            let place = match width < NARROW {
                true => starts().min().map(|(_, start)| start),
                false => starts().map(|(_, start)| start).min(),
            };
            let window = Window::new(line, width, place);
            for ((at, _, _), place) in wanted.labels.iter().zip(&mut placed) {
                let (from, to) = edges(at);
                place.0 = place.0.or(from.map(|from| self.text.len() + window.map(line, from)));
                place.1 = place.1.or(to.map(|to| self.text.len() + window.map(line, to)));
            }
            window.push(line, &mut self.text);
            self.text.push('\n');
            cut.push(window.cut as isize + masked.longer_before(starts().map(|(_, start)| start).min()));
            offset += length + 1;
        }
        let digits = wanted.lines.end.to_string().len();
        for ((_, text, primary), (from, to)) in wanted.labels.into_iter().zip(placed) {
            let Some(from) = from else { continue };
            // The end of a place of many lines is not shown.
            let to = to.unwrap_or_else(|| from + self.text[from..].find('\n').unwrap_or(0)).max(from);
            // The label of a place of several lines stands at the left.
            let is_narrow = width < NARROW && !self.text.get(from..to).is_some_and(|place| place.contains('\n'));
            let room = match is_narrow {
                true => (width + GUTTER).saturating_sub(ARROW + digits + self.middle(from, to)),
                false => width,
            };
            let text = escape::clip(&escape::line(&text), room).into_owned();
            let (text, span) = ((!text.is_empty()).then_some(text), (from, to - from));
            self.labels.push(match primary {
                true => LabeledSpan::new_primary_with_span(text, span),
                false => LabeledSpan::new_with_span(text, span),
            });
        }
        let name = escape::line(&names.name(file.place())).into_owned();
        let first_line = (wanted.lines.start - 1) as usize;
        self.blocks.push(Block { name, range: start..self.text.len(), first_line, cut });
    }
}

/// Adds a label to the block whose lines it touches, or to a new one.
/// A span that is drawn beside those that are within it: it ends where the first of them begins.
fn beside(span: Span, seen: &[&Label]) -> Span {
    let inner = seen.iter().map(|label| label.span).filter(|s| span.start < s.start && s.end <= span.end);
    Span::new(span.start, inner.map(|s| s.start).min().unwrap_or(span.end))
}

fn want(wanted: &mut Vec<Wanted>, mut location: Location, text: &str, primary: bool) {
    if location.end.line - location.start.line >= MAX_LINES {
        location.end = bt_diag::Position { line: u32::MAX, column: 1 };
    } else if location.end.column == 1 && location.end.line > location.start.line {
        // Up to the start of a line is up to the end of the one before.
        let before = location.file.text[..location.range.end].trim_end_matches(['\r', '\n']).len();
        location.range.end = before.max(location.range.start);
        location.end = location.file.position(location.range.end);
    }
    let last = if location.end.line == u32::MAX { location.start.line } else { location.end.line };
    let lines = location.start.line.saturating_sub(CONTEXT).max(1)..last + CONTEXT + 1;
    let label = (location.clone(), text.to_string(), primary);
    let (base, around) = (location.file.base, lines.clone());
    let touches = |block: &Wanted| {
        block.location.file.base == base && block.lines.start <= around.end && around.start <= block.lines.end
    };
    let index = wanted.iter().position(touches).unwrap_or(wanted.len());
    let mut block = Wanted { location, lines, labels: vec![label] };
    for other in wanted.extract_if(index.., |block| touches(block)) {
        block.lines = block.lines.start.min(other.lines.start)..block.lines.end.max(other.lines.end);
        block.labels.extend(other.labels);
    }
    wanted.insert(index, block);
}

/// The last line that a label of the block touches.
fn last_line(wanted: &Wanted) -> u32 {
    let last = |at: &Location| if at.end.line == u32::MAX { at.start.line } else { at.end.line };
    wanted.labels.iter().map(|(at, _, _)| last(at)).max().unwrap_or(0)
}

/// Where a line starts that is at or a little before the start of a location.
fn line_start(text: &str, location: &Location, line: u32) -> usize {
    let start_of_line = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let own = start_of_line(location.range.start);
    (line..location.start.line).fold(own, |start, _| start_of_line(start.saturating_sub(1)))
}

/// A line without secrets.
struct Masked<'l> {
    line: &'l str,
    text: Cow<'l, str>,
    secrets: Vec<Range<usize>>,
}

impl<'l> Masked<'l> {
    fn new(line: &'l str, secrets: &Secrets) -> Masked<'l> {
        let found = secrets.in_line(line);
        if found.is_empty() {
            return Masked { line, text: Cow::Borrowed(line), secrets: found };
        }
        let (mut text, mut at) = (String::with_capacity(line.len()), 0);
        for secret in &found {
            text.push_str(&line[at..secret.start]);
            text.push_str(MASK);
            at = secret.end;
        }
        text.push_str(&line[at..]);
        Masked { line, text: Cow::Owned(text), secrets: found }
    }

    /// Where a byte of the line is in the text. What is within a secret is at its end.
    fn map(&self, offset: usize) -> usize {
        let before = self.secrets.iter().take_while(|secret| secret.start < offset);
        before.fold(offset, |at, secret| at + MASK.len() + offset.max(secret.end) - offset - secret.len())
    }

    /// How many characters more the line has than the text before a byte of the text.
    fn longer_before(&self, offset: Option<usize>) -> isize {
        let before = self.secrets.iter().take_while(|secret| offset.is_some_and(|at| self.map(secret.end) <= at));
        before.map(|secret| self.line[secret.clone()].chars().count() as isize - MASK.chars().count() as isize).sum()
    }
}

/// The part of a line that is shown.
struct Window {
    /// Bytes of the line.
    range: Range<usize>,
    /// See [`Block::cut`].
    cut: usize,
    /// Whether something is left out after the window.
    cut_after: bool,
}

impl Window {
    /// Of a line that is too long, the part around `place`.
    fn new(line: &str, width: usize, place: Option<usize>) -> Window {
        let place = place.unwrap_or(0).min(line.len());
        // Bytes first, since a line of a megabyte should not be measured whole; only tabs are wider than their bytes.
        let tabs = line.bytes().take(width).filter(|b| *b == b'\t').count();
        if line.len() + tabs * TAB_WIDTH <= width || line.len() <= width * 4 && columns(line) <= width {
            return Window { range: 0..line.len(), cut: 0, cut_after: false };
        }
        let mut start = 0;
        if place > width * 4 || columns(&line[..place]) > width * 2 / 3 {
            start = line[..place].char_indices().rev().take(width / 4).last().map_or(place, |(i, _)| i);
        }
        let mut used = usize::from(start > 0);
        let end = line[start..].char_indices().find(|(_, c)| {
            used += column_width(*c);
            used > width
        });
        let end = end.map_or(line.len(), |(i, _)| start + i);
        let cut = line[..start].chars().count();
        Window { range: start..end, cut: cut.saturating_sub(1), cut_after: end < line.len() }
    }

    /// Where a byte of the line is in what is shown.
    fn map(&self, line: &str, offset: usize) -> usize {
        let mark = if self.range.start > 0 { '…'.len_utf8() } else { 0 };
        if offset < self.range.start {
            return 0;
        }
        let shown = &line[self.range.start..offset.min(self.range.end).min(line.len())];
        let after = if self.cut_after && offset > self.range.end { '…'.len_utf8() } else { 0 };
        mark + shown.chars().map(|c| shown_as(c).len_utf8()).sum::<usize>() + after
    }

    fn push(&self, line: &str, out: &mut String) {
        if self.range.start > 0 {
            out.push('…');
        }
        out.extend(line[self.range.clone()].chars().map(shown_as));
        if self.cut_after {
            out.push('…');
        }
    }
}

fn shown_as(c: char) -> char {
    if c == '\t' { c } else { escape::visible(c) }
}

fn columns(text: &str) -> usize {
    text.chars().map(column_width).sum()
}

fn column_width(c: char) -> usize {
    if c == '\t' { TAB_WIDTH } else { textwrap::core::display_width(c.encode_utf8(&mut [0; 4])) }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        // A span over two blocks is refused: that is how miette learns not to draw them as one.
        let block = self.blocks.iter().find(|b| b.range.start <= start && start < b.range.end && end <= b.range.end);
        let block = block.ok_or(MietteError::OutOfBounds)?;
        let text = &self.text[..block.range.end];
        let line_of = |at: usize| {
            text[block.range.start..at].rfind('\n').map_or(block.range.start, |i| block.range.start + i + 1)
        };
        let own_line = line_of(start);
        let first = (0..before).fold(own_line, |at, _| if at > block.range.start { line_of(at - 1) } else { at });
        let last_byte = end.saturating_sub(1).max(start);
        let line_end =
            |at: usize| text.as_bytes()[at..].iter().position(|b| *b == b'\n').map_or(text.len(), |i| at + i + 1);
        let last = (0..after).fold(line_end(last_byte), |at, _| if at < text.len() { line_end(at) } else { at });
        let count = |range: Range<usize>| text[range].bytes().filter(|b| *b == b'\n').count();
        let own_number = count(block.range.start..own_line);
        let column = text[own_line..start].chars().count();
        let column = column.saturating_add_signed(block.cut.get(own_number).copied().unwrap_or(0));
        Ok(Box::new(MietteSpanContents::new_named(
            block.name.clone(),
            &text.as_bytes()[first..last],
            (first, last - first).into(),
            block.first_line + count(block.range.start..first),
            column,
            count(first..last),
        )))
    }
}

#[cfg(test)]
mod tests;
