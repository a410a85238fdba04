//! All expressions of a text, with what their names mean: for rules that look at programs as they are written.

use crate::ast::{AttrName, AttrSet, EntryValue, Expr, ExprKind, Parameter, StrPart};
use bumpalo::Bump;

/// An expression on the way through a text.
#[derive(Clone, Copy)]
pub struct Visit<'w, 's> {
    /// The expression.
    pub expr: &'s Expr<'s>,
    /// Whether it is in the default of a function's argument, which nobody may ever use.
    pub is_default: bool,
    names: &'w [&'w str],
    bound: u32,
}

impl<'w, 's> Visit<'w, 's> {
    /// Whether one of the names that were given to [`walk`] is that of a builtin here: no function, `let` or `rec` binds
    /// it. (`with` does not count, as in Nix.)
    pub fn is_builtin(&self, name: &str) -> bool {
        self.names.iter().position(|known| *known == name).is_some_and(|index| self.bound >> index & 1 == 0)
    }

    /// The same for another expression with some names bound.
    fn at(self, expr: &'s Expr<'s>, bound: u32) -> Self {
        Visit { expr, bound, ..self }
    }

    fn bound_by<'n>(&self, names: impl Iterator<Item = &'n str>) -> u32 {
        let bits = names.filter_map(|name| self.names.iter().position(|known| *known == name));
        bits.fold(self.bound, |bound, index| bound | 1 << index)
    }
}

/// How many names [`walk`] can watch.
const MAX_NAMES: usize = 32;

/// Visits all expressions of a text, in no particular order; `names` are at most 32 names to watch. A text that is not
/// Nix has none. Takes linear time, and no stack however deep the text nests.
pub fn walk(text: &str, base: u32, names: &[&str], visit: &mut dyn FnMut(Visit<'_, '_>)) {
    let arena = Bump::new();
    let Ok(root) = crate::parse(&arena, text, base) else { return };
    let names = &names[..names.len().min(MAX_NAMES)];
    let mut open = vec![Visit { expr: root, is_default: false, names, bound: 0 }];
    while let Some(at) = open.pop() {
        visit(at);
        children(at, &mut open);
    }
}

fn children<'w, 's>(at: Visit<'w, 's>, open: &mut Vec<Visit<'w, 's>>) {
    let mut push = |expr: &'s Expr<'s>| open.push(at.at(expr, at.bound));
    match &at.expr.kind {
        ExprKind::Str(parts) | ExprKind::Path(parts) => {
            for part in *parts {
                if let StrPart::Interpolation(expr) = part {
                    push(expr);
                }
            }
        }
        ExprKind::Select { subject, path, default } => {
            push(subject);
            default.iter().for_each(|expr| push(expr));
            dynamic(path).for_each(push);
        }
        ExprKind::HasAttr { subject, path } => {
            push(subject);
            dynamic(path).for_each(push);
        }
        ExprKind::Call { function, arguments } => {
            push(function);
            arguments.iter().for_each(|expr| push(expr));
        }
        ExprKind::Lambda(lambda) => match &lambda.parameter {
            Parameter::Ident(name, _) => open.push(at.at(lambda.body, at.bound_by(std::iter::once(*name)))),
            Parameter::Formals { formals, binding, .. } => {
                let names = formals.iter().map(|formal| formal.name).chain(binding.iter().map(|(name, _)| *name));
                let bound = at.bound_by(names);
                for default in formals.iter().filter_map(|formal| formal.default) {
                    open.push(Visit { is_default: true, ..at.at(default, bound) });
                }
                open.push(at.at(lambda.body, bound));
            }
        },
        ExprKind::AttrSet(set) => bindings(at, set, set.recursive, open),
        ExprKind::LegacyLet(set) => bindings(at, set, true, open),
        ExprKind::Let { bindings: set, body } => {
            let bound = bound_by_set(at, set);
            bindings(at, set, true, open);
            open.push(at.at(body, bound));
        }
        ExprKind::List(items) => items.iter().for_each(|expr| push(expr)),
        ExprKind::If(a, b, c) => [*a, *b, *c].into_iter().for_each(push),
        ExprKind::Assert(a, b) | ExprKind::With(a, b) | ExprKind::Binary(_, _, a, b) => {
            [*a, *b].into_iter().for_each(push);
        }
        ExprKind::Not(a) | ExprKind::Negate(a) => push(a),
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::SearchPath(_) | ExprKind::Ident(_) | ExprKind::CurPos => {}
    }
}

