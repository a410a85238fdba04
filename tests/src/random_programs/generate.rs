//! Random programs: typed enough that most of them have a value, wild enough to find trouble.
//!
//! Left out is what depends on the machine or on a version of Nix by design: files that exist, the store, the clock.

mod control;
mod functions;
mod lists;
mod mutation;
mod numbers;
mod sets;
mod strings;

use super::tree::{Piece, Tree};
use crate::differential::Random;
use crate::tree;

/// What an expression is meant to evaluate to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Int,
    Float,
    Bool,
    String,
    Null,
    Path,
    List(Box<Type>),
    /// Attributes that must be there; there may be more.
    Set(Vec<(String, Type)>),
    Function(Box<Type>, Box<Type>),
}

/// Names of variables and attributes. Some are builtins, keywords in other places, or need quotes as attributes.
const NAMES: [&str; 12] = ["a", "b", "c", "x", "y", "z", "f", "a'", "b-c", "_d", "map", "true"];
const QUOTED: [&str; 6] = ["\"if\"", "\"a b\"", "\"\"", "\"1\"", "\"a.b\"", "\"${\"dyn\"}\""];

/// One program.
pub fn program(seed: u64, number: u64) -> Tree {
    // Programs next to each other have nothing in common.
    let start = seed.wrapping_mul(0xa076_1d64_78bd_642f) ^ number.wrapping_mul(0xe703_7ed1_a0b4_28db);
    let mut generator = Generator { random: Random::new(start), scope: Vec::new(), budget: 120 };
    let kind = generator.kind(2);
    let depth = 3 + generator.random.below(4);
    let program = generator.expression(&kind, depth);
    if generator.chance(12) { generator.mutated(&program.render()) } else { program }
}

struct Generator {
    random: Random,
    /// Variables, the innermost last.
    scope: Vec<(String, Type)>,
    /// How many more expressions may be made of others.
    budget: usize,
}

