//! Which places remarks cover, and which remark covers a place.

use bt_diag::Span;
use std::cell::Cell;

/// How a place is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// What touches the line when it is what a finding points at; else what begins or ends on it.
    Line,
    /// What begins in it.
    Within,
    /// What is anywhere in the file.
    File,
}

/// A part of a file in which a rule is ignored.
#[derive(Debug)]
pub(super) struct Cover {
    pub code: &'static str,
    pub span: Span,
    pub reach: Reach,
    /// The remark that says so, by its number.
    pub remark: usize,
    /// Whether something was ignored because of it.
    pub is_used: Cell<bool>,
}

/// Covers, by rule and place.
#[derive(Debug, Default)]
pub(super) struct Covers {
    sorted: Vec<Cover>,
    /// The greatest end in each block of [`BLOCK`], so that blocks that end before a place are passed over.
    ends: Vec<u32>,
}

const BLOCK: usize = 64;

impl Covers {
    /// Of equal covers the first is kept. The numbers say which cover each of the given ones became.
    pub(super) fn new(covers: Vec<Cover>) -> (Covers, Vec<usize>) {
        let mut numbered: Vec<(usize, Cover)> = covers.into_iter().enumerate().collect();
        let key = |cover: &Cover| (cover.code, cover.span, cover.reach);
        numbered.sort_by_key(|(number, cover)| (key(cover), *number));
        let mut numbers = vec![0; numbered.len()];
        let mut sorted: Vec<Cover> = Vec::with_capacity(numbered.len());
        for (number, cover) in numbered {
            if sorted.last().is_none_or(|last| key(last) != key(&cover)) {
                sorted.push(cover);
            }
            numbers[number] = sorted.len() - 1;
        }
        let ends = sorted.chunks(BLOCK).map(|block| block.iter().map(|c| c.span.end).max().unwrap_or(0)).collect();
        (Covers { sorted, ends }, numbers)
    }

    pub(super) fn is_used(&self, cover: usize) -> bool {
        self.sorted.get(cover).is_some_and(|cover| cover.is_used.get())
    }

    /// Whether there is one for a rule.
    pub(super) fn has(&self, code: &str) -> bool {
        let first = self.sorted.partition_point(|cover| cover.code < code);
        self.sorted.get(first).is_some_and(|cover| cover.code == code)
    }

    /// Marks what covers a place as used; the number of the first remark among it.
    pub(super) fn find(&self, code: &str, place: Span, is_primary: bool) -> Option<usize> {
        let end = place.end.max(place.start + 1);
        let first = self.sorted.partition_point(|cover| cover.code < code);
        let after = self.sorted.partition_point(|cover| (cover.code, cover.span.start) < (code, end));
        let mut found: Option<usize> = None;
        let mut at = first;
        while at < after {
            if at % BLOCK == 0 && self.ends[at / BLOCK] <= place.start {
                at += BLOCK;
                continue;
            }
            let cover = &self.sorted[at];
            at += 1;
            let holds = |position: u32| cover.span.start <= position && position < cover.span.end;
            let is_covered = match cover.reach {
                Reach::Line if is_primary => cover.span.end > place.start,
                Reach::Line => holds(place.start) || holds(end - 1),
                Reach::Within | Reach::File => holds(place.start),
            };
            if is_covered {
                cover.is_used.set(true);
                found = Some(found.map_or(cover.remark, |remark| remark.min(cover.remark)));
            }
        }
        found
    }

    /// The same for what is in no program: only remarks about a whole file count, that at `file`.
    pub(super) fn find_in_file(&self, code: &str, file: u32) -> Option<usize> {
        let first = self.sorted.partition_point(|cover| (cover.code, cover.span.start) < (code, file));
        let here = self.sorted[first..].iter().take_while(|cover| cover.code == code && cover.span.start == file);
        let cover = here.filter(|cover| cover.reach == Reach::File).last()?;
        cover.is_used.set(true);
        Some(cover.remark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(code: &'static str, span: (u32, u32), reach: Reach, remark: usize) -> Cover {
        Cover { code, span: Span::new(span.0, span.1), reach, remark, is_used: Cell::new(false) }
    }

    #[test]
    fn places_are_covered_by_what_holds_them() {
        let covers = vec![
            cover("A", (10, 20), Reach::Line, 0),
            cover("A", (30, 40), Reach::Within, 1),
            cover("A", (10, 20), Reach::Line, 2),
            cover("B", (1, 100), Reach::File, 3),
        ];
        let (covers, numbers) = Covers::new(covers);
        assert_eq!(numbers, [0, 1, 0, 2]);
        let find = |code, start, end, is_primary| covers.find(code, Span::new(start, end), is_primary);
        // What a finding points at touches the line; another place begins or ends on it.
        assert_eq!((find("A", 5, 25, true), find("A", 5, 25, false)), (Some(0), None));
        assert_eq!((find("A", 5, 15, false), find("A", 15, 25, false)), (Some(0), Some(0)));
        assert_eq!((find("A", 5, 10, true), find("A", 20, 25, true)), (None, None));
        assert_eq!(
            (find("A", 35, 50, true), find("A", 25, 35, true), find("A", 30, 30, true)),
            (Some(1), None, Some(1))
        );
        assert!(!covers.is_used(2));
        assert_eq!(
            (covers.find_in_file("B", 1), covers.find_in_file("B", 2), covers.find_in_file("A", 10)),
            (Some(3), None, None)
        );
        assert!(covers.is_used(0) && covers.is_used(1) && covers.is_used(2));
        assert!(covers.has("A") && covers.has("B") && !covers.has("") && !covers.has("C"));
    }

    #[test]
    fn many_covers_take_little_time() {
        let lines = (0..100_000).map(|n| cover("A", (n * 10, n * 10 + 9), Reach::Line, n as usize));
        let (covers, _) =
            Covers::new(std::iter::once(cover("A", (0, 9_999_999), Reach::File, 0)).chain(lines).collect());
        for n in 0..100_000 {
            assert_eq!(covers.find("A", Span::new(n * 10 + 1, n * 10 + 2), true), Some(0));
        }
    }
}
