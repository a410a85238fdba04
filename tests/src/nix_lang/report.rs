//! The table of a run, and the list of what failed.

use super::Outcome;
use super::case::Kind;
use std::fmt::Write;

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// By kind and name.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// The cases that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.failure.is_some())
    }

    /// A line for each kind.
    pub fn table(&self) -> String {
        let mut table = String::from("kind         passed  total  same message as Nix\n");
        for kind in Kind::ALL {
            let of_kind = || self.outcomes.iter().filter(move |outcome| outcome.kind == kind);
            let passed = of_kind().filter(|outcome| outcome.failure.is_none()).count();
            let _ = write!(table, "{:<11} {passed:>7} {:>6}", kind.name(), of_kind().count());
            if kind.is_refused() {
                let messages = || of_kind().filter_map(|outcome| outcome.messages.as_ref());
                let same = messages().filter(|messages| messages.expected == messages.found).count();
                let _ = write!(table, "  {same} of {}", messages().count());
            }
            table.push('\n');
        }
        table
    }

    /// What failed, with what was expected and what was found.
    pub fn failure_list(&self) -> String {
        let shown = self.failures().map(|outcome| {
            let failure = outcome.failure.as_deref().unwrap_or_default();
            format!("FAILED {}\n{failure}\n", outcome.name)
        });
        shown.collect()
    }

    /// The cases that are refused with another message than Nix's.
    pub fn message_list(&self) -> String {
        let different = self.outcomes.iter().filter_map(|outcome| {
            let messages = outcome.messages.as_ref().filter(|messages| messages.expected != messages.found)?;
            Some(format!("{}\n  Nix      {}\n  bt-lint  {}\n", outcome.name, messages.expected, messages.found))
        });
        different.collect()
    }
}
