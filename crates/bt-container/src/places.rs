//! From positions to spans: the lossless tree of a file is made when a finding needs it.

use crate::node::Node;
use bt_diag::{SourceMap, Span};
use bt_eval::places::FileTrees;

/// Finds out where things are written.
pub struct Places<'s> {
    trees: FileTrees<'s>,
}

impl<'s> Places<'s> {
    /// For the files of a source map.
    pub fn new(sources: &'s SourceMap) -> Self {
        Places { trees: FileTrees::new(sources) }
    }

    /// The best place for a node's value: the list element, or the value of the attribute.
    pub fn value(&self, node: &Node) -> Option<Span> {
        node.element.or_else(|| self.trees.binding(node.position).map(|b| b.value))
    }

    /// The attribute's name, or the list element.
    pub fn name(&self, node: &Node) -> Option<Span> {
        self.name_at(node.position).or(node.element)
    }

    /// The name that stands at a position.
    pub fn name_at(&self, position: u32) -> Option<Span> {
        self.trees.binding(position).map(|b| b.name)
    }

    /// The value of the binding whose name stands at a position.
    pub fn value_at(&self, position: u32) -> Option<Span> {
        self.trees.binding(position).map(|b| b.value)
    }

    /// The whole binding (`name = value;`) whose name stands at a position, for fixes that remove it.
    pub fn binding_at(&self, position: u32) -> Option<Span> {
        self.trees.binding(position).map(|b| b.whole)
    }

    /// The attribute set literal that most of a set's attributes were written in: where a missing attribute belongs.
    pub fn set(&self, node: &Node) -> Option<Span> {
        let first = node.entries().iter().map(|(_, n)| n.position).filter(|p| *p != 0).min();
        first.and_then(|position| self.trees.set_around(position)).or_else(|| self.value(node))
    }

    /// The function part of the call whose argument set holds the attribute at a position.
    pub fn call_around(&self, position: u32) -> Option<Span> {
        self.trees.function_called_around(position)
    }
}
