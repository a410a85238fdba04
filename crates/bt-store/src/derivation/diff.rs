//! Where two derivations that should be equal part ways.
//!
//! A derivation's path hashes everything that went into it, so one difference far below shows in every derivation
//! above. [`find_cause`] goes down to a pair that differs by itself; [`Derivation::first_difference`] names the field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::path::StorePath;

use super::{Derivation, DerivationOutput};

/// A part of a derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The platform.
    System,
    /// The program that builds.
    Builder,
    /// One of its arguments, counted from 0.
    Argument(usize),
    /// A variable of its environment.
    Variable(Vec<u8>),
    /// A store object used as it is.
    InputSource,
    /// A `.drv` file that is built from.
    InputDerivation,
    /// Which outputs of a `.drv` file are used.
    InputOutputs(StorePath),
    /// An output.
    Output(String),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Builder => f.write_str("builder"),
            Self::Argument(index) => write!(f, "argument {index}"),
            Self::Variable(name) => write!(f, "variable '{}'", name.escape_ascii()),
            Self::InputSource => f.write_str("input source"),
            Self::InputDerivation => f.write_str("input derivation"),
            Self::InputOutputs(path) => write!(f, "outputs of the input derivation '{path}'"),
            Self::Output(name) => write!(f, "output '{name}'"),
        }
    }
}

/// A field with what it is on both sides; `None` where it is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which field.
    pub field: Field,
    /// What the first derivation has.
    pub left: Option<Vec<u8>>,
    /// What the second one has.
    pub right: Option<Vec<u8>>,
}

/// What [`find_cause`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The derivations on the way down, both sides of each; the last pair is the one with the difference.
    pub chain: Vec<(StorePath, StorePath)>,
    /// How the last pair differs.
    pub end: CauseEnd,
}

/// How the last pair of a [`Cause`] differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CauseEnd {
    /// In this field first.
    Differs(Difference),
    /// Not at all: only the paths under which they were given do.
    Equal,
    /// That is unknown, since this `.drv` file cannot be had.
    Missing(StorePath),
}

impl Derivation {
    /// The first field that differs, what people write (system, builder, arguments, variables) before what follows from
    /// it: sources, inputs and outputs, and the variables that hold output paths.
    pub fn first_difference(&self, other: &Derivation) -> Option<Difference> {
        let differs = |field, left: Option<&[u8]>, right: Option<&[u8]>| {
            (left != right).then(|| Difference {
                field,
                left: left.map(<[u8]>::to_vec),
                right: right.map(<[u8]>::to_vec),
            })
        };
        let bytes = |text: &'_ Vec<u8>| text.clone();
        None.or_else(|| differs(Field::System, Some(&self.system), Some(&other.system)))
            .or_else(|| differs(Field::Builder, Some(&self.builder), Some(&other.builder)))
            .or_else(|| {
                (0..self.arguments.len().max(other.arguments.len())).find_map(|index| {
                    let argument = |of: &Derivation| of.arguments.get(index).map(bytes);
                    differs(Field::Argument(index), argument(self).as_deref(), argument(other).as_deref())
                })
            })
            .or_else(|| self.first_variable(other, false))
            .or_else(|| {
                let text = |path: Option<StorePath>| path.map(|path| path.as_str().as_bytes().to_vec());
                let (left, right) = first_of_sets(&self.input_sources, &other.input_sources)?;
                Some(Difference { field: Field::InputSource, left: text(left), right: text(right) })
            })
            .or_else(|| self.first_input(other))
            .or_else(|| {
                let names: BTreeSet<&String> = self.outputs.keys().chain(other.outputs.keys()).collect();
                names.into_iter().find_map(|name| {
                    let (left, right) = (self.outputs.get(name).map(shown), other.outputs.get(name).map(shown));
                    differs(Field::Output(name.clone()), left.as_deref(), right.as_deref())
                })
            })
            .or_else(|| self.first_variable(other, true))
    }

