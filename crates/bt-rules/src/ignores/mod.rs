//! Findings that the user has said to ignore, by remarks in comments: `# bt-lint: ignore[root-user] why`.
//!
//! 1. [`Ignores::read`] looks for the mark in the texts, which costs next to nothing where it is not, and then at the
//!    comments that hold it ([`parse`]).
//! 2. Each remark becomes parts of the file in which rules are ignored ([`covers`]).
//! 3. A report is ignored when one of its places is in such a part, before it is merged with others: of a finding about
//!    several images, one can be ignored where it is made.

mod covers;
mod parse;
#[cfg(test)]
mod tests;

use crate::rule::Rule;
use bt_diag::{Finding, SourceFile, Span};
use bt_syntax::comments::{At, comments};
use covers::{Cover, Covers, Reach};
pub(crate) use parse::Problem;
use parse::{Parsed, Verb};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What every remark begins with.
pub(crate) const MARK: &str = "bt-lint:";

/// Whether remarks count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ignoring {
    /// They do, and those that were not needed are reported.
    #[default]
    Whole,
    /// They do, but only a part of what they may be about is looked at.
    Part,
    /// They do not.
    Off,
}

/// A remark that is understood.
#[derive(Debug)]
pub(crate) struct Remark {
    file: Rc<SourceFile>,
    parsed: Parsed,
    /// For each name, what it covers; nothing where it only ends something, or what it begins has no end.
    covers: Vec<Option<usize>>,
}

/// A finding that was ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// The remark.
    pub remark: Span,
    /// The reason that the remark gives.
    pub reason: Option<String>,
}

/// The remarks in a flake's own files.
#[derive(Debug, Default)]
pub struct Ignores {
    remarks: Vec<Remark>,
    problems: Vec<(Rc<SourceFile>, Problem)>,
    covers: Covers,
    /// Where the flake's flake.nix begins.
    flake: Option<u32>,
    /// The directory of the flake, with a slash at its end.
    directory: String,
    is_whole: bool,
}

/// Whether a rule is about the linter itself, and cannot be ignored by remarks.
pub(crate) fn is_meta(rule: &Rule) -> bool {
    rule.code.starts_with("BTL")
}

impl Ignores {
    /// The remarks in some files; `directory` is the flake's.
    pub fn read(files: &[Rc<SourceFile>], directory: &str, ignoring: Ignoring) -> Ignores {
        let directory =
            if directory.is_empty() { String::new() } else { format!("{}/", directory.trim_end_matches('/')) };
        let mut ignores = Ignores { is_whole: ignoring == Ignoring::Whole, ..Ignores::default() };
        let mut covers = Vec::new();
        for file in files {
            if file.place().strip_prefix(directory.as_str()) == Some("flake.nix") && ignores.flake.is_none() {
                ignores.flake = Some(file.base);
            }
            if file.text.contains(MARK) && file.path.ends_with(".nix") {
                ignores.read_file(file, &mut covers);
            }
        }
        ignores.directory = directory;
        if ignoring == Ignoring::Off {
            covers.clear();
            ignores.remarks.iter_mut().for_each(|remark| remark.covers.fill(None));
        }
        let (covers, numbers) = Covers::new(covers);
        for cover in ignores.remarks.iter_mut().flat_map(|remark| &mut remark.covers).flatten() {
            *cover = numbers.get(*cover).copied().unwrap_or(*cover);
        }
        Ignores { covers, ..ignores }
    }

    fn read_file(&mut self, file: &Rc<SourceFile>, covers: &mut Vec<Cover>) {
        let mut found = Vec::new();
        let mut problems = Vec::new();
        // What begins and has not ended, by rule: the remark, and which of its names.
        let mut open: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        for comment in comments(&file.text, MARK) {
            parse::parse(&file.text, comment.range, &mut found, &mut problems);
            for parsed in found.drain(..) {
                self.place(file, parsed, &comment.at, &mut open, covers, &mut problems);
            }
        }
        for (remark, name) in open.into_values().flatten() {
            let parsed = &self.remarks[remark].parsed;
            let (range, rule) = &parsed.names[name];
            problems.push(Problem {
                range: range.clone(),
                message: format!("nothing ends what begins here for `{}`", rule.name),
                label: "ignores nothing",
                help: format!("add `# {MARK} ignore-end[{}]`, or write `file-ignore`", rule.name),
                fix: None,
            });
        }
        self.problems.extend(problems.into_iter().map(|problem| (Rc::clone(file), problem)));
    }

