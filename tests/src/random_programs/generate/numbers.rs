//! Numbers and truth values.

use super::{Generator, Type};
use crate::random_programs::tree::Tree;
use crate::tree;

/// Ends of ranges, and numbers that a float does not hold exactly.
const EDGES: [&str; 10] = [
    "9223372036854775807",
    "(-9223372036854775807)",
    "9007199254740993",
    "4294967296",
    "2147483647",
    "(-2147483649)",
    "1000000",
    "007",
    "255",
    "123456789",
];

const FLOATS: [&str; 12] =
    ["0.5", "1.0", "2.25", ".5", "1.5e3", "1.0e-3", "3.14159265358979", "0.0", "(-0.5)", "1.0e10", "1.0e20", "1.e2"];

impl Generator {
    pub(super) fn int_literal(&mut self) -> Tree {
        if self.chance(4) {
            return Tree::atom(self.text(&EDGES));
        }
        let number = self.number(11);
        if self.chance(12) { Tree::atom(format!("(-{number})")) } else { Tree::atom(number.to_string()) }
    }

    pub(super) fn float_literal(&mut self) -> Tree {
        Tree::atom(self.text(&FLOATS))
    }

    pub(super) fn int(&mut self, depth: usize) -> Tree {
        let int = Type::Int;
        match self.number(20) {
            0..=6 => {
                let operator = self.text(&["+", "-", "*", "+", "-", "*", "/"]);
                self.binary(&int, operator, depth)
            }
            7 => tree!["-", self.expression(&int, depth)],
            8 => {
                let list = self.kind(1);
                tree!["builtins.length ", self.expression(&Type::List(Box::new(list)), depth)]
            }
            9 => tree!["builtins.stringLength ", self.expression(&Type::String, depth)],
            10 => {
                let name = self.text(&["bitAnd", "bitOr", "bitXor"]);
                tree![format!("builtins.{name} "), self.expression(&int, depth), " ", self.expression(&int, depth)]
            }
            11 => {
                let name = self.text(&["add", "sub", "mul", "div"]);
                tree![format!("builtins.{name} "), self.expression(&int, depth), " ", self.expression(&int, depth)]
            }
            12 => {
                let name = self.text(&["floor", "ceil"]);
                tree![format!("builtins.{name} "), self.expression(&Type::Float, depth)]
            }
            13 => tree!["builtins.compareVersions ", self.version(), " ", self.version()],
            14 => {
                let list = self.expression(&Type::List(Box::new(Type::Int)), depth);
                let name = self.text(&["__add", "(x: y: x + y)", "(a: b: a - b)", "(_: x: x)", "builtins.mul"]);
                tree![format!("builtins.foldl' {name} "), self.expression(&int, depth), " ", list]
            }
            15 => tree!["builtins.fromJSON ", self.json_text("int")],
            16 => {
                let list = self.expression(&Type::List(Box::new(Type::Int)), depth);
                tree!["builtins.elemAt ", list, format!(" {}", self.number(3))]
            }
            17 => {
                let list = self.expression(&Type::List(Box::new(Type::Int)), depth);
                tree!["builtins.head ", list]
            }
            18 => {
                let set = self.any_set(depth);
                tree!["builtins.length (builtins.attrNames ", set, ")"]
            }
            _ => self.int_literal(),
        }
    }

    pub(super) fn float(&mut self, depth: usize) -> Tree {
        match self.number(8) {
            0..=3 => {
                let operator = self.text(&["+", "-", "*", "/"]);
                let mixed = if self.chance(50) { Type::Int } else { Type::Float };
                let left = self.operand(&Type::Float, depth);
                let right = self.operand(&mixed, depth);
                let (left, right) = if self.chance(30) { (right, left) } else { (left, right) };
                tree![left, format!(" {operator} "), right]
            }
            4 => tree!["-", self.expression(&Type::Float, depth)],
            5 => tree!["builtins.fromJSON ", self.json_text("float")],
            6 => tree!["builtins.div ", self.expression(&Type::Float, depth), " ", self.expression(&Type::Int, depth)],
            _ => self.float_literal(),
        }
    }

    pub(super) fn bool(&mut self, depth: usize) -> Tree {
        match self.number(24) {
            0..=2 => {
                let operator = self.text(&["&&", "||", "->"]);
                self.binary(&Type::Bool, operator, depth)
            }
            3 => tree!["!", self.operand(&Type::Bool, depth)],
            4..=6 => {
                let kind = self.kind(2);
                let operator = self.text(&["==", "!="]);
                self.binary(&kind, operator, depth)
            }
            7 => {
                let operator = self.text(&["==", "!="]);
                tree![self.any(depth), format!(" {operator} "), self.any(depth)]
            }
            8..=10 => {
                let operator = self.text(&["<", "<=", ">", ">="]);
                let kind = self.ordered_kind();
                self.binary(&kind, operator, depth)
            }
            11 => {
                let operator = self.text(&["<", "<=", ">", ">="]);
                let left = self.expression(&Type::Int, depth);
                tree![left, format!(" {operator} "), self.expression(&Type::Float, depth)]
            }
            12..=13 => {
                let set = if self.chance(85) { self.any_set(depth) } else { self.any(depth) };
                let path = self.attribute_path(depth);
                tree![set, " ? ", path]
            }
            14 => {
                let name = self.text(&["Int", "Float", "Bool", "String", "Null", "List", "Attrs", "Function", "Path"]);
                tree![format!("builtins.is{name} "), self.any(depth)]
            }
            15 => {
                let kind = self.kind(1);
                let list = self.expression(&Type::List(Box::new(kind.clone())), depth);
                tree!["builtins.elem ", self.expression(&kind, depth), " ", list]
            }
            16..=17 => {
                let kind = self.kind(1);
                let name = self.text(&["any", "all"]);
                let predicate = Type::Function(Box::new(kind.clone()), Box::new(Type::Bool));
                let predicate = self.expression(&predicate, depth);
                let list = self.expression(&Type::List(Box::new(kind)), depth);
                tree![format!("builtins.{name} "), predicate, " ", list]
            }
            18 => tree!["builtins.hasAttr ", self.attribute_text(), " ", self.any_set(depth)],
            19 => tree!["(builtins.tryEval ", self.expression_that_may_fail(depth), ").success"],
            20 => {
                let kind = self.ordered_kind();
                tree!["builtins.lessThan ", self.expression(&kind, depth), " ", self.expression(&kind, depth)]
            }
            21 => tree!["builtins.hasContext ", self.expression(&Type::String, depth)],
            22 => tree!["builtins.match ", self.pattern(), " ", self.expression(&Type::String, depth), " != null"],
            _ => Tree::atom(self.text(&["true", "false"])),
        }
    }
}