    /// The first variable that differs, of those that are named after outputs or of the others.
    fn first_variable(&self, other: &Derivation, of_outputs: bool) -> Option<Difference> {
        let is_output = |name: &[u8]| {
            std::str::from_utf8(name)
                .is_ok_and(|name| self.outputs.contains_key(name) && other.outputs.contains_key(name))
        };
        let names: BTreeSet<&Vec<u8>> = self.environment.keys().chain(other.environment.keys()).collect();
        names.into_iter().filter(|name| is_output(name) == of_outputs).find_map(|name| {
            let (left, right) = (self.environment.get(name), other.environment.get(name));
            (left != right).then(|| Difference {
                field: Field::Variable(name.clone()),
                left: left.cloned(),
                right: right.cloned(),
            })
        })
    }

    fn first_input(&self, other: &Derivation) -> Option<Difference> {
        let keys = |of: &Derivation| of.input_derivations.keys().cloned().collect::<BTreeSet<_>>();
        let text = |path: Option<StorePath>| path.map(|path| path.as_str().as_bytes().to_vec());
        if let Some((left, right)) = first_of_sets(&keys(self), &keys(other)) {
            return Some(Difference { field: Field::InputDerivation, left: text(left), right: text(right) });
        }
        self.input_derivations.iter().find_map(|(path, left)| {
            let right = other.input_derivations.get(path)?;
            let names = |outputs: &BTreeSet<String>| {
                let names: Vec<&str> = outputs.iter().map(String::as_str).collect();
                Some(names.join(" ").into_bytes())
            };
            let field = Field::InputOutputs(path.clone());
            (left != right).then(|| Difference { field, left: names(left), right: names(right) })
        })
    }

    /// Input derivations that only one side has, in pairs of one name, in the order of the first side's paths.
    pub fn differing_inputs(&self, other: &Derivation) -> Vec<(StorePath, StorePath)> {
        let mut by_name: BTreeMap<&str, Vec<&StorePath>> = BTreeMap::new();
        for path in other.input_derivations.keys().rev() {
            if !self.input_derivations.contains_key(path) {
                by_name.entry(path.name()).or_default().push(path);
            }
        }
        let only_here = self.input_derivations.keys().filter(|path| !other.input_derivations.contains_key(*path));
        only_here.filter_map(|path| Some((path.clone(), by_name.get_mut(path.name())?.pop()?.clone()))).collect()
    }
}

/// What the first entries are that only one of two sets has.
fn first_of_sets(
    left: &BTreeSet<StorePath>,
    right: &BTreeSet<StorePath>,
) -> Option<(Option<StorePath>, Option<StorePath>)> {
    let only = |a: &BTreeSet<StorePath>, b: &BTreeSet<StorePath>| a.difference(b).next().cloned();
    match (only(left, right), only(right, left)) {
        (None, None) => None,
        pair => Some(pair),
    }
}

fn shown(output: &DerivationOutput) -> Vec<u8> {
    let path = output.path.as_ref().map_or("", StorePath::as_str);
    [path, &output.hash_algorithm, &output.hash].join(" ").trim().as_bytes().to_vec()
}

/// Goes from two derivations down through inputs that differ, as long as both sides of such an input can be had, and
/// says how the last pair differs. `left` and `right` look up a `.drv` file.
///
/// No pair is visited twice, so that files that claim to be made from themselves do no harm.
pub fn find_cause(
    start: (StorePath, StorePath),
    mut left: impl FnMut(&StorePath) -> Option<Derivation>,
    mut right: impl FnMut(&StorePath) -> Option<Derivation>,
) -> Cause {
    let mut seen = BTreeSet::from([start.clone()]);
    let mut chain = vec![start.clone()];
    let mut pair = match (left(&start.0), right(&start.1)) {
        (Some(a), Some(b)) => (a, b),
        (None, _) => return Cause { chain, end: CauseEnd::Missing(start.0) },
        (_, None) => return Cause { chain, end: CauseEnd::Missing(start.1) },
    };
    loop {
        let next = pair.0.differing_inputs(&pair.1).into_iter().find_map(|paths| {
            if !seen.insert(paths.clone()) {
                return None;
            }
            let derivations = (left(&paths.0)?, right(&paths.1)?);
            Some((paths, derivations))
        });
        match next {
            Some((paths, derivations)) => {
                chain.push(paths);
                pair = derivations;
            }
            None => {
                let difference = pair.0.first_difference(&pair.1);
                return Cause { chain, end: difference.map_or(CauseEnd::Equal, CauseEnd::Differs) };
            }
        }
    }
}