    fn place(
        &mut self,
        file: &Rc<SourceFile>,
        parsed: Parsed,
        at: &At,
        open: &mut BTreeMap<&'static str, Vec<(usize, usize)>>,
        covers: &mut Vec<Cover>,
        problems: &mut Vec<Problem>,
    ) {
        let remark = self.remarks.len();
        let mut of_names = Vec::with_capacity(parsed.names.len());
        let mut add = |rule: &'static Rule, span: Span, reach: Reach, remark: usize| {
            covers.push(Cover { code: rule.code, span, reach, remark, is_used: Cell::new(false) });
            Some(covers.len() - 1)
        };
        for (number, (range, rule)) in parsed.names.iter().enumerate() {
            of_names.push(match (parsed.verb, at) {
                (Verb::File, _) => add(rule, file.span(0..file.text.len() + 1), Reach::File, remark),
                (Verb::Start, _) => {
                    open.entry(rule.code).or_default().push((remark, number));
                    None
                }
                (Verb::End, _) => {
                    match open.get_mut(rule.code).and_then(Vec::pop) {
                        Some((begun, name)) => {
                            let start = self.remarks.get(begun).map_or(parsed.range.start, |r| r.parsed.range.start);
                            let cover = add(rule, file.span(start..parsed.range.start), Reach::Within, begun);
                            if let Some(begun) = self.remarks.get_mut(begun) {
                                begun.covers[name] = cover;
                            }
                        }
                        None => problems.push(Problem {
                            range: range.clone(),
                            message: format!("nothing has begun for `{}` that could end here", rule.name),
                            label: "ends nothing",
                            help: "a range begins with `ignore-start` and the same names".into(),
                            fix: None,
                        }),
                    }
                    None
                }
                (Verb::Ignore, At::Line(offset)) => add(rule, file.span(file.line_range(*offset)), Reach::Line, remark),
                (Verb::Ignore, At::Next(next)) => add(rule, file.span(next.clone()), Reach::Within, remark),
                (Verb::Ignore, At::Nothing) => None,
            });
        }
        if parsed.verb == Verb::Ignore && *at == At::Nothing {
            problems.push(Problem {
                range: parsed.range.clone(),
                message: "no binding, list element or expression follows that could be meant".into(),
                label: "ignores nothing",
                help: "put it above what it is about, or at the end of that line".into(),
                fix: None,
            });
        }
        self.remarks.push(Remark { file: Rc::clone(file), parsed, covers: of_names });
    }

    /// Whether a rule is ignored anywhere.
    pub(crate) fn names(&self, rule: &Rule) -> bool {
        !is_meta(rule) && self.covers.has(rule.code)
    }

    /// The number of the remark because of which a report is ignored. `primary` is what it points at, the others are
    /// places that also led to it. What is no program (the lock file) and what has no place is ignored where the whole of
    /// flake.nix is.
    pub(crate) fn find(&self, rule: &Rule, primary: Option<(Span, bool)>, others: &[Span]) -> Option<usize> {
        let of_primary = match primary {
            Some((span, true)) => self.covers.find(rule.code, span, true),
            _ => self.flake.and_then(|flake| self.covers.find_in_file(rule.code, flake)),
        };
        // All of them are asked: each remark that covers one is of use.
        let of_others = others.iter().filter_map(|span| self.covers.find(rule.code, *span, false)).min();
        of_primary.or(of_others)
    }

    /// Whether a rule is ignored at a place; the remark then counts as one that is of use.
    pub(crate) fn covers(&self, rule: &Rule, place: Span) -> bool {
        self.names(rule) && self.covers.find(rule.code, place, false).is_some()
    }

    /// A finding that a remark makes ignored.
    pub(crate) fn suppressed(&self, remark: usize, finding: Finding) -> Option<Suppressed> {
        let remark = self.remarks.get(remark)?;
        Some(Suppressed { finding, remark: remark.span(), reason: remark.reason().map(str::to_string) })
    }

    /// What is wrong with remarks.
    pub(crate) fn problems(&self) -> &[(Rc<SourceFile>, Problem)] {
        &self.problems
    }

    /// All remarks that are understood.
    pub(crate) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Names in a remark that nothing was ignored for: all others could go. None where not everything was looked at, or
    /// where another flake may need it.
    pub(crate) fn unused<'r>(&self, remark: &'r Remark) -> Vec<&'r (std::ops::Range<usize>, &'static Rule)> {
        if !self.is_whole || !remark.file.place().starts_with(self.directory.as_str()) {
            return Vec::new();
        }
        let names = remark.parsed.names.iter().zip(&remark.covers);
        names.filter(|(_, cover)| cover.is_some_and(|c| !self.covers.is_used(c))).map(|(name, _)| name).collect()
    }
}

impl Remark {
    /// Where it is.
    pub(crate) fn span(&self) -> Span {
        self.file.span(self.parsed.range.clone())
    }

    pub(crate) fn file(&self) -> &SourceFile {
        &self.file
    }

    /// Its reason, if it gives one.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.file.text.get(self.parsed.reason.clone()).filter(|reason| !reason.is_empty())
    }

    /// Whether it only ends what another remark began.
    pub(crate) fn is_end(&self) -> bool {
        self.parsed.verb == Verb::End
    }

    /// Whether it begins a range: then its end has to go with it.
    pub(crate) fn is_start(&self) -> bool {
        self.parsed.verb == Verb::Start
    }

    /// Whether all that it says is these many names.
    pub(crate) fn says_only(&self, names: usize) -> bool {
        self.parsed.names.len() == names && !self.parsed.has_unknown
    }

    /// What has to go when it goes.
    pub(crate) fn removal(&self) -> Option<std::ops::Range<usize>> {
        self.parsed.removal.clone()
    }
}
