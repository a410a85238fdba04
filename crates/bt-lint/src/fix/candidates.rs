//! Fixes that may be applied, and those of them that fit together.

use super::Fixes;
use bt_diag::{Finding, SourceMap};
use std::collections::BTreeMap;

/// What tells a finding from others, in every pass.
pub(super) type Key = (&'static str, String, String);

/// The key of a finding.
pub(super) fn key(finding: &Finding) -> Key {
    (finding.code, finding.attr.clone(), finding.message.clone())
}

/// One replacement in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    /// The file's real path.
    pub(super) file: String,
    pub(super) range: Bytes,
    pub(super) text: String,
}

/// Start and end in bytes.
pub(super) type Bytes = (usize, usize);

/// A finding whose edits may be applied.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) key: Key,
    pub(super) finding: Finding,
    pub(super) changes: Vec<Change>,
}

/// A file that may be changed, as the evaluator read it.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) place: String,
    pub(super) text: String,
}

/// The fixes of findings, in the order of their places, and the texts of the files that they change, by real path.
/// `may_change` gives the real path of a file, or why it has to stay as it is.
pub(super) fn candidates(
    findings: &[Finding],
    sources: &SourceMap,
    fixes: Fixes,
    mut may_change: impl FnMut(&str) -> Result<String, ()>,
) -> (Vec<Candidate>, BTreeMap<String, Source>) {
    let mut texts = BTreeMap::new();
    let mut found: Vec<Candidate> = Vec::new();
    for finding in findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fixes.includes(fix.safety)) else { continue };
        let mut change = |edit: &bt_diag::Edit| {
            let file = sources.file_at(edit.span.start)?;
            let range = file.range(edit.span);
            let path = may_change(file.place()).ok()?;
            texts.entry(path.clone()).or_insert_with(|| Source { place: file.place().into(), text: file.text.clone() });
            let text = if has_crlf(&file.text) { with_crlf(&edit.text) } else { edit.text.clone() };
            Some(Change { file: path, range: (range.start, range.end), text })
        };
        let changes: Option<Vec<Change>> = fix.edits.iter().map(&mut change).collect();
        let Some(mut changes) = changes.filter(|changes| !changes.is_empty()) else { continue };
        changes.sort();
        changes.dedup();
        found.push(Candidate { key: key(finding), finding: finding.clone(), changes });
    }
    found.sort_by(|a, b| (&a.changes, &a.key).cmp(&(&b.changes, &b.key)));
    (found, texts)
}

/// Whether lines end as on Windows; the first one tells.
fn has_crlf(text: &str) -> bool {
    text.find('\n').is_some_and(|at| text[..at].ends_with('\r'))
}

fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// The candidates that do not get in each other's way: the first by place wins, what is the same is no obstacle.
pub(super) fn compatible(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut taken = Taken::default();
    candidates.into_iter().filter(|candidate| taken.take(&candidate.changes)).collect()
}

/// What has been taken of each file; nothing in it overlaps.
#[derive(Default)]
struct Taken {
    files: BTreeMap<String, BTreeMap<Bytes, String>>,
}

impl Taken {
    fn take(&mut self, changes: &[Change]) -> bool {
        let own = changes.windows(2).all(|pair| pair[0].file != pair[1].file || fits(pair[0].range, pair[1].range));
        if !own || !changes.iter().all(|change| self.has_room(change)) {
            return false;
        }
        for change in changes {
            self.files.entry(change.file.clone()).or_default().insert(change.range, change.text.clone());
        }
        true
    }

    fn has_room(&self, change: &Change) -> bool {
        let Some(file) = self.files.get(&change.file) else { return true };
        if let Some(text) = file.get(&change.range) {
            return *text == change.text;
        }
        // What is taken is in order and does not overlap, so only the nearest can be in the way.
        let near = file.range(..=(change.range.1, usize::MAX)).rev().take(4);
        near.into_iter().all(|(range, _)| fits(*range, change.range))
    }
}

