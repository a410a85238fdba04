//! Questions about a place in a text, answered from rnix's lossless tree: which binding, which set, which call.

use crate::parser::nesting;
use rnix::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize, WalkEvent};
use std::cell::OnceCell;
use std::ops::Range;

/// The lossless tree of a text.
pub struct Tree {
    root: SyntaxNode,
    index: OnceCell<Index>,
}

/// What is asked for most, found in one walk: to look for a place from the root takes as long as sets are large.
#[derive(Default)]
struct Index {
    /// Bindings, by the beginnings of their names; none of those whose names hold expressions.
    bindings: Vec<Binding>,
    /// Attribute set literals, by their beginnings.
    sets: Vec<Set>,
}

/// An attribute set literal.
struct Set {
    range: Range<usize>,
    /// The one that it is in.
    outer: Option<usize>,
    /// The function that is called with it.
    function: Option<Range<usize>>,
}

/// A node that the walk is in.
struct Open {
    kind: SyntaxKind,
    first_child: Option<Range<usize>>,
    /// The function that is called with this, maybe in parentheses or with `// { … }`.
    function: Option<Range<usize>>,
    /// The innermost set.
    set: Option<usize>,
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

/// How deeply a text may nest.
const MAX_NESTING: u32 = 4000;
/// How many bytes rnix's lexer may look at in vain.
const MAX_LOOKAHEAD: usize = 100 << 20;

/// Whether rnix reads the text in reasonable time and space. From the start of each name rnix looks for a slash to the
/// end of the run of path characters, which makes a chain like `a.a.a…` quadratic.
fn is_tame(text: &str) -> bool {
    let is_path = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-');
    let runs = text.as_bytes().split(|b| !is_path(b));
    let lookahead = runs.fold(0usize, |sum, run| sum.saturating_add(run.len().saturating_mul(run.len()) / 4));
    lookahead <= MAX_LOOKAHEAD && nesting(text) <= MAX_NESTING
}

impl Tree {
    /// The tree of a text; texts that are not Nix give a tree with error nodes. A text that rnix could only read in
    /// quadratic time, or whose tree would be too deep for the stack, gives an empty tree: what is asked about a place
    /// in it has no answer.
    pub fn parse(text: &str) -> Tree {
        let text = if is_tame(text) { text } else { "" };
        Tree { root: rnix::Root::parse(text).syntax(), index: OnceCell::new() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.root))
    }

    /// All tokens in the order of the text.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = SyntaxToken> {
        self.root.descendants_with_tokens().filter_map(|element| element.into_token())
    }

    fn ancestors_at(&self, offset: usize) -> impl Iterator<Item = SyntaxNode> {
        let offset = TextSize::try_from(offset).unwrap_or_default();
        let inside = self.root.text_range().contains(offset);
        let token = inside.then(|| self.root.token_at_offset(offset).right_biased()).flatten();
        token.into_iter().flat_map(|t| t.parent_ancestors())
    }

    /// The binding whose name stands at `offset`.
    pub fn binding_at(&self, offset: usize) -> Option<Binding> {
        let bindings = &self.index().bindings;
        let last = bindings.partition_point(|binding| binding.name.start <= offset).checked_sub(1);
        if let Some(binding) = last.and_then(|last| bindings.get(last)).filter(|b| b.name.contains(&offset)) {
            return Some(binding.clone());
        }
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

    /// The values that the name in an `inherit` at `offset` may have, where they are written in the same text and are no
    /// lists; empty when that is not known.
    pub fn inherited_values_at(&self, offset: usize) -> Vec<Range<usize>> {
        let Some(inherit) = self.ancestors_at(offset).find(|node| node.kind() == SyntaxKind::NODE_INHERIT) else {
            return Vec::new();
        };
        let name = inherit.children().find(|child| range(child.text_range()).contains(&offset));
        let values = name.map(|name| crate::inherited::values(&inherit, &name.text().to_string()));
        let values = values.into_iter().flatten().filter(|value| value.kind() != SyntaxKind::NODE_LIST);
        values.map(|value| range(value.text_range())).collect()
    }

    /// The innermost attribute set literal around `offset`.
    pub fn set_around(&self, offset: usize) -> Option<Range<usize>> {
        self.index().set_around(offset).map(|set| set.range.clone())
    }

    /// The call whose argument is the innermost attribute set literal around `offset`, as the range of the function
    /// part: `pkgs.dockerTools.buildImage` of `pkgs.dockerTools.buildImage { … }`.
    pub fn function_called_with_set_around(&self, offset: usize) -> Option<Range<usize>> {
        self.index().set_around(offset)?.function.clone()
    }
}

impl Index {
    fn new(root: &SyntaxNode) -> Index {
        let mut index = Index::default();
        let mut open: Vec<Open> = Vec::new();
        for event in root.preorder() {
            match event {
                WalkEvent::Enter(node) => {
                    let entered = index.enter(&node, open.last_mut());
                    open.push(entered);
                }
                WalkEvent::Leave(_) => drop(open.pop()),
            }
        }
        index.bindings.sort_by_key(|binding| binding.name.start);
        index
    }

