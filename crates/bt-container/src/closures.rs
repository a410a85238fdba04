//! What store paths refer to, where a store or a binary cache told it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

/// A store path that someone has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreObject {
    /// The length of its archive in bytes.
    pub size: u64,
    /// The other store paths that it refers to.
    pub references: BTreeSet<String>,
}

/// What is known of store paths, by absolute paths. Empty unless someone was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closures {
    objects: BTreeMap<String, StoreObject>,
}

/// A path and all that it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure<'c> {
    /// The paths of which something is known, the first one included.
    pub paths: BTreeMap<&'c str, &'c StoreObject>,
    /// Whether these are all.
    pub is_complete: bool,
}

impl Closures {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Adds what is known of a path.
    pub fn insert(&mut self, path: String, object: StoreObject) {
        self.objects.insert(path, object);
    }

    /// What is known of a path.
    pub fn get(&self, path: &str) -> Option<&StoreObject> {
        self.objects.get(path)
    }

    /// A path as it is known; `None` when nothing is known of it.
    pub fn key(&self, path: &str) -> Option<&str> {
        self.objects.get_key_value(path).map(|(path, _)| path.as_str())
    }

    /// The known path with a beginning such as `/nix/store/HASH`.
    pub fn with_prefix(&self, prefix: &str) -> Option<&str> {
        let (path, _) = self.objects.range::<str, _>((Bound::Included(prefix), Bound::Unbounded)).next()?;
        path.starts_with(prefix).then_some(path)
    }

    /// The closure of some paths; complete only when something is known of all of them.
    pub fn closure<'c, 'r>(&'c self, roots: impl IntoIterator<Item = &'r str>) -> Closure<'c> {
        let mut closure = Closure { paths: BTreeMap::new(), is_complete: true };
        let mut open = Vec::new();
        let add = |path: &str, closure: &mut Closure<'c>, open: &mut Vec<&'c StoreObject>| match self
            .objects
            .get_key_value(path)
        {
            Some((path, object)) => {
                if closure.paths.insert(path, object).is_none() {
                    open.push(object);
                }
            }
            None => closure.is_complete = false,
        };
        for root in roots {
            add(root, &mut closure, &mut open);
        }
        while let Some(object) = open.pop() {
            for reference in &object.references {
                add(reference, &mut closure, &mut open);
            }
        }
        closure
    }

    /// The shortest chains of references from a path to all that are in its closure: each path of the closure with the
    /// one that refers to it. Of chains of one length it is the one whose paths come first in the alphabet from the root
    /// on, which is what `nix why-depends` prints.
    pub fn chains(&self, root: &str) -> Chains<'_> {
        let mut chains = Chains { before: BTreeMap::new() };
        let Some((root, _)) = self.objects.get_key_value(root) else { return chains };
        chains.before.insert(root, None);
        // Paths of one length come in the order of their chains, so the first that refers to a path is on the first chain.
        let mut open = VecDeque::from([root.as_str()]);
        while let Some(path) = open.pop_front() {
            for reference in self.objects.get(path).iter().flat_map(|object| &object.references) {
                if !chains.before.contains_key(reference.as_str()) {
                    chains.before.insert(reference, Some(path));
                    open.push_back(reference);
                }
            }
        }
        chains
    }
}

/// The shortest chains of references from one path.
#[derive(Debug, Clone)]
pub struct Chains<'c> {
    /// Of each path the one before it.
    before: BTreeMap<&'c str, Option<&'c str>>,
}

impl<'c> Chains<'c> {
    /// The chain to a path, both ends included; `None` when it is not in the closure.
    pub fn to(&self, path: &str) -> Option<Vec<&'c str>> {
        let (mut at, mut before) = self.before.get_key_value(path)?;
        let mut chain = vec![*at];
        while let Some(path) = before {
            chain.push(path);
            (at, before) = self.before.get_key_value(path)?;
        }
        debug_assert!(chain.last() == Some(at));
        chain.reverse();
        Some(chain)
    }

    /// All paths that chains lead to, the first one included, sorted.
    pub fn ends(&self) -> impl Iterator<Item = &'c str> {
        self.before.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Closures, StoreObject};

    fn closures(all: &[(&str, &[&str])]) -> Closures {
        let mut closures = Closures::default();
        for (path, references) in all {
            let references = references.iter().map(ToString::to_string).collect();
            closures.insert((*path).into(), StoreObject { size: 1, references });
        }
        closures
    }

    #[test]
    fn chains_are_short_and_first() {
        let known = closures(&[("a", &["c", "d"]), ("c", &["e"]), ("d", &["e", "z"]), ("e", &["z"]), ("z", &[])]);
        let to = |path| known.chains("a").to(path).map(|chain| chain.join(" "));
        assert_eq!(to("a").as_deref(), Some("a"));
        assert_eq!(to("e").as_deref(), Some("a c e"));
        assert_eq!(to("z").as_deref(), Some("a d z"));
        assert_eq!(to("x"), None);
    }

    #[test]
    fn circles_end() {
        let known = closures(&[("a", &["b"]), ("b", &["a"])]);
        assert_eq!(known.closure(["a"]).paths.len(), 2);
        assert!(known.closure(["a"]).is_complete);
        assert_eq!(known.chains("a").to("b").unwrap(), ["a", "b"]);
    }

    #[test]
    fn what_nobody_knows_makes_it_incomplete() {
        let known = closures(&[("a", &["b"]), ("c", &[])]);
        assert!(!known.closure(["a"]).is_complete && known.closure(["c"]).is_complete);
        assert!(!known.closure(["x"]).is_complete);
    }

    #[test]
    fn paths_are_found_by_their_beginnings() {
        let known = closures(&[("/s/a-x", &[]), ("/s/b-y", &[])]);
        assert_eq!(known.with_prefix("/s/b"), Some("/s/b-y"));
        assert_eq!(known.with_prefix("/s/aa"), None);
    }
}