impl Generator {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.percent(percent)
    }

    fn number(&mut self, limit: usize) -> usize {
        self.random.below(limit)
    }

    /// One of several texts.
    fn text(&mut self, texts: &[&'static str]) -> &'static str {
        self.random.one(texts)
    }

    /// A name for a variable.
    fn name(&mut self) -> String {
        // The first ones are the usual ones.
        let most = if self.chance(97) { 8 } else { NAMES.len() };
        self.text(&NAMES[..most]).into()
    }

    /// A name for an attribute, as it is written in programs.
    fn attribute(&mut self) -> String {
        if self.chance(6) { self.text(&QUOTED).into() } else { self.name() }
    }

    /// Different names.
    fn names(&mut self, count: usize) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for _ in 0..count {
            let name = self.name();
            // Rarely a name comes twice, which is an error.
            if !names.contains(&name) || self.chance(1) {
                names.push(name);
            }
        }
        names
    }

    /// A random type.
    fn kind(&mut self, depth: usize) -> Type {
        match self.number(if depth == 0 { 12 } else { 20 }) {
            0..=2 => Type::Int,
            3 => Type::Float,
            4..=5 => Type::Bool,
            6..=9 => Type::String,
            10 => Type::Null,
            11 => Type::Path,
            12..=15 => Type::List(Box::new(self.kind(depth - 1))),
            16..=18 => self.set_kind(depth - 1),
            _ => Type::Function(Box::new(self.kind(0)), Box::new(self.kind(depth - 1))),
        }
    }

    /// The type of a set of some attributes.
    fn set_kind(&mut self, depth: usize) -> Type {
        let count = self.number(4);
        let names = self.names(count);
        Type::Set(names.into_iter().map(|name| (name, self.kind(depth))).collect())
    }

    /// A type whose values can be ordered.
    fn ordered_kind(&mut self) -> Type {
        match self.number(10) {
            0..=3 => Type::Int,
            4 => Type::Float,
            5..=7 => Type::String,
            8 => Type::Path,
            _ => Type::List(Box::new(if self.chance(50) { Type::Int } else { Type::String })),
        }
    }

    /// An expression of a type, at most.
    fn expression(&mut self, kind: &Type, depth: usize) -> Tree {
        if depth == 0 || self.budget == 0 {
            return self.leaf(kind);
        }
        self.budget -= 1;
        let wild;
        let kind = if self.chance(1) {
            wild = self.kind(1);
            &wild
        } else {
            kind
        };
        if self.chance(20)
            && let Some(variable) = self.variable(kind)
        {
            return variable;
        }
        if self.chance(30) {
            return self.control(kind, depth - 1);
        }
        match kind {
            Type::Int => self.int(depth - 1),
            Type::Float => self.float(depth - 1),
            Type::Bool => self.bool(depth - 1),
            Type::String => self.string(depth - 1),
            Type::Null | Type::Path => self.leaf(kind),
            Type::List(element) => self.list(element, depth - 1),
            Type::Set(attributes) => self.set(attributes, depth - 1),
            Type::Function(from, to) => self.function(from, to, depth - 1),
        }
    }

    /// An expression of any type.
    fn any(&mut self, depth: usize) -> Tree {
        let kind = self.kind(1);
        self.expression(&kind, depth)
    }

    /// Something that stands as an operand: now and then without the parentheses that it needs.
    fn operand(&mut self, kind: &Type, depth: usize) -> Piece {
        let tree = self.expression(kind, depth);
        if self.chance(4) { Piece::Bare(tree) } else { Piece::Operand(tree) }
    }

    /// `left OPERATOR right`.
    fn binary(&mut self, kind: &Type, operator: &str, depth: usize) -> Tree {
        let left = self.operand(kind, depth);
        let right = self.operand(kind, depth);
        Tree::new(vec![left, format!(" {operator} ").into(), right])
    }

    /// A variable of a type.
    fn variable(&mut self, kind: &Type) -> Option<Tree> {
        let mut names: Vec<&str> = Vec::new();
        for (index, (name, of)) in self.scope.iter().enumerate() {
            let is_hidden = self.scope[index + 1..].iter().any(|(later, _)| later == name);
            if of == kind && !is_hidden {
                names.push(name);
            }
        }
        if names.is_empty() {
            return None;
        }
        let name = self.random.below(names.len());
        Some(Tree::atom(names[name]))
    }

    /// Makes an expression where variables are in scope.
    fn within(&mut self, variables: Vec<(String, Type)>, work: impl FnOnce(&mut Self) -> Tree) -> Tree {
        let before = self.scope.len();
        self.scope.extend(variables);
        let tree = work(self);
        self.scope.truncate(before);
        tree
    }

    /// The simplest expressions of a type.
    fn leaf(&mut self, kind: &Type) -> Tree {
        if self.chance(30)
            && let Some(variable) = self.variable(kind)
        {
            return variable;
        }
        match kind {
            Type::Int => self.int_literal(),
            Type::Float => self.float_literal(),
            Type::Bool => Tree::atom(self.text(&["true", "false"])),
            Type::String => self.string_literal(),
            Type::Null => Tree::atom("null"),
            Type::Path => self.path(),
            Type::List(element) => {
                let count = self.number(3);
                let elements = (0..count).map(|_| self.leaf(element)).collect();
                list_of(elements)
            }
            Type::Set(attributes) => {
                let mut pieces: Vec<Piece> = vec!["{ ".into()];
                for (name, kind) in attributes {
                    let value = self.leaf(kind);
                    pieces.push(Piece::Optional(vec![format!("{name} = ").into(), value.into(), "; ".into()]));
                }
                pieces.push("}".into());
                Tree::new(pieces).closed()
            }
            Type::Function(_, to) => {
                let name = self.name();
                let body = self.leaf(to);
                tree![format!("{name}: "), body]
            }
        }
    }

    /// A path to something that does not exist.
    fn path(&mut self) -> Tree {
        // A path to what exists would be copied to the store as soon as it is in a string.
        let texts = ["./a", "/a/b", "/a/../c", "./a/../b.nix", "../x", "/b/.", "./a-b_c.d", "/a//b", "/a/./b", "a/b"];
        match self.number(8) {
            0 => tree![Tree::atom(self.text(&texts)), " + ", self.string_literal()],
            1 => {
                let name = self.leaf(&Type::String);
                tree!["/a/${", Piece::Bare(name), "}"].closed()
            }
            2 => tree!["dirOf ", Tree::atom(self.text(&["/a/b", "/a/b/c", "/a//b/../c/d"]))],
            _ => Tree::atom(self.text(&texts)),
        }
    }
}

/// `[ a b ]`
fn list_of(elements: Vec<Tree>) -> Tree {
    let mut pieces: Vec<Piece> = vec!["[".into()];
    pieces.extend(elements.into_iter().map(|element| Piece::Optional(vec![" ".into(), element.into()])));
    pieces.push(" ]".into());
    Tree::new(pieces).closed()
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn programs_are_reproducible_and_differ() {
        let texts = |seed| (0..50).map(|number| program(seed, number).render()).collect::<Vec<_>>();
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
        let mut different = texts(1);
        different.sort();
        different.dedup();
        assert!(different.len() > 40, "{different:?}");
    }

    #[test]
    fn programs_stay_small() {
        for number in 0..500 {
            let length = program(3, number).render().len();
            assert!(length < 20_000, "program {number} has {length} bytes");
        }
    }
}