    fn enter(&mut self, node: &SyntaxNode, parent: Option<&mut Open>) -> Open {
        let own = range(node.text_range());
        let mut here = Open { kind: node.kind(), first_child: None, function: None, set: None };
        if let Some(parent) = parent {
            here.set = parent.set;
            here.function = match parent.kind {
                // The set may stand in parentheses or be a part of `a // { … }`.
                SyntaxKind::NODE_PAREN | SyntaxKind::NODE_BIN_OP => parent.function.clone(),
                SyntaxKind::NODE_APPLY => parent.first_child.clone(),
                _ => None,
            };
            parent.first_child.get_or_insert_with(|| own.clone());
        }
        match node.kind() {
            SyntaxKind::NODE_ATTR_SET => {
                self.sets.push(Set { range: own, outer: here.set, function: here.function.clone() });
                here.set = Some(self.sets.len() - 1);
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let mut children = node.children();
                let name = children.next();
                let is_plain = |name: &SyntaxNode| {
                    let parts = name.children();
                    parts.flat_map(|part| part.children()).next().is_none()
                        && name.children().all(|part| part.kind() != SyntaxKind::NODE_DYNAMIC)
                };
                if let (Some(name), Some(value)) = (name.filter(is_plain), children.next()) {
                    let (name, value) = (range(name.text_range()), range(value.text_range()));
                    self.bindings.push(Binding { name, value, whole: own });
                }
            }
            _ => {}
        }
        here
    }

    /// The innermost set around a place.
    fn set_around(&self, offset: usize) -> Option<&Set> {
        let mut at = self.sets.partition_point(|set| set.range.start <= offset).checked_sub(1);
        while let Some(set) = at.and_then(|at| self.sets.get(at)) {
            if set.range.contains(&offset) {
                return Some(set);
            }
            at = set.outer;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn texts_that_are_too_deep_have_no_answers() {
        let cases = [("1", " + 1"), ("a", " a"), ("1", " |> a"), ("a", ".a")];
        for (start, more) in cases {
            let text = |count: usize| format!("{{ a = {start}{}; }}", more.repeat(count));
            assert!(Tree::parse(&text(10)).set_around(0).is_some(), "{more}");
            assert_eq!(Tree::parse(&text(100_000)).set_around(0), None, "{more}");
        }
        for (open, close) in [("[ ", "] "), ("!", ""), ("x: ", ""), ("{ a = ", "; }")] {
            let text = |count: usize| format!("{{ a = {}1{}; }}", open.repeat(count), close.repeat(count));
            assert!(Tree::parse(&text(10)).set_around(0).is_some(), "{open}");
            assert_eq!(Tree::parse(&text(100_000)).set_around(0), None, "{open}");
        }
    }

    #[test]
    fn finds_what_is_inherited() {
        let values = |text: &str| -> Vec<String> {
            let found = Tree::parse(text).inherited_values_at(text.find("inherit x").unwrap() + "inherit ".len());
            found.into_iter().map(|value| text[value].to_string()).collect()
        };
        assert_eq!(values("let x = 1; in { inherit x; }"), ["1"]);
        assert_eq!(values("let x = 1; in rec { x = 2; y = { inherit x; }; }"), ["2"]);
        assert_eq!(values("let x = 1; in let inherit x; in x"), ["1"]);
        let called =
            "let f = n: { x, y ? 1 }: g { inherit x; }; in [ (f 1 { x = \"a\"; }) (f 2 { x = [ ]; }) (h { x = 2; }) ]";
        assert_eq!(values(called), ["\"a\""]);
        for unknown in
            ["x: { inherit x; }", "{ inherit x; }", "let x.y = 1; in { inherit x; }", "args@{ x }: { inherit x; }"]
        {
            assert_eq!(values(unknown), Vec::<String>::new(), "{unknown}");
        }
    }

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

    #[test]
    fn sets_beside_each_other_and_within() {
        let text =
            "f ({ a = { b = { }; }; c = 1; } // { d.${x} = 2; \"e${ { f = 3; } }\" = 4; g.\"h\" = 5; }) { i = 6; }";
        let tree = Tree::parse(text);
        let at = |needle: &str| text.find(needle).unwrap();
        let called =
            |needle: &str| tree.function_called_with_set_around(at(needle)).map(|range| text[range].to_string());
        for (needle, function) in
            [("a =", Some("f")), ("c =", Some("f")), ("d.", Some("f")), ("b =", None), ("f =", None)]
        {
            assert_eq!(called(needle).as_deref(), function, "{needle}");
        }
        assert!(called("i =").is_some_and(|function| function.starts_with("f (")));
        let value = |needle: &str| tree.binding_at(at(needle)).map(|binding| text[binding.value].to_string());
        for (needle, expected) in [
            ("c =", Some("1")),
            ("d.", Some("2")),
            ("\"e", Some("4")),
            ("f =", Some("3")),
            ("\"h", Some("5")),
            ("3;", None),
            ("// {", None),
        ] {
            assert_eq!(value(needle).as_deref(), expected, "{needle}");
        }
    }
}
