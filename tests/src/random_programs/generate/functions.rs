//! Functions.

use super::{Generator, Type};
use crate::random_programs::tree::{Piece, Tree};
use crate::tree;

impl Generator {
    pub(super) fn function(&mut self, from: &Type, to: &Type, depth: usize) -> Tree {
        if self.chance(12)
            && let Some(known) = self.known_function(from, to, depth)
        {
            return known;
        }
        match (self.number(10), from) {
            (0..=5, Type::Set(attributes)) => self.formals(attributes, to, depth),
            (6, _) => {
                let function = self.function(from, to, depth);
                tree!["{ __functor = self: ", function, "; }"].closed()
            }
            (7, _) if depth > 0 => {
                // A call that gives a function.
                let kind = self.kind(0);
                let name = self.name();
                let variables = vec![(name.clone(), kind.clone())];
                let function = self.within(variables, |g| g.function(from, to, depth - 1));
                tree!["(", format!("{name}: "), Piece::Bare(function), ") ", self.leaf(&kind)]
            }
            _ => {
                let name = self.name();
                let variables = vec![(name.clone(), from.clone())];
                let body = self.within(variables, |g| g.expression(to, depth));
                tree![format!("{name}: "), Piece::Bare(body)]
            }
        }
    }

    /// `{ a, b ? 1, ... }@args: …`
    fn formals(&mut self, attributes: &[(String, Type)], to: &Type, depth: usize) -> Tree {
        let mut formals = super::sets::simple(attributes);
        if self.chance(30) {
            let name = self.name();
            let kind = self.kind(1);
            if !formals.iter().any(|(known, _)| *known == name) || self.chance(3) {
                formals.push((name, kind));
            }
        }
        let bound = self.chance(25).then(|| self.text(&["args", "self", "a", "arg"]));
        let mut variables = formals.clone();
        if let Some(name) = bound {
            variables.push((name.into(), Type::Set(attributes.to_vec())));
        }
        let has_ellipsis = self.chance(75);
        self.within(variables, |g| {
            let mut pieces: Vec<Piece> = Vec::new();
            let is_first = g.chance(50);
            if let (Some(name), true) = (bound, is_first) {
                pieces.push(Piece::Optional(vec![format!("{name}@").into()]));
            }
            pieces.push("{ ".into());
            for (index, (name, kind)) in formals.iter().enumerate() {
                let is_required = attributes.iter().any(|(known, _)| known == name);
                let mut formal: Vec<Piece> = vec![name.as_str().into()];
                if !is_required || g.chance(30) {
                    let default = g.expression(kind, depth.min(2));
                    formal.push(Piece::Optional(vec![" ? ".into(), default.into()]));
                }
                if has_ellipsis || index + 1 < formals.len() {
                    formal.push(", ".into());
                }
                pieces.push(Piece::Optional(formal));
            }
            pieces.push(if has_ellipsis { "... }" } else { " }" }.into());
            if let (Some(name), false) = (bound, is_first) {
                pieces.push(Piece::Optional(vec![format!("@{name}").into()]));
            }
            pieces.push(": ".into());
            pieces.push(Piece::Bare(g.expression(to, depth)));
            Tree::new(pieces)
        })
    }

    /// A builtin, or a part of its arguments.
    fn known_function(&mut self, from: &Type, to: &Type, depth: usize) -> Option<Tree> {
        Some(match (from, to) {
            (Type::Int, Type::Int) => {
                let name = self.text(&["add", "sub", "mul", "bitAnd"]);
                tree![format!("builtins.{name} "), self.expression(&Type::Int, depth)]
            }
            (Type::Int | Type::Float, Type::Bool) => tree!["builtins.lessThan ", self.expression(from, depth)],
            (Type::String, Type::Int) => Tree::atom("builtins.stringLength"),
            (Type::List(_), Type::Int) => Tree::atom("builtins.length"),
            (Type::List(element), to) if **element == *to => Tree::atom("builtins.head"),
            (_, Type::String) => {
                Tree::atom(self.text(&["toString", "builtins.toJSON", "builtins.typeOf", "(builtins.substring 0 2)"]))
            }
            (_, Type::Bool) => Tree::atom(self.text(&["builtins.isInt", "builtins.isString", "builtins.isAttrs"])),
            (from, Type::List(element)) if *from == **element => Tree::atom("(x: [ x x ])"),
            _ => return None,
        })
    }
}
