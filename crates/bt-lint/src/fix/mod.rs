//! `--fix` and `--diff`: edits that mend findings, tried before any file is written.
//!
//! 1. [`candidates`]: which findings have edits that may be applied, in files that may be changed;
//! 2. [`passes`]: pass after pass, those that do not get in each other's way are applied to texts in memory, and the
//!    flake is evaluated with these; a fix that breaks it is left out and reported as a mistake of its rule;
//! 3. [`write`]: all files or none; or [`diff`]: what would be written.

mod candidates;
pub(crate) mod diff;
mod passes;
mod write;

use crate::engine::Failure;
use crate::names::FileNames;
use crate::render::summary::counted;
use crate::report::Report;
use bt_diag::{Diagnostic, Finding, FixSafety, SourceMap};
use std::collections::BTreeMap;

pub use passes::run;

/// Which fixes are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Fixes {
    /// Those that keep the meaning, but for the flaw.
    #[default]
    Safe,
    /// Also those that someone has to look at.
    Unsafe,
}

impl Fixes {
    fn includes(self, safety: FixSafety) -> bool {
        self == Fixes::Unsafe || safety == FixSafety::Safe
    }
}

/// What one look at the flakes found out.
#[derive(Debug)]
pub struct Look {
    /// The texts that were read.
    pub sources: SourceMap,
    /// What was found; sorted.
    pub report: Report,
    /// Flakes of which nothing is known, and that have no place in a file to say so.
    pub failures: Vec<Failure>,
}

/// A file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The path by which it was found, before links were followed.
    pub place: String,
    /// What it has.
    pub before: String,
    /// What it is to have.
    pub after: String,
}

/// What came of trying fixes.
#[derive(Debug)]
pub struct Fixed {
    /// The state without any fix.
    pub first: Look,
    /// The state with all fixes that worked, when there are any.
    pub last: Option<Look>,
    /// The files that differ, by their real paths.
    pub files: BTreeMap<String, Changed>,
    /// How many findings were mended.
    pub mended: usize,
    /// Fixes that would have broken something: one finding for each, placed in the first state.
    pub mistakes: Vec<Finding>,
    /// What people should know, such as files that may not be changed.
    pub notices: Vec<String>,
}

impl Fixed {
    /// Writes all files. On an error none is changed.
    pub fn write(&self) -> Result<(), Diagnostic> {
        write::write_all(&self.files)
    }

    /// What would be written, as a unified diff.
    pub fn diff(&self, names: &FileNames<'_>) -> String {
        diff::render(&self.files, names, &self.first.report.secrets)
    }

    /// The state to report when everything was written, or when nothing was.
    pub fn into_look(self, is_written: bool) -> Look {
        let Fixed { mut first, last, mistakes, notices, .. } = self;
        let mut look = match last {
            Some(last) if is_written => last,
            _ => {
                first.report.findings.extend(mistakes);
                first.report.notices.extend(notices);
                return first;
            }
        };
        // Places belong to the texts of the look that they come from.
        look.report.findings.extend(mistakes.into_iter().map(|f| Finding { primary: None, ..f }));
        look.report.notices.extend(notices);
        look
    }

    /// One line: what was mended, and what is left in a state.
    pub fn summary(&self, fixes: Fixes, is_written: bool) -> String {
        let verb = if is_written { "Fixed" } else { "Would fix" };
        let left = self.last.as_ref().unwrap_or(&self.first).report.findings.as_slice();
        let remains = if left.len() == 1 { "1 remains" } else { &format!("{} remain", left.len()) };
        let unsafe_ones = left.iter().filter(|f| f.fix.as_ref().is_some_and(|fix| !fixes.includes(fix.safety))).count();
        let more = if unsafe_ones > 0 { format!("; {unsafe_ones} more with --fix=unsafe") } else { String::new() };
        let done = match self.mended {
            0 => "Nothing to fix".to_string(),
            count => format!("{verb} {} in {}", counted(count, "finding"), counted(self.files.len(), "file")),
        };
        format!("{done}, {remains}{more}")
    }
}