fn dynamic<'s>(path: &'s [AttrName<'s>]) -> impl Iterator<Item = &'s Expr<'s>> {
    path.iter().filter_map(|name| match name {
        AttrName::Dynamic(expr, _) => Some(*expr),
        AttrName::Static(..) => None,
    })
}

fn bound_by_set(at: Visit<'_, '_>, set: &AttrSet<'_>) -> u32 {
    at.bound_by(set.bindings.borrow().entries.iter().map(|entry| entry.name))
}

fn bindings<'w, 's>(at: Visit<'w, 's>, set: &'s AttrSet<'s>, is_recursive: bool, open: &mut Vec<Visit<'w, 's>>) {
    let bound = if is_recursive { bound_by_set(at, set) } else { at.bound };
    let set = set.bindings.borrow();
    let values = set.entries.iter().filter_map(|entry| match entry.value {
        EntryValue::Expr(expr) => Some(expr),
        EntryValue::Inherit | EntryValue::InheritFrom(_) => None,
    });
    let dynamic = set.dynamic.iter().flat_map(|entry| [entry.name, entry.value]);
    let all = values.chain(dynamic).chain(set.inherit_from.iter().copied());
    open.extend(all.map(|expr| at.at(expr, bound)));
}

#[cfg(test)]
mod tests {
    use super::walk;
    use crate::ast::ExprKind;

    /// How often `x` stands for a builtin in a text, and how often for something else or in a default.
    fn count(text: &str) -> (u32, u32) {
        let (mut builtin, mut other) = (0, 0);
        walk(text, 1, &["y", "x"], &mut |at| {
            if matches!(at.expr.kind, ExprKind::Ident("x")) {
                match at.is_builtin("x") && !at.is_default {
                    true => builtin += 1,
                    false => other += 1,
                }
            }
        });
        (builtin, other)
    }

    #[test]
    fn every_expression_is_visited() {
        for text in [
            "x",
            "\"${x}\"",
            "./a/${x}",
            "x.a",
            "a.${x}",
            "a.b or x",
            "a ? ${x}",
            "x 1",
            "f 1 x",
            "y: x",
            "{ a }: x",
            "{ a = x; }",
            "{ ${x} = 1; }",
            "{ inherit (x) a; }",
            "rec { a = x; }",
            "let a = x; in 1",
            "let a = 1; in x",
            "let { body = x; }",
            "[ 1 x ]",
            "if x then 1 else 2",
            "if 1 then x else 2",
            "if 1 then 2 else x",
            "assert x; 1",
            "assert 1; x",
            "with x; 1",
            "with a; x",
            "x + 1",
            "1 // x",
            "!x",
            "-x",
            "{ a.b.c = x; }",
        ] {
            assert_eq!(count(text), (1, 0), "{text}");
        }
    }

    #[test]
    fn names_that_are_bound_are_no_builtins() {
        for text in [
            "x: x",
            "{ x }: x",
            "{ a, ... }@x: x",
            "let x = 1; in x",
            "rec { x = 1; a = x; }",
            "let inherit (a) x; in x",
        ] {
            assert_eq!(count(text), (0, 1), "{text}");
        }
        assert_eq!(count("{ x = 1; a = x; }"), (1, 0));
        assert_eq!(count("[ (x: x) x ]"), (1, 1));
        assert_eq!(count("{ a ? x }: a"), (0, 1));
        assert_eq!(count("let a = 1"), (0, 0));
    }

    #[test]
    fn depth_needs_no_stack() {
        assert_eq!(count(&format!("{}x", "y: ".repeat(5000))), (1, 0));
    }
}
