//! Questions about a place in a text, answered from rnix's lossless tree: which binding, which set, which call.

use rnix::{SyntaxKind, SyntaxNode, TextRange, TextSize};
use std::ops::Range;

/// The lossless tree of a text.
pub struct Tree {
    root: SyntaxNode,
}

/// A binding of an attribute set or `let`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Byte range of the name, or of the attribute path.
    pub name: Range<usize>,
    /// Byte range of the value; the name's for `inherit`.
    pub value: Range<usize>,
    /// Byte range from the name to the semicolon.
    pub whole: Range<usize>,
}

fn range(range: TextRange) -> Range<usize> {
    range.start().into()..range.end().into()
}

impl Tree {
    /// The tree of a text; texts that are not Nix give a tree with error nodes.
    pub fn parse(text: &str) -> Tree {
        Tree { root: rnix::Root::parse(text).syntax() }
    }

    fn ancestors_at(&self, offset: usize) -> impl Iterator<Item = SyntaxNode> {
        let offset = TextSize::try_from(offset).unwrap_or_default();
        let inside = self.root.text_range().contains(offset);
        let token = inside.then(|| self.root.token_at_offset(offset).right_biased()).flatten();
        token.into_iter().flat_map(|t| t.parent_ancestors())
    }

    /// The binding whose name stands at `offset`.
    pub fn binding_at(&self, offset: usize) -> Option<Binding> {
        for node in self.ancestors_at(offset) {
            match node.kind() {
                SyntaxKind::NODE_ATTRPATH_VALUE => {
                    let mut children = node.children();
                    let name = children.next()?.text_range();
                    // A place in the value belongs to another binding, or to none.
                    if usize::from(name.end()) <= offset {
                        return None;
                    }
                    let value = children.next()?.text_range();
                    return Some(Binding { name: range(name), value: range(value), whole: range(node.text_range()) });
                }
                SyntaxKind::NODE_INHERIT => {
                    let name = node.children().find(|c| range(c.text_range()).contains(&offset))?;
                    let name = range(name.text_range());
                    return Some(Binding { value: name.clone(), whole: name.clone(), name });
                }
                _ => {}
            }
        }
        None
    }

    /// The innermost attribute set literal around `offset`.
    pub fn set_around(&self, offset: usize) -> Option<Range<usize>> {
        self.ancestors_at(offset).find(|n| n.kind() == SyntaxKind::NODE_ATTR_SET).map(|n| range(n.text_range()))
    }

    /// The call whose argument is the innermost attribute set literal around `offset`, as the range of the function
    /// part: `pkgs.dockerTools.buildImage` of `pkgs.dockerTools.buildImage { … }`.
    pub fn function_called_with_set_around(&self, offset: usize) -> Option<Range<usize>> {
        let set = self.ancestors_at(offset).find(|n| n.kind() == SyntaxKind::NODE_ATTR_SET)?;
        let mut node = set;
        // The set may stand in parentheses or be a part of `a // { … }`.
        loop {
            let parent = node.parent()?;
            match parent.kind() {
                SyntaxKind::NODE_PAREN | SyntaxKind::NODE_BIN_OP => node = parent,
                SyntaxKind::NODE_APPLY => {
                    let function = parent.children().next()?;
                    return (function != node).then(|| range(function.text_range()));
                }
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn finds_bindings_sets_and_calls() {
        let text = "f { name = \"x\"; inherit (a) b; config = { User = \"1\"; }; }";
        let tree = Tree::parse(text);
        let at = |needle: &str| text.find(needle).unwrap();
        let binding = tree.binding_at(at("name")).unwrap();
        assert_eq!(&text[binding.name], "name");
        assert_eq!(&text[binding.value], "\"x\"");
        assert_eq!(&text[binding.whole], "name = \"x\";");
        assert_eq!(&text[tree.binding_at(at("b;")).unwrap().value], "b");
        assert_eq!(tree.binding_at(at("\"x\"")), None);
        assert_eq!(&text[tree.set_around(at("User")).unwrap()], "{ User = \"1\"; }");
        assert_eq!(&text[tree.function_called_with_set_around(at("name")).unwrap()], "f");
        assert_eq!(tree.function_called_with_set_around(at("User")), None);
    }
}