impl fmt::Display for Cause {
    /// Some lines for people: the way down, then the field with both values around the place where they part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, (left, right)) in self.chain.iter().enumerate() {
            let word = if depth == 0 { "" } else { "input " };
            if left == right {
                writeln!(f, "{word}{left}")?;
            } else {
                writeln!(f, "{word}{left}\n  against {right}")?;
            }
        }
        match &self.end {
            CauseEnd::Differs(difference) => difference.fmt(f),
            CauseEnd::Equal => f.write_str("no field differs"),
            CauseEnd::Missing(path) => write!(f, "'{path}' cannot be read"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = |side: &'_ Option<Vec<u8>>| side.clone().unwrap_or_default();
        let (left, right) = (bytes(&self.left), bytes(&self.right));
        let shared = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
        let side = |value: &Option<Vec<u8>>| value.as_ref().map_or("missing".into(), |value| excerpt(value, shared));
        write!(f, "{} differs\n  - {}\n  + {}", self.field, side(&self.left), side(&self.right))
    }
}

/// A value around a place, on one line.
fn excerpt(value: &[u8], at: usize) -> String {
    const BEFORE: usize = 60;
    const AFTER: usize = 120;
    let start = at.saturating_sub(BEFORE).min(value.len());
    let end = at.saturating_add(AFTER).min(value.len());
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < value.len() { "…" } else { "" });
    let text: String = String::from_utf8_lossy(&value[start..end])
        .chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect();
    format!("{before}\"{text}\"{after}")
}

#[cfg(test)]
mod tests {
    use super::{Cause, CauseEnd, Difference, Field, find_cause};
    use crate::derivation::{Derivation, DerivationOutput};
    use crate::path::StorePath;
    use std::collections::{BTreeMap, BTreeSet};

    fn path(digit: char, name: &str) -> StorePath {
        StorePath::from_base_name(&format!("{}-{name}", digit.to_string().repeat(32))).expect(name)
    }

    fn derivation(inputs: &[StorePath]) -> Derivation {
        let outputs = BTreeSet::from(["out".to_string()]);
        Derivation {
            outputs: BTreeMap::from([("out".to_string(), DerivationOutput::input_addressed())]),
            input_derivations: inputs.iter().map(|path| (path.clone(), outputs.clone())).collect(),
            system: b"x".to_vec(),
            builder: b"/b".to_vec(),
            arguments: vec![b"a".to_vec()],
            environment: BTreeMap::from([(b"v".to_vec(), b"1".to_vec()), (b"out".to_vec(), Vec::new())]),
            ..Derivation::default()
        }
    }

    fn difference(change: impl FnOnce(&mut Derivation)) -> Option<(String, bool, bool)> {
        let old = derivation(&[path('1', "i.drv")]);
        let mut new = old.clone();
        change(&mut new);
        let Difference { field, left, right } = old.first_difference(&new)?;
        Some((field.to_string(), left.is_some(), right.is_some()))
    }

    #[test]
    fn every_field_is_compared() {
        let found = |text: &str, left, right| Some((text.to_string(), left, right));
        assert_eq!(difference(|_| {}), None);
        assert_eq!(difference(|d| d.system.push(b'y')), found("system", true, true));
        assert_eq!(difference(|d| d.builder.clear()), found("builder", true, true));
        assert_eq!(difference(|d| d.arguments[0].push(b'b')), found("argument 0", true, true));
        assert_eq!(difference(|d| d.arguments.push(Vec::new())), found("argument 1", false, true));
        assert_eq!(difference(|d| drop(d.environment.remove(&b"v"[..]))), found("variable 'v'", true, false));
        assert_eq!(difference(|d| assert!(d.input_sources.insert(path('2', "s")))), found("input source", false, true));
        assert_eq!(difference(|d| d.input_derivations.clear()), found("input derivation", true, false));
        let outputs = format!("outputs of the input derivation '{}'", path('1', "i.drv"));
        let more = |d: &mut Derivation| {
            d.input_derivations.values_mut().for_each(|outputs| assert!(outputs.insert("dev".into())));
        };
        assert_eq!(difference(more), found(&outputs, true, true));
        let hash = |d: &mut Derivation| d.outputs.values_mut().for_each(|o| o.hash = "00".into());
        assert_eq!(difference(hash), found("output 'out'", true, true));
        // What somebody wrote comes before what follows from it.
        let both = |d: &mut Derivation| {
            d.environment.insert(b"out".to_vec(), b"/p".to_vec());
            d.environment.insert(b"v".to_vec(), b"2".to_vec());
        };
        assert_eq!(difference(both), found("variable 'v'", true, true));
        let own = |d: &mut Derivation| drop(d.environment.insert(b"out".to_vec(), b"/p".to_vec()));
        assert_eq!(difference(own), found("variable 'out'", true, true));
    }

