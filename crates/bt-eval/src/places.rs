//! From the positions that values carry to spans of the text, with the lossless tree of the file.

use bt_diag::{SourceFile, SourceMap, Span};
use bt_syntax::tree::Tree;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// The spans of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingSpans {
    /// The name or attribute path.
    pub name: Span,
    /// The value.
    pub value: Span,
    /// From the name to the semicolon.
    pub whole: Span,
}

/// Lossless trees by file, made when they are needed.
pub struct FileTrees<'s> {
    sources: &'s SourceMap,
    trees: RefCell<FxHashMap<u32, Rc<Tree>>>,
}

impl<'s> FileTrees<'s> {
    /// No trees yet.
    pub fn new(sources: &'s SourceMap) -> Self {
        FileTrees { sources, trees: RefCell::default() }
    }

    fn tree_at(&self, position: u32) -> Option<(Rc<SourceFile>, Rc<Tree>, usize)> {
        let file = self.sources.file_at(position)?;
        let offset = (position - file.base) as usize;
        let mut trees = self.trees.borrow_mut();
        let tree = trees.entry(file.base).or_insert_with(|| Rc::new(Tree::parse(&file.text)));
        let tree = Rc::clone(tree);
        Some((file, tree, offset))
    }

    /// The binding whose name stands at a position.
    pub fn binding(&self, position: u32) -> Option<BindingSpans> {
        let (file, tree, offset) = self.tree_at(position)?;
        let binding = tree.binding_at(offset)?;
        Some(BindingSpans {
            name: file.span(binding.name),
            value: file.span(binding.value),
            whole: file.span(binding.whole),
        })
    }

    /// What the name in an `inherit` at a position may stand for; see [`Tree::inherited_values_at`].
    pub fn inherited_values(&self, position: u32) -> Vec<Span> {
        let Some((file, tree, offset)) = self.tree_at(position) else { return Vec::new() };
        tree.inherited_values_at(offset).into_iter().map(|value| file.span(value)).collect()
    }

    /// The innermost attribute set literal around a position.
    pub fn set_around(&self, position: u32) -> Option<Span> {
        let (file, tree, offset) = self.tree_at(position)?;
        Some(file.span(tree.set_around(offset)?))
    }

    /// The function part of the call whose argument is the innermost attribute set literal around a position.
    pub fn function_called_around(&self, position: u32) -> Option<Span> {
        let (file, tree, offset) = self.tree_at(position)?;
        Some(file.span(tree.function_called_with_set_around(offset)?))
    }
}
