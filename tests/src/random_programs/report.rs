//! What came out of a comparison.

use super::evaluator::Outcome;
use std::collections::BTreeSet;

/// A program on which two evaluators disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The number of the program.
    pub number: u64,
    /// The program.
    pub text: String,
    /// The smallest program that was found with the same disagreement.
    pub smallest: String,
    /// bt-lint's outcome.
    pub ours: Outcome,
    /// Nix's.
    pub theirs: Outcome,
    /// That of another version of Nix.
    pub second: Option<Outcome>,
}

/// What came out of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many programs have a value, according to Nix.
    pub values: usize,
    /// How many fail, according to Nix.
    pub failures: usize,
    /// How many took too long.
    pub unknown: usize,
    /// How many programs fail in both with the same message.
    pub same_messages: usize,
    /// The other messages, bt-lint's and Nix's.
    pub messages: BTreeSet<(String, String)>,
    /// Programs on which bt-lint agrees with no Nix.
    pub disagreements: Vec<Disagreement>,
    /// Programs on which bt-lint agrees with one version of Nix and not with the other.
    pub version_differences: Vec<Disagreement>,
}

impl Report {
    pub(super) fn count(&mut self, ours: &Outcome, theirs: &Outcome) {
        match theirs {
            Outcome::Value(_) => self.values += 1,
            Outcome::Failed(_) | Outcome::Crashed(_) => self.failures += 1,
            Outcome::Unknown => self.unknown += 1,
        }
        if let (Outcome::Failed(ours), Outcome::Failed(theirs)) = (ours, theirs) {
            if ours == theirs {
                self.same_messages += 1;
            } else {
                self.messages.insert((ours.clone(), theirs.clone()));
            }
        }
    }

    pub(super) fn add(&mut self, other: Report) {
        self.values += other.values;
        self.failures += other.failures;
        self.unknown += other.unknown;
        self.same_messages += other.same_messages;
        self.messages.extend(other.messages);
        self.disagreements.extend(other.disagreements);
        self.version_differences.extend(other.version_differences);
    }

    pub(super) fn sort(&mut self) {
        self.disagreements.sort_by_key(|found| found.number);
        self.version_differences.sort_by_key(|found| found.number);
    }

    /// The figures, on one line.
    pub fn summary(&self) -> String {
        format!(
            "{} programs: {} values, {} failures ({} with the same message), {} too slow; {} disagreements, {} \
             differences between versions of Nix",
            self.values + self.failures + self.unknown,
            self.values,
            self.failures,
            self.same_messages,
            self.unknown,
            self.disagreements.len(),
            self.version_differences.len(),
        )
    }
}

impl Disagreement {
    /// All about it, for people.
    pub fn shown(&self) -> String {
        let second = self.second.as_ref().map_or(String::new(), |second| format!("  second   {}\n", shown(second)));
        format!(
            "program {}\n  {}\n  smallest {}\n  bt-lint  {}\n  Nix      {}\n{second}",
            self.number,
            self.text,
            self.smallest,
            shown(&self.ours),
            shown(&self.theirs),
        )
    }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Value(value) => value.clone(),
        Outcome::Failed(message) => format!("error: {message}"),
        Outcome::Crashed(how) => format!("crashed: {how}"),
        Outcome::Unknown => "took too long".into(),
    }
}
