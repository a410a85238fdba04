//! Attribute sets.

use super::{Generator, Type, list_of};
use crate::random_programs::tree::{Piece, Tree};
use crate::tree;

/// Attributes and their types.
type Attributes = [(String, Type)];

impl Generator {
    /// A set of any attributes.
    pub(super) fn any_set(&mut self, depth: usize) -> Tree {
        let kind = self.set_kind(1);
        self.expression(&kind, depth)
    }

    /// `a`, `a.b`, `"a b"`, `${…}`
    pub(super) fn attribute_path(&mut self, depth: usize) -> Piece {
        let first = if self.chance(10) {
            let name = self.expression(&Type::String, depth.min(1));
            tree!["${", Piece::Bare(name), "}"].closed()
        } else {
            Tree::atom(self.attribute())
        };
        if self.chance(15) {
            let second = self.attribute();
            return Piece::Bare(tree![Piece::Bare(first), format!(".{second}")]);
        }
        Piece::Bare(first)
    }

    /// A set with at least some attributes.
    pub(super) fn set(&mut self, attributes: &Attributes, depth: usize) -> Tree {
        let set = Type::Set(attributes.to_vec());
        match self.number(28) {
            0..=8 => self.set_literal(attributes, depth),
            9..=10 => {
                let left = self.any_set(depth);
                let right = self.operand(&set, depth);
                tree![left, " // ", right]
            }
            11 => {
                let left = self.expression(&set, depth);
                let name = self.name();
                tree![left, " // ", self.any_set(depth), format!(" // {{ {name} = 1; }}")]
            }
            12 => {
                let names = (0..self.number(3)).map(|_| self.attribute_text()).collect();
                tree!["removeAttrs ", self.expression(&set, depth), " ", list_of(names)]
            }
            13 => tree!["builtins.intersectAttrs ", self.any_set(depth), " ", self.expression(&set, depth)],
            14..=15 => {
                let body = if self.chance(50) { "value".into() } else { self.text_of_name() };
                tree![format!("builtins.mapAttrs (name: value: {body}) "), self.expression(&set, depth)]
            }
            16..=17 => self.set_of_pairs(attributes, depth),
            18 => self.grouped(depth),
            19 => {
                let sets = (0..self.number(4)).map(|_| self.any_set(depth)).collect();
                let body = self.text(&["values", "builtins.length values", "builtins.head values", "name"]);
                tree![format!("builtins.zipAttrsWith (name: values: {body}) "), list_of(sets)]
            }
            20 => {
                let kind = Type::Function(Box::new(set.clone()), Box::new(Type::Int));
                tree!["builtins.functionArgs ", self.expression(&kind, depth)]
            }
            21 => tree!["builtins.tryEval ", self.expression_that_may_fail(depth)],
            22 => {
                let predicate = self.expression(&Type::Function(Box::new(Type::Int), Box::new(Type::Bool)), depth);
                tree!["builtins.partition ", predicate, " ", self.expression(&Type::List(Box::new(Type::Int)), depth)]
            }
            23 => tree!["builtins.parseDrvName ", self.expression(&Type::String, depth)],
            24 => tree!["builtins.fromJSON ", self.json_text("set")],
            25 => tree!["builtins.fromTOML ", self.toml_text()],
            26 => {
                let name = self.attribute_text();
                // Of a set as it is written: see gaps/map-attrs-positions.nix.
                let set = self.set_literal(attributes, depth.min(1));
                let position = tree!["builtins.unsafeGetAttrPos ", name, " ", set];
                tree!["removeAttrs ", position, " [ \"file\" ]"]
            }
            _ => {
                let function = Type::Function(Box::new(set), Box::new(Type::Set(attributes.to_vec())));
                let argument = self.set_literal(attributes, depth);
                tree![self.expression(&function, depth), " ", argument]
            }
        }
    }

    fn text_of_name(&mut self) -> String {
        self.text(&["name", "[ name value ]", "builtins.typeOf value", "{ inherit name value; }", "name + \"!\""])
            .into()
    }

