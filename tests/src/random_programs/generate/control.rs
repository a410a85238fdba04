//! What can be an expression of any type: conditions, bindings, calls, selections, failures.

use super::{Generator, Type};
use crate::random_programs::tree::{Piece, Tree};
use crate::tree;

impl Generator {
    pub(super) fn control(&mut self, kind: &Type, depth: usize) -> Tree {
        match self.number(40) {
            0..=4 => {
                let condition = self.expression(&Type::Bool, depth);
                let (first, second) = (self.operand(kind, depth), self.operand(kind, depth));
                tree!["if ", condition, " then ", first, " else ", second]
            }
            5..=11 => self.bindings(kind, depth),
            12..=14 => self.with(kind, depth),
            15 => tree!["assert ", self.expression(&Type::Bool, depth), "; ", self.operand(kind, depth)],
            16..=20 => {
                let from = self.kind(2);
                let function = Type::Function(Box::new(from.clone()), Box::new(kind.clone()));
                let function = self.expression(&function, depth);
                tree![function, " ", self.operand(&from, depth)]
            }
            21..=24 => self.selection(kind, depth),
            25 => {
                let name = self.text(&["seq", "deepSeq"]);
                tree![format!("builtins.{name} "), self.any(depth), " ", self.expression(kind, depth)]
            }
            26 => {
                let value = self.expression(kind, depth);
                tree!["(builtins.tryEval ", value, ").value"]
            }
            27 => {
                let list = self.expression(&Type::List(Box::new(kind.clone())), depth);
                if self.chance(50) { tree!["builtins.head ", list] } else { tree!["builtins.elemAt ", list, " 0"] }
            }
            28..=29 => {
                let element = self.kind(1);
                let inner = Type::Function(Box::new(element.clone()), Box::new(kind.clone()));
                let step = Type::Function(Box::new(kind.clone()), Box::new(inner));
                let step = self.expression(&step, depth);
                let start = self.expression(kind, depth);
                tree!["builtins.foldl' ", step, " ", start, " ", self.expression(&Type::List(Box::new(element)), depth)]
            }
            30 => {
                let name = self.name();
                let attributes = vec![(name.clone(), kind.clone())];
                let set = self.expression(&Type::Set(attributes), depth);
                tree![format!("builtins.getAttr \"{name}\" "), set]
            }
            31 => {
                let name = self.text(&["trace", "addErrorContext"]);
                tree![format!("builtins.{name} \"c\" "), self.expression(kind, depth)]
            }
            32 => {
                let value = self.expression(kind, depth);
                tree!["let { body = ", value, "; }"]
            }
            33 => {
                let value = self.expression(kind, depth);
                tree!["({ __functor = self: x: self.v; v = ", value, "; }) ", self.leaf(&Type::Int)]
            }
            34 => self.failure(depth),
            35 => self.cycle(kind, depth),
            36 => {
                let failing = self.failure(depth);
                let value = self.expression(kind, depth);
                // What nobody asks for may fail.
                tree!["let unused = ", failing, "; in ", Piece::Bare(value)]
            }
            _ => self.bindings(kind, depth),
        }
    }

    /// `let … in …`
    fn bindings(&mut self, kind: &Type, depth: usize) -> Tree {
        let count = 1 + self.number(3);
        let names = self.names(count);
        let variables: Vec<(String, Type)> = names.into_iter().map(|name| (name, self.kind(2))).collect();
        let mut pieces: Vec<Piece> = vec!["let ".into()];
        // Each sees those before it, so that most programs end; a few see themselves.
        let before = self.scope.len();
        let sees_itself = self.chance(4);
        if sees_itself {
            self.scope.extend(variables.iter().cloned());
        }
        for variable in &variables {
            let definition = self.definition(&variable.0, &variable.1, depth);
            pieces.push(Piece::Optional(definition));
            if !sees_itself {
                self.scope.push(variable.clone());
            }
        }
        pieces.push("in ".into());
        pieces.push(Piece::Bare(self.expression(kind, depth)));
        self.scope.truncate(before);
        Tree::new(pieces)
    }

    /// `with …; …`, whose attributes do not hide other variables.
    fn with(&mut self, kind: &Type, depth: usize) -> Tree {
        let Type::Set(attributes) = self.set_kind(1) else { return self.leaf(kind) };
        let set = self.expression(&Type::Set(attributes.clone()), depth);
        let mut variables = super::sets::simple(&attributes);
        variables.retain(|(name, _)| !self.scope.iter().any(|(known, _)| known == name));
        let body = self.within(variables, |g| g.expression(kind, depth));
        tree!["with ", set, "; ", Piece::Bare(body)]
    }

    /// `{ a = …; }.a`, with a default or without, of an attribute that is there or not.
    fn selection(&mut self, kind: &Type, depth: usize) -> Tree {
        let name = self.name();
        let inner = Type::Set(vec![(name.clone(), kind.clone())]);
        match self.number(8) {
            0..=2 => tree![self.expression(&inner, depth), format!(".{name}")],
            3 => {
                let outer = Type::Set(vec![("a".into(), inner)]);
                tree![self.expression(&outer, depth), format!(".a.{name}")]
            }
            4..=5 => {
                let path = self.attribute_path(depth);
                let (set, default) = (self.any_set(depth), self.expression(kind, depth));
                // What is found may be of another type.
                tree![set, ".zz.", path, " or ", default]
            }
            6 => {
                let default = self.expression(kind, depth);
                tree![self.expression(&inner, depth), format!(".{name} or "), default]
            }
            _ => tree![self.expression(&inner, depth), format!(".${{\"{name}\"}}")],
        }
    }

    /// An expression that fails, each in its own way.
    pub(super) fn failure(&mut self, depth: usize) -> Tree {
        match self.number(9) {
            0..=1 => tree!["throw ", self.expression(&Type::String, depth)],
            2 => tree!["abort ", self.expression(&Type::String, depth)],
            3 => tree!["assert false; ", self.any(depth)],
            4 => Tree::atom("(1 + null)"),
            5 => tree![self.any_set(depth), ".nope"],
            6 => tree![self.any(depth), " 1"],
            7 => Tree::atom("(let x = x; in x)"),
            _ => tree![self.any(depth), " + ", self.any(depth)],
        }
    }

    /// What `tryEval` is asked about: often a failure that it catches.
    pub(super) fn expression_that_may_fail(&mut self, depth: usize) -> Tree {
        match self.number(5) {
            0 => tree!["throw ", self.leaf(&Type::String)],
            1 => tree!["assert ", self.expression(&Type::Bool, depth), "; ", self.any(depth)],
            2 => {
                // A failure inside a part that is not looked at.
                let value = self.any(depth);
                tree!["[ (throw \"in\") ", value, " ]"].closed()
            }
            _ => self.any(depth),
        }
    }

    /// Recursion: through `rec`, `let` and functions, with an end or without.
    fn cycle(&mut self, kind: &Type, depth: usize) -> Tree {
        let value = self.expression(kind, depth);
        match self.number(6) {
            0 => tree!["rec { a = b; b = ", value, "; }.a"],
            1 => tree!["let f = n: if n == 0 then ", value, " else f (n - 1); in f 5"],
            2 => tree!["let x = { inherit y; }; y = ", value, "; in x.y"],
            3 => tree!["let fix = f: let x = f x; in x; in (fix (self: { a = self.b; b = ", value, "; })).a"],
            4 => tree!["let a = { v = ", value, "; next = a; }; in a.next.next.v"],
            _ => tree!["(rec { a = if false then a else b; b = ", value, "; }).a"],
        }
    }
}
