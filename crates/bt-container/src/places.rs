//! From positions to spans: the lossless tree of a file is made when a finding needs it.

use crate::is_below;
use crate::node::Node;
use bt_diag::{SourceMap, Span};
use bt_eval::places::FileTrees;

/// Finds out where things are written.
pub struct Places<'s> {
    trees: FileTrees<'s>,
    sources: &'s SourceMap,
    user_root: String,
}

impl<'s> Places<'s> {
    /// For the files of a source map in the directory `user_root`; nothing else is a place to report.
    pub fn new(sources: &'s SourceMap, user_root: impl Into<String>) -> Self {
        Places { trees: FileTrees::new(sources), sources, user_root: user_root.into() }
    }

    /// The span, when it is in the user's own files.
    pub fn own(&self, span: Span) -> Option<Span> {
        let file = self.sources.file_at(span.start)?;
        is_below(file.place(), &self.user_root).then_some(span)
    }

    fn binding(&self, position: u32) -> Option<bt_eval::places::BindingSpans> {
        self.own(Span::new(position, position))?;
        self.trees.binding(position)
    }

    /// The best place for a node's value: the list element, or the value of the attribute.
    pub fn value(&self, node: &Node) -> Option<Span> {
        node.element.and_then(|span| self.own(span)).or_else(|| self.value_at(node.position))
    }

    /// The attribute's name, or the list element.
    pub fn name(&self, node: &Node) -> Option<Span> {
        self.name_at(node.position).or_else(|| node.element.and_then(|span| self.own(span)))
    }

    /// The name that stands at a position.
    pub fn name_at(&self, position: u32) -> Option<Span> {
        self.binding(position).map(|b| b.name)
    }

    /// The value of the binding whose name stands at a position.
    pub fn value_at(&self, position: u32) -> Option<Span> {
        self.binding(position).map(|b| b.value)
    }

    /// Where the value of a node that is no list is written, when the node is a name in an `inherit` and there is only one
    /// value that it can have.
    pub fn inherited(&self, node: &Node) -> Option<Span> {
        self.own(Span::new(node.position, node.position)).filter(|_| node.element.is_none())?;
        match self.trees.inherited_values(node.position).as_slice() {
            [value] => Some(*value),
            _ => None,
        }
    }

    /// The whole binding (`name = value;`) whose name stands at a position, for fixes that remove it.
    pub fn binding_at(&self, position: u32) -> Option<Span> {
        self.binding(position).map(|b| b.whole)
    }

    /// The attribute set literal that most of a set's attributes were written in, the first of them when there are several:
    /// where a missing attribute belongs.
    pub fn set(&self, node: &Node) -> Option<Span> {
        let own = |position: &u32| self.own(Span::new(*position, *position)).is_some();
        let mut positions: Vec<u32> = node.entries().iter().map(|(_, n)| n.position).filter(own).collect();
        positions.sort_unstable();
        let mut sets: Vec<(Span, usize)> = Vec::new();
        for set in positions.iter().filter_map(|position| self.trees.set_around(*position)) {
            match sets.iter_mut().find(|(span, _)| *span == set) {
                Some((_, count)) => *count += 1,
                None => sets.push((set, 1)),
            }
        }
        let most = sets.iter().rev().max_by_key(|(_, count)| *count);
        most.map(|(span, _)| *span).or_else(|| self.value(node))
    }

    /// The function part of the call whose argument set holds the attribute at a position.
    pub fn call_around(&self, position: u32) -> Option<Span> {
        self.own(Span::new(position, position))?;
        self.trees.function_called_around(position)
    }
}
