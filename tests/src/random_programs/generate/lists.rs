//! Lists.

use super::{Generator, Type, list_of};
use crate::random_programs::tree::Tree;
use crate::tree;

impl Generator {
    /// A list of elements of a type.
    pub(super) fn list(&mut self, element: &Type, depth: usize) -> Tree {
        let list = Type::List(Box::new(element.clone()));
        if self.chance(30)
            && let Some(tree) = self.special_list(element, depth)
        {
            return tree;
        }
        match self.number(18) {
            0..=3 => {
                let count = self.number(5);
                let mut elements: Vec<Tree> = (0..count).map(|_| self.expression(element, depth)).collect();
                if self.chance(5) {
                    // Nobody may ask for it.
                    elements.push(self.failure(depth.min(1)));
                }
                list_of(elements)
            }
            4..=5 => self.binary(&list, "++", depth),
            6..=7 => {
                let from = self.kind(1);
                let function = Type::Function(Box::new(from.clone()), Box::new(element.clone()));
                let function = self.expression(&function, depth);
                let name = self.text(&["map", "builtins.map"]);
                tree![format!("{name} "), function, " ", self.expression(&Type::List(Box::new(from)), depth)]
            }
            8 => {
                let predicate = Type::Function(Box::new(element.clone()), Box::new(Type::Bool));
                let predicate = self.expression(&predicate, depth);
                tree!["builtins.filter ", predicate, " ", self.expression(&list, depth)]
            }
            9 => {
                let function = Type::Function(Box::new(Type::Int), Box::new(element.clone()));
                let function = self.expression(&function, depth);
                tree!["builtins.genList ", function, format!(" {}", self.number(5))]
            }
            10 => {
                let lists = Type::List(Box::new(list));
                tree!["builtins.concatLists ", self.expression(&lists, depth)]
            }
            11 => {
                let from = self.kind(0);
                let function = Type::Function(Box::new(from.clone()), Box::new(list));
                let function = self.expression(&function, depth);
                tree!["builtins.concatMap ", function, " ", self.expression(&Type::List(Box::new(from)), depth)]
            }
            12 => tree!["builtins.tail ", self.expression(&list, depth)],
            13 => {
                let count = self.number(3);
                let names = self.names(count);
                let set = Type::Set(names.into_iter().map(|name| (name, element.clone())).collect());
                tree!["builtins.attrValues ", self.expression(&set, depth)]
            }
            14 => {
                let name = self.name();
                let set = Type::Set(vec![(name.clone(), element.clone())]);
                let sets = self.expression(&Type::List(Box::new(set)), depth);
                tree![format!("builtins.catAttrs \"{name}\" "), sets]
            }
            15 => {
                let side = self.text(&["right", "wrong"]);
                let predicate = Type::Function(Box::new(element.clone()), Box::new(Type::Bool));
                let predicate = self.expression(&predicate, depth);
                tree!["(builtins.partition ", predicate, " ", self.expression(&list, depth), format!(").{side}")]
            }
            16 => {
                let start = self.expression(&list, depth);
                let step = self.text(&["(l: x: l ++ [ x ])", "(l: x: [ x ] ++ l)", "(_: x: [ x x ])"]);
                tree![format!("builtins.foldl' {step} "), start, " ", self.expression(&list, depth)]
            }
            _ => {
                let elements = (0..2).map(|_| self.expression(element, depth)).collect();
                list_of(elements)
            }
        }
    }

    /// What makes lists of this type only.
    fn special_list(&mut self, element: &Type, depth: usize) -> Option<Tree> {
        let list = Type::List(Box::new(element.clone()));
        Some(match element {
            Type::String => match self.number(6) {
                0 => tree!["builtins.splitVersion ", self.version()],
                1 => {
                    let text = self.expression(&Type::String, depth);
                    tree!["builtins.filter builtins.isString (builtins.split ", self.pattern(), " ", text, ")"]
                }
                2 => tree!["builtins.attrNames ", self.any_set(depth)],
                3 => tree!["builtins.match ", self.pattern(), " ", self.expression(&Type::String, depth)],
                4 => tree!["builtins.split ", self.pattern(), " ", self.expression(&Type::String, depth)],
                _ => self.sorted(element, depth),
            },
            Type::Int | Type::Float if self.chance(70) => self.sorted(element, depth),
            Type::Int => {
                let start = self.number(4);
                let step = self.text(&["n + 1", "n * 2", "n - 1", "0", "n / 2"]);
                tree![format!(
                    "map (x: x.key) (builtins.genericClosure {{ startSet = [ {{ key = {start}; }} ]; operator = \
                     {{ key }}: let n = key; in if n > 6 || n < (-6) then [ ] else [ {{ key = {step}; }} ]; }})"
                )]
            }
            Type::Bool => {
                let text = self.json_text("list");
                tree!["builtins.fromJSON ", text]
            }
            Type::Set(attributes) if !attributes.is_empty() => {
                let (name, kind) = attributes[self.number(attributes.len())].clone();
                let sets = self.expression(&list, depth);
                if matches!(kind, Type::Int | Type::Float | Type::String) {
                    tree![format!("builtins.sort (x: y: x.{name} < y.{name}) "), sets]
                } else {
                    tree![format!("builtins.filter (x: x ? {name}) "), sets]
                }
            }
            _ => return None,
        })
    }

    fn sorted(&mut self, element: &Type, depth: usize) -> Tree {
        let order = self.text(&["builtins.lessThan", "__lessThan", "(x: y: x > y)", "(x: y: x < y)", "(_: _: true)"]);
        let order = if order.ends_with("true)") && self.chance(80) { "(a: b: a < b)" } else { order };
        let list = self.expression(&Type::List(Box::new(element.clone())), depth);
        tree![format!("builtins.sort {order} "), list]
    }
}