/// Whether both can be replaced: they share no byte, and what is inserted stands at an end of the other.
fn fits(a: Bytes, b: Bytes) -> bool {
    let is_insertion = |r: Bytes| r.0 == r.1;
    match (is_insertion(a), is_insertion(b)) {
        (true, true) => a.0 != b.0,
        (true, false) => a.0 <= b.0 || a.0 >= b.1,
        (false, true) => b.0 <= a.0 || b.0 >= a.1,
        (false, false) => a.1 <= b.0 || b.1 <= a.0,
    }
}

/// A text after some changes of it, which fit together.
pub(super) fn apply(text: &str, changes: &[&Change]) -> String {
    let mut changes: Vec<&Change> = changes.to_vec();
    changes.sort();
    changes.dedup();
    let mut out = String::with_capacity(text.len() + changes.iter().map(|c| c.text.len()).sum::<usize>());
    let mut done = 0;
    for change in changes {
        out.push_str(text.get(done..change.range.0).unwrap_or_default());
        out.push_str(&change.text);
        done = change.range.1;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use bt_diag::{Confidence, Severity};

    fn candidate(name: &str, changes: &[(usize, usize, &str)]) -> Candidate {
        let finding = Finding {
            code: "CFG001",
            name: "root-user",
            severity: Severity::Error,
            confidence: Confidence::Certain,
            message: name.into(),
            attr: String::new(),
            primary: None,
            related: Vec::new(),
            help: None,
            fix: None,
        };
        let change = |&(start, end, text): &(usize, usize, &str)| Change {
            file: "f".into(),
            range: (start, end),
            text: text.into(),
        };
        Candidate { key: key(&finding), finding, changes: changes.iter().map(change).collect() }
    }

    fn chosen(candidates: &[Candidate]) -> Vec<String> {
        compatible(candidates.to_vec()).into_iter().map(|c| c.finding.message).collect()
    }

    #[test]
    fn what_overlaps_waits() {
        let a = candidate("a", &[(2, 6, "x")]);
        assert_eq!(chosen(&[a.clone(), candidate("b", &[(4, 8, "y")])]), ["a"]);
        assert_eq!(chosen(&[a.clone(), candidate("b", &[(3, 3, "y")])]), ["a"]);
        assert_eq!(chosen(&[candidate("b", &[(3, 3, "y")]), a.clone()]), ["b"]);
        assert_eq!(chosen(&[a.clone(), candidate("b", &[(0, 9, "y")])]), ["a"]);
        assert_eq!(chosen(&[a.clone(), candidate("b", &[(9, 10, "y"), (5, 6, "")])]), ["a"]);
        assert_eq!(chosen(&[candidate("a", &[(1, 1, "x")]), candidate("b", &[(1, 1, "y")])]), ["a"]);
    }

    #[test]
    fn neighbours_and_what_is_the_same_go_together() {
        let a = candidate("a", &[(2, 6, "x")]);
        assert_eq!(
            chosen(&[a.clone(), candidate("b", &[(6, 8, "y")]), candidate("c", &[(2, 2, "y")])]),
            ["a", "b", "c"]
        );
        assert_eq!(chosen(&[a.clone(), candidate("b", &[(2, 6, "x")])]), ["a", "b"]);
        assert_eq!(chosen(&[a, candidate("b", &[(2, 6, "other")])]), ["a"]);
    }

    #[test]
    fn changes_are_applied_once_and_in_order() {
        let changes = [candidate("", &[(2, 4, "X"), (0, 0, "^"), (2, 4, "X"), (5, 5, "$")])];
        let changes: Vec<&Change> = changes[0].changes.iter().collect();
        assert_eq!(apply("abcde", &changes), "^abXe$");
    }

    #[test]
    fn line_ends_are_those_of_the_file() {
        assert!(has_crlf("a\r\nb\n") && !has_crlf("a\nb\r\n") && !has_crlf("a"));
        assert_eq!(with_crlf("a\n\r\nb"), "a\r\n\r\nb");
    }
}