    fn cause(left: &[(StorePath, Derivation)], right: &[(StorePath, Derivation)]) -> Cause {
        let get = |all: &[(StorePath, Derivation)], path: &StorePath| {
            all.iter().find(|(known, _)| known == path).map(|(_, derivation)| derivation.clone())
        };
        let start = (path('1', "top.drv"), path('2', "top.drv"));
        find_cause(start, |path| get(left, path), |path| get(right, path))
    }

    #[test]
    fn the_cause_is_below() {
        let same = path('9', "same.drv");
        let (old, new) = (path('3', "low.drv"), path('4', "low.drv"));
        let mut changed = derivation(&[]);
        changed.environment.insert(b"v".to_vec(), b"2".to_vec());
        let mut top = derivation(&[same.clone(), new.clone()]);
        top.arguments.clear();
        let left = [(path('1', "top.drv"), derivation(&[same, old.clone()])), (old.clone(), derivation(&[]))];
        let found = cause(&left, &[(path('2', "top.drv"), top.clone()), (new.clone(), changed)]);
        assert_eq!(found.chain, [(path('1', "top.drv"), path('2', "top.drv")), (old, new.clone())]);
        assert!(
            matches!(&found.end, CauseEnd::Differs(Difference { field: Field::Variable(name), .. }) if name == b"v")
        );
        assert!(found.to_string().ends_with("variable 'v' differs\n  - \"1\"\n  + \"2\""), "{found}");
        // An input that cannot be had is not followed.
        let found = cause(&left, &[(path('2', "top.drv"), top)]);
        assert_eq!(found.chain.len(), 1);
        assert!(matches!(found.end, CauseEnd::Differs(Difference { field: Field::Argument(0), .. })), "{found}");
        assert_eq!(cause(&left, &[]).end, CauseEnd::Missing(path('2', "top.drv")));
        assert_eq!(cause(&[], &left).end, CauseEnd::Missing(path('1', "top.drv")));
    }

    #[test]
    fn circles_and_equal_files_end() {
        let left = [(path('1', "top.drv"), derivation(&[path('1', "top.drv")]))];
        let right = [(path('2', "top.drv"), derivation(&[path('2', "top.drv")]))];
        let found = cause(&left, &right);
        assert_eq!(found.chain.len(), 1);
        assert!(matches!(found.end, CauseEnd::Differs(Difference { field: Field::InputDerivation, .. })), "{found}");
        let [(_, equal)] = left;
        let found = cause(&[(path('1', "top.drv"), equal.clone())], &[(path('2', "top.drv"), equal)]);
        assert_eq!(found.end, CauseEnd::Equal);
    }

    #[test]
    fn long_values_are_shown_around_the_difference() {
        let value = |end: &str| Some([&[b'a'; 500][..], end.as_bytes()].concat());
        let shown = Difference { field: Field::Builder, left: value("b\n"), right: None }.to_string();
        assert!(shown.contains("  + missing") && shown.contains("\"…\n"), "{shown}");
        let shown = Difference { field: Field::Builder, left: value("b\n"), right: value("c") }.to_string();
        let a = "a".repeat(60);
        assert_eq!(shown, format!("builder differs\n  - …\"{a}b\\n\"\n  + …\"{a}c\""));
    }
}