    /// `listToAttrs`, with names that may come twice.
    fn set_of_pairs(&mut self, attributes: &Attributes, depth: usize) -> Tree {
        let mut pairs = Vec::new();
        for (name, kind) in attributes {
            let value = self.expression(kind, depth);
            let name = if name.starts_with('"') { name.clone() } else { format!("\"{name}\"") };
            pairs.push(tree![format!("{{ name = {name}; value = "), value, "; }"].closed());
            if self.chance(15) {
                let value = self.any(depth);
                pairs.push(tree![format!("{{ name = {name}; value = "), value, "; }"].closed());
            }
        }
        tree!["builtins.listToAttrs ", list_of(pairs)]
    }

    fn grouped(&mut self, depth: usize) -> Tree {
        let list = Type::List(Box::new(Type::Int));
        let body =
            self.text(&["toString (x / 2)", "if x > 3 then \"a\" else \"b\"", "builtins.typeOf x", "toString x"]);
        tree![format!("builtins.groupBy (x: {body}) "), self.expression(&list, depth)]
    }

    /// `{ … }` or `rec { … }`
    pub(super) fn set_literal(&mut self, attributes: &Attributes, depth: usize) -> Tree {
        let is_recursive = self.chance(25);
        let variables = if is_recursive { simple(attributes) } else { Vec::new() };
        self.within(variables, |g| {
            let mut pieces: Vec<Piece> = vec![if is_recursive { "rec { " } else { "{ " }.into()];
            for (name, kind) in attributes {
                let attribute = g.definition(name, kind, depth);
                pieces.push(Piece::Optional(attribute));
            }
            if g.chance(12) {
                // One more; it may be there already.
                let name = g.attribute();
                let kind = g.kind(1);
                let attribute = g.definition(&name, &kind, depth);
                pieces.push(Piece::Optional(attribute));
            }
            if g.chance(2) {
                let value = g.any(depth);
                pieces.push(Piece::Optional(vec!["${null} = ".into(), value.into(), "; ".into()]));
            }
            if is_recursive && g.chance(3) {
                let names = attributes.first().map_or("a", |(name, _)| name.as_str());
                pieces.push(Piece::Optional(vec![format!("__overrides = {{ {names} = 1; }}; ").into()]));
            }
            pieces.push("}".into());
            Tree::new(pieces).closed()
        })
    }

    /// `name = value;`, or another way to say it.
    pub(super) fn definition(&mut self, name: &str, kind: &Type, depth: usize) -> Vec<Piece> {
        if self.chance(2) {
            // Nobody may ask for it.
            return vec![format!("{name} = ").into(), self.failure(depth.min(1)).into(), "; ".into()];
        }
        let is_plain = !name.starts_with('"');
        match (self.number(14), kind) {
            // Nested paths that are merged: a.b = …; a.c = …;
            (0..=3, Type::Set(inner)) if !inner.is_empty() => {
                let mut pieces = Vec::new();
                for (inner, kind) in inner {
                    let value = self.expression(kind, depth);
                    let piece = vec![format!("{name}.{inner} = ").into(), value.into(), "; ".into()];
                    pieces.push(Piece::Optional(piece));
                }
                if self.chance(10) {
                    let value = self.any_set(depth);
                    pieces.push(Piece::Optional(vec![format!("{name} = ").into(), value.into(), "; ".into()]));
                }
                pieces
            }
            (4, _) if is_plain && self.chance(60) => {
                let value = self.expression(kind, depth);
                vec![format!("${{\"{name}\"}} = ").into(), value.into(), "; ".into()]
            }
            (5, _) if is_plain => {
                let from = Type::Set(vec![(name.into(), kind.clone())]);
                let from = self.expression(&from, depth);
                let more = if self.chance(10) { " x" } else { "" };
                vec!["inherit (".into(), Piece::Bare(from), format!(") {name}{more}; ").into()]
            }
            (6, _) if is_plain && self.scope.iter().any(|(known, of)| known == name && of == kind) => {
                vec![format!("inherit {name}; ").into()]
            }
            _ => {
                let value = self.expression(kind, depth);
                vec![format!("{name} = ").into(), value.into(), "; ".into()]
            }
        }
    }
}

/// The attributes whose names are names of variables too.
pub(super) fn simple(attributes: &Attributes) -> Vec<(String, Type)> {
    attributes.iter().filter(|(name, _)| !name.starts_with('"')).cloned().collect()
}
