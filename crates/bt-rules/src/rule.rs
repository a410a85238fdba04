//! What a rule is.

use crate::context::Context;
use crate::example::{Example, parse_examples};
use crate::findings::Findings;
use bt_diag::Severity;

/// Whether a rule can mend what it finds; a finding may still come without a fix, where the text is too unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixKind {
    /// It cannot.
    None,
    /// The fix keeps the meaning, but for the flaw.
    Safe,
    /// Someone has to look at the result.
    Unsafe,
}

/// A rule: what it is called, what it says of itself, and how it looks for flaws.
#[derive(Debug)]
pub struct Rule {
    /// Stable code, such as `CFG001`; never reused.
    pub code: &'static str,
    /// The flaw in kebab case, such as `root-user`: reads as "allow root-user".
    pub name: &'static str,
    /// How bad a finding is, unless the finding knows better.
    pub severity: Severity,
    /// Whether it is off unless it is selected by its code or name.
    pub off: bool,
    /// One line without a final full stop.
    pub summary: &'static str,
    /// Whether there is a fix.
    pub fix: FixKind,
    /// Benchmarks, specifications and other linters' rules behind it.
    pub references: &'static [&'static str],
    /// Markdown: what it finds, why it matters, bad and good examples.
    pub docs: &'static str,
    /// Looks for the flaw.
    pub check: fn(&Context<'_>, &mut Findings),
}

impl Rule {
    /// Whether it is on without being selected.
    pub fn is_on_by_default(&self) -> bool {
        !self.off
    }

    /// The examples in the documentation: the bad ones give this rule's finding, the good ones do not.
    pub fn examples(&self) -> Vec<Example> {
        parse_examples(self.docs)
    }
}
