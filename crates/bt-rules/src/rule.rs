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

/// A kind of fact that a rule uses. What no rule of a run needs is not evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The arguments of image builders, and the OCI configuration among them.
    Config,
    /// What goes into images, as far as it is known without a build.
    Contents,
    /// What packages say of themselves (`meta`).
    Meta,
    /// The derivations that those of images are built from, as far as evaluation made them.
    Graph,
    /// What realised packages refer to, and which files they have, as a store or a binary cache tells when it is asked.
    Closure,
    /// What strings refer to (Nix manual, "String context").
    Context,
    /// Compose files.
    Compose,
    /// The inputs that flake.nix declares, its `nixConfig`, and flake.lock.
    Lock,
    /// The text of the flake's own files that evaluation reads.
    Syntax,
    /// Which files there are, and which of them git tracks.
    Files,
    /// What evaluation asked for, and where it failed.
    Evaluation,
}

impl Need {
    /// Every kind.
    pub const ALL: [Need; 11] = [
        Need::Config,
        Need::Contents,
        Need::Meta,
        Need::Graph,
        Need::Closure,
        Need::Context,
        Need::Compose,
        Need::Lock,
        Need::Syntax,
        Need::Files,
        Need::Evaluation,
    ];

    /// One word, such as `config`.
    pub fn as_str(self) -> &'static str {
        match self {
            Need::Config => "config",
            Need::Contents => "contents",
            Need::Meta => "meta",
            Need::Graph => "graph",
            Need::Closure => "closure",
            Need::Context => "context",
            Need::Compose => "compose",
            Need::Lock => "lock",
            Need::Syntax => "syntax",
            Need::Files => "files",
            Need::Evaluation => "evaluation",
        }
    }

    /// Whether images are evaluated for it. What evaluation does, and which files it reads, shows only then.
    pub fn is_of_images(self) -> bool {
        matches!(
            self,
            Need::Config
                | Need::Contents
                | Need::Meta
                | Need::Graph
                | Need::Closure
                | Need::Context
                | Need::Syntax
                | Need::Evaluation
        )
    }

    /// Whether compose files are evaluated for it.
    pub fn is_of_compose(self) -> bool {
        matches!(self, Need::Compose | Need::Syntax | Need::Evaluation)
    }
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
    /// The facts that it uses, in the order of [`Need::ALL`].
    pub needs: &'static [Need],
    /// Markdown: what it finds, why it matters, bad and good examples.
    pub docs: &'static str,
    /// Looks for the flaw.
    pub check: fn(&Context<'_>, &mut Findings),
}

impl Rule {
    /// Whether it uses a kind of fact.
    pub fn needs(&self, is_one: impl Fn(Need) -> bool) -> bool {
        self.needs.iter().copied().any(is_one)
    }

    /// Whether it is on without being selected.
    pub fn is_on_by_default(&self) -> bool {
        !self.off
    }

    /// The examples in the documentation: the bad ones give this rule's finding, the good ones do not.
    pub fn examples(&self) -> Vec<Example> {
        parse_examples(self.docs)
    }
}
