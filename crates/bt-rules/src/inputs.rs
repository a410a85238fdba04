//! Inputs of a flake, as rules look at them.

use crate::context::{Context, attr_name};
use bt_diag::{Edit, Span};
use bt_flake::{FlakeRef, InputFact, LockFacts, NodeFact};

/// An input that flake.nix gives a reference to.
pub(crate) struct Declared<'a> {
    pub input: &'a InputFact,
    /// The inputs on the way to it, itself the last.
    pub path: Vec<&'a str>,
    /// What it refers to.
    pub reference: FlakeRef,
}

impl Declared<'_> {
    /// `inputs.a.inputs.b`
    pub fn attr(&self) -> String {
        attr_of(&self.path)
    }

    /// `a/b`
    pub fn name(&self) -> String {
        self.path.join("/")
    }

    /// Whether it is an input of the flake itself, and not of one of its inputs.
    pub fn is_direct(&self) -> bool {
        self.path.len() == 1
    }
}

/// The attribute path of an input.
pub(crate) fn attr_of<S: AsRef<str>>(path: &[S]) -> String {
    let names: Vec<String> = path.iter().map(|name| attr_name(name.as_ref())).collect();
    format!("inputs.{}", names.join(".inputs."))
}

/// The inputs that refer to something, in the order in which they are written, each followed by what is said about its
/// own inputs.
pub(crate) fn declared(lock: &LockFacts) -> Vec<Declared<'_>> {
    let mut all = Vec::new();
    let mut open: Vec<(&InputFact, Vec<&str>)> = lock.inputs.iter().rev().map(|input| (input, Vec::new())).collect();
    while let Some((input, above)) = open.pop() {
        let path: Vec<&str> = above.iter().copied().chain([input.name.as_str()]).collect();
        open.extend(input.inputs.iter().rev().map(|below| (below, path.clone())));
        // About inputs of inputs nothing may be said but what they contain.
        let says = if above.is_empty() { Some(input.target()) } else { input.reference.clone() };
        if let Some(reference) = says.filter(|_| input.follows.is_none()) {
            all.push(Declared { input, path, reference });
        }
    }
    all
}

/// What the lock has for an input of the flake itself.
pub(crate) fn node<'a>(lock: &'a LockFacts, input: &InputFact) -> Option<&'a NodeFact> {
    lock.nodes.get(input.node?)
}

/// Where an input's `url` is written, or else its name.
pub(crate) fn place(context: &Context<'_>, input: &InputFact) -> Option<Span> {
    let url = input.url.as_ref().and_then(|(_, position)| context.places.value_at(*position));
    context.own(url.or(input.span))
}

/// Replaces the text of an input's `url`, where it is a plain literal.
pub(crate) fn replace_url(context: &Context<'_>, input: &InputFact, new: &str) -> Option<Edit> {
    let (text, position) = input.url.as_ref()?;
    let span = context.own(context.places.value_at(*position))?;
    let is_plain = !new.contains(['"', '\\', '$']) && context.text(span)? == format!("\"{text}\"");
    is_plain.then(|| Edit { span, text: format!("\"{new}\"") })
}

/// The first digits of a revision, as people name it.
pub(crate) fn short_revision(reference: &FlakeRef) -> Option<&str> {
    let revision = reference.get("rev")?;
    revision.get(..7).or(Some(revision))
}
