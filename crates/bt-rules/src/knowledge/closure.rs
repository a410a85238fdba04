//! What is in an image beside what it names: the closures of its contents and of its configuration.

use crate::context::{Context, image_attr};
use crate::image::strings;
use crate::knowledge::contents::argument_of_contents;
use bt_container::{Chains, Closure, Image, NodeKind, Package};
use bt_diag::Span;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A store path that an image names, and of which it is known what it refers to.
pub(crate) struct ClosureRoot<'c> {
    /// The path.
    pub(crate) path: &'c str,
    /// The attribute path of what names it.
    pub(crate) attr: String,
    /// Where it is named.
    pub(crate) place: Option<Span>,
}

/// What an image holds by way of references.
pub(crate) struct Roots<'c> {
    /// The paths that it names, in the order of contents and configuration, each once.
    pub(crate) roots: Vec<ClosureRoot<'c>>,
    /// Whether something is known of all that it names.
    pub(crate) is_complete: bool,
}

/// How long `/nix/store/` and a digest are.
const PREFIX: usize = "/nix/store/".len() + 32;

impl<'c> Roots<'c> {
    /// What an image names.
    pub(crate) fn of(context: &Context<'c>, image: &Image) -> Roots<'c> {
        let mut found = Roots { roots: Vec::new(), is_complete: true };
        let closures = &context.facts.closures;
        // What the image does not bring along is of no interest.
        let is_without = image.argument("includeStorePaths").is_some_and(|node| node.kind == NodeKind::Bool(false));
        if closures.is_empty() || is_without {
            found.is_complete = false;
            return found;
        }
        found.is_complete = image.contents.is_some();
        for content in image.contents.iter().flatten() {
            let attr = || image_attr(image, argument_of_contents(image));
            let Some(package) = &content.package else {
                found.is_complete = false;
                continue;
            };
            let known = |package: &Rc<Package>| closures.key(package.out_path.as_deref()?);
            match known(package) {
                Some(path) => found.add(path, attr(), content.span),
                // What is joined is referred to.
                None => {
                    found.is_complete = false;
                    package.parts().iter().filter_map(known).for_each(|path| found.add(path, attr(), content.span));
                }
            }
        }
        let settings = image.config.iter().flat_map(|config| config.entries());
        for (key, value) in settings {
            for (node, text) in strings(value).into_iter().filter(|(_, text)| !text.references.is_empty()) {
                let place = context.value(node).or_else(|| context.value(value)).or_else(|| context.name(value));
                let mut is_known = false;
                for (at, _) in text.text.match_indices("/nix/store/") {
                    let path = text.text.get(at..at + PREFIX).and_then(|prefix| closures.with_prefix(prefix));
                    match path {
                        Some(path) => found.add(path, image_attr(image, &format!("config.{key}")), place),
                        None => found.is_complete = false,
                    }
                    is_known = true;
                }
                found.is_complete &= is_known;
            }
        }
        found
    }

    fn add(&mut self, path: &'c str, attr: String, place: Option<Span>) {
        if !self.roots.iter().any(|root| root.path == path) {
            self.roots.push(ClosureRoot { path, attr, place });
        }
    }

    /// All of it together.
    pub(crate) fn closure(&self, context: &Context<'c>) -> Closure<'c> {
        let closure = context.facts.closures.closure(self.roots.iter().map(|root| root.path));
        Closure { is_complete: closure.is_complete && self.is_complete, ..closure }
    }

    /// Of each path that is in the image without being named, the shortest chain that leads to it; of several the first.
    pub(crate) fn indirect(&self, context: &Context<'c>, image: &Image) -> Vec<(&ClosureRoot<'c>, Vec<&'c str>)> {
        let parts = image.contents.iter().flatten().flat_map(|content| &content.package).flat_map(Package::parts);
        let parts: BTreeSet<String> = parts.filter_map(|part| part.out_path.clone()).collect();
        let chains: Vec<(&ClosureRoot<'c>, Chains<'c>)> =
            self.roots.iter().map(|root| (root, context.facts.closures.chains(root.path))).collect();
        let ends: BTreeSet<&str> = chains.iter().flat_map(|(_, chains)| chains.ends()).collect();
        let is_named = |path: &str| parts.contains(path) || self.roots.iter().any(|root| root.path == path);
        let chain = |end: &'c str| {
            let all = chains.iter().filter_map(|(root, chains)| Some((*root, chains.to(end)?)));
            all.min_by_key(|(_, chain)| chain.len())
        };
        ends.into_iter().filter(|end| !is_named(end)).filter_map(chain).collect()
    }
}

/// A chain of references, as `nix why-depends` prints it.
pub(crate) fn drawn(chain: &[&str]) -> String {
    let mut text = String::new();
    for (depth, path) in chain.iter().enumerate() {
        match depth {
            0 => text.push_str(path),
            _ => text.push_str(&format!("\n{}└───{path}", "    ".repeat(depth - 1))),
        }
    }
    text
}

/// The name in a store path, for people: without its digest.
pub(crate) fn name_of(path: &str) -> &str {
    path.get(PREFIX + 1..).unwrap_or(path)
}

/// Bytes for people.
pub(crate) fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    if tenths >= 100 { format!("{} MiB", tenths / 10) } else { format!("{}.{} MiB", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::{drawn, mebibytes};

    #[test]
    fn chains_are_drawn() {
        assert_eq!(drawn(&["/a"]), "/a");
        // From `nix why-depends` (2.26), without its colours.
        assert_eq!(drawn(&["/a", "/b", "/c"]), "/a\n└───/b\n    └───/c");
    }

    #[test]
    fn sizes() {
        assert_eq!(mebibytes(0), "0.0 MiB");
        assert_eq!(mebibytes(1 << 20), "1.0 MiB");
        assert_eq!(mebibytes(500 << 20), "500 MiB");
    }
}
