//! What rules need to know of a flake's inputs and lock file.

use bt_diag::Span;

/// Inputs and lock of a flake.
#[derive(Debug, Default)]
pub struct LockFacts {
    /// Inputs of flake.nix, in the order they are written.
    pub inputs: Vec<InputFact>,
    /// Where `inputs` are declared in flake.nix: the first declaration.
    pub inputs_span: Option<Span>,
    /// Whether there is a flake.lock.
    pub has_lock: bool,
    /// Nodes of the lock that do not say exactly what they are.
    pub unlocked: Vec<UnlockedNode>,
}

/// An input that flake.nix declares.
#[derive(Debug)]
pub struct InputFact {
    /// Its name.
    pub name: String,
    /// Where flake.nix declares it.
    pub span: Option<Span>,
    /// Whether the lock has it (always true for relative `path:` inputs, whose contents are the flake's own).
    pub locked: bool,
}

/// A node of the lock that is not locked.
#[derive(Debug)]
pub struct UnlockedNode {
    /// Names of the inputs on the way to the node, such as `["flake-utils", "systems"]`.
    pub path: Vec<String>,
    /// The attributes that are missing: `rev`, `narHash`, `lastModified`.
    pub missing: Vec<&'static str>,
    /// Where the node stands in flake.lock.
    pub span: Option<Span>,
}
