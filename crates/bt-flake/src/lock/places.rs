//! Where things stand in a lock file.

use bt_diag::{SourceFile, Span};
use std::collections::BTreeMap;

/// Where the nodes of a lock file and their inputs stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// By the keys on the way: `["root"]` and `["version"]` are values, `["nodes", KEY]` and
    /// `["nodes", KEY, "inputs", NAME]` keys.
    spans: BTreeMap<Vec<String>, Span>,
}

impl Places {
    /// Of a text that is JSON.
    pub fn of(file: &SourceFile) -> Places {
        let mut scan = Scan { places: Places::default(), path: Vec::new(), open: Vec::new(), is_value: false };
        let (text, mut at) = (file.text.as_bytes(), 0);
        while at < text.len() {
            let start = at;
            at += 1;
            match text[start] {
                b'"' => {
                    while at < text.len() && text[at] != b'"' {
                        at += if text[at] == b'\\' { 2 } else { 1 };
                    }
                    at = (at + 1).min(text.len());
                    scan.string(file, start..at);
                }
                b'{' | b'[' => scan.enter(text[start] == b'{'),
                b'}' | b']' => scan.leave(),
                b',' => scan.next(),
                b':' => scan.is_value = true,
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => {
                    while at < text.len() && !b",]} \t\r\n".contains(&text[at]) {
                        at += 1;
                    }
                    scan.scalar(file.span(start..at));
                }
            }
        }
        scan.places
    }

    /// Of what the keys lead to, or of as much of the way as there is.
    pub fn get(&self, path: &[&str]) -> Option<Span> {
        let mut path: Vec<String> = path.iter().map(|key| key.to_string()).collect();
        while !path.is_empty() {
            if let Some(span) = self.spans.get(&path) {
                return Some(*span);
            }
            path.pop();
        }
        None
    }
}

struct Scan {
    places: Places,
    /// The keys on the way here; of containers deeper than what is looked for, nothing.
    path: Vec<String>,
    /// For each open container: whether it is an object, and whether it put a key on the path.
    open: Vec<(bool, bool)>,
    /// Whether a value comes next, and no key.
    is_value: bool,
}

/// No place deeper than this is asked for.
const DEPTH: usize = 4;

impl Scan {
    fn enter(&mut self, is_object: bool) {
        self.open.push((is_object, false));
        self.is_value = false;
    }

    fn leave(&mut self) {
        self.next();
        self.open.pop();
    }

    /// The end of a member.
    fn next(&mut self) {
        if let Some((_, has_key)) = self.open.last_mut()
            && std::mem::take(has_key)
        {
            self.path.pop();
        }
        self.is_value = false;
    }

    fn string(&mut self, file: &SourceFile, range: std::ops::Range<usize>) {
        let span = file.span(range.clone());
        match self.open.last_mut() {
            Some((true, has_key)) if !self.is_value => {
                if self.path.len() < DEPTH && !*has_key {
                    let key = serde_json::from_str(&file.text[range]).unwrap_or_default();
                    self.path.push(key);
                    *has_key = true;
                    // Of two members with the same key, the last counts.
                    if self.open.len() == self.path.len() {
                        self.places.spans.insert(self.path.clone(), span);
                    }
                }
            }
            _ => self.scalar(span),
        }
    }

    /// A value at the top stands for its member.
    fn scalar(&mut self, span: Span) {
        if self.open.len() == 1 && self.path.len() == 1 {
            self.places.spans.insert(self.path.clone(), span);
        }
    }
}
