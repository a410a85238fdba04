//! What a name in an `inherit` stands for, as far as the text tells.

use rnix::{SyntaxKind, SyntaxNode};

/// The values that a name in an `inherit` without a set may have, where they are written: the one of the binding that
/// the name means, or those that calls in the same text give to the argument that it means. Empty when that is not known.
pub(crate) fn values(inherit: &SyntaxNode, name: &str) -> Vec<SyntaxNode> {
    if inherit.children().any(|child| child.kind() == SyntaxKind::NODE_INHERIT_FROM) {
        return Vec::new();
    }
    // The set that inherits is no scope of the name, not even a recursive one.
    for scope in inherit.ancestors().skip(2) {
        match scope.kind() {
            SyntaxKind::NODE_LET_IN => match bound(&scope, name) {
                Some(value) => return value.into_iter().collect(),
                None => continue,
            },
            SyntaxKind::NODE_ATTR_SET if is_recursive(&scope) => match bound(&scope, name) {
                Some(value) => return value.into_iter().collect(),
                None => continue,
            },
            SyntaxKind::NODE_LAMBDA => match parameter(&scope, name) {
                Some(true) => return arguments(&scope, name),
                Some(false) => return Vec::new(),
                None => continue,
            },
            _ => {}
        }
    }
    Vec::new()
}

/// The value that a set or `let` binds a name to; `Some(None)` when the name is bound in another way.
fn bound(set: &SyntaxNode, name: &str) -> Option<Option<SyntaxNode>> {
    set.children().find_map(|child| match child.kind() {
        SyntaxKind::NODE_ATTRPATH_VALUE => {
            let path = child.children().next()?;
            let mut names = path.children();
            let is_bound = names.next()?.text() == name;
            is_bound.then(|| child.children().nth(1).filter(|_| names.next().is_none()))
        }
        SyntaxKind::NODE_INHERIT => child.children().any(|inherited| inherited.text() == name).then_some(None),
        _ => None,
    })
}

fn is_recursive(set: &SyntaxNode) -> bool {
    set.children_with_tokens().any(|element| element.kind() == SyntaxKind::TOKEN_REC)
}

/// Whether a function has a name among its formals; `Some(false)` when the name is all of its argument.
fn parameter(lambda: &SyntaxNode, name: &str) -> Option<bool> {
    let parameter = lambda.children().next()?;
    if parameter.kind() == SyntaxKind::NODE_IDENT_PARAM {
        return (parameter.text() == name).then_some(false);
    }
    let is_named = |node: SyntaxNode| node.children().next().is_some_and(|ident| ident.text() == name);
    parameter.children().find_map(|child| match child.kind() {
        SyntaxKind::NODE_PAT_ENTRY => is_named(child).then_some(true),
        SyntaxKind::NODE_PAT_BIND => is_named(child).then_some(false),
        _ => None,
    })
}

/// What calls of the binding that a function is the value of give to one of its formals.
fn arguments(lambda: &SyntaxNode, name: &str) -> Vec<SyntaxNode> {
    let is_around = |kind| matches!(kind, SyntaxKind::NODE_LAMBDA | SyntaxKind::NODE_PAREN);
    let binding = lambda.ancestors().find(|node| !is_around(node.kind()));
    let binding = binding.filter(|node| node.kind() == SyntaxKind::NODE_ATTRPATH_VALUE);
    let function = binding.and_then(|binding| binding.children().next()).map(|path| path.text().to_string());
    let (Some(function), Some(root)) = (function, lambda.ancestors().last()) else { return Vec::new() };
    let calls = root.descendants().filter(|node| node.kind() == SyntaxKind::NODE_APPLY);
    let given = calls.filter_map(|call| {
        let argument = call.children().nth(1).filter(|argument| argument.kind() == SyntaxKind::NODE_ATTR_SET)?;
        let mut called = call.children().next()?;
        while called.kind() == SyntaxKind::NODE_APPLY {
            called = called.children().next()?;
        }
        (called.text() == function.as_str()).then(|| bound(&argument, name))??
    });
    given.collect()
}
