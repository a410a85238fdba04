//! Merging of attribute paths and nested sets while parsing, as Nix's parser does:
//! `{ a.b = 1; a.c = 2; }` and `{ a = { b = 1; }; a.c = 2; }` are one set `a`.

use crate::ast::*;
use crate::parser::ParseError;
use bt_diag::Span;
use bumpalo::Bump;
use bumpalo::collections::Vec as ArenaVec;
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// Sets with more names than this are searched through a hash map while they are built.
const LINEAR: usize = 12;

/// Builds the bindings of one set; the map only speeds up the search for duplicates.
pub(crate) struct SetBuilder<'s> {
    pub set: &'s AttrSet<'s>,
    index: FxHashMap<&'s str, usize>,
}

pub(crate) fn new_set<'s>(arena: &'s Bump, recursive: bool) -> &'s AttrSet<'s> {
    arena.alloc(AttrSet {
        recursive,
        bindings: RefCell::new(Bindings {
            entries: ArenaVec::new_in(arena),
            dynamic: ArenaVec::new_in(arena),
            inherit_from: ArenaVec::new_in(arena),
        }),
    })
}

fn find_linear(set: &AttrSet<'_>, name: &str) -> Option<usize> {
    set.bindings.borrow().entries.iter().position(|e| e.name == name)
}

fn duplicate(path: &str, at: Span, first: Span) -> ParseError {
    ParseError {
        message: format!("attribute '{path}' already defined"),
        span: at,
        related: Some((first, "first definition".into())),
    }
}

impl<'s> SetBuilder<'s> {
    pub fn new(arena: &'s Bump, recursive: bool) -> Self {
        SetBuilder { set: new_set(arena, recursive), index: FxHashMap::default() }
    }

    fn find(&self, name: &str) -> Option<usize> {
        if self.index.is_empty() { find_linear(self.set, name) } else { self.index.get(name).copied() }
    }

    fn push(&mut self, entry: Entry<'s>) {
        let mut bindings = self.set.bindings.borrow_mut();
        let at = bindings.entries.len();
        bindings.entries.push(entry);
        if !self.index.is_empty() {
            self.index.insert(entry.name, at);
        } else if at + 1 > LINEAR {
            self.index.extend(bindings.entries.iter().enumerate().map(|(i, e)| (e.name, i)));
        }
    }

    /// `inherit a;` and `inherit (e) a;`
    pub fn inherit(&mut self, name: &'s str, span: Span, value: EntryValue<'s>) -> Result<(), ParseError> {
        if let Some(i) = self.find(name) {
            return Err(duplicate(name, span, self.set.bindings.borrow().entries[i].span));
        }
        self.push(Entry { name, span, value });
        Ok(())
    }

    /// `a.b.c = value;`
    pub fn add(&mut self, arena: &'s Bump, path: &[AttrName<'s>], value: &'s Expr<'s>) -> Result<(), ParseError> {
        let Some((first, rest)) = path.split_first() else { return Ok(()) };
        let (name, span) = match *first {
            AttrName::Dynamic(name, span) => {
                let value = nest(arena, rest, value)?;
                self.set.bindings.borrow_mut().dynamic.push(DynamicEntry { name, span, value });
                return Ok(());
            }
            AttrName::Static(name, span) => (name, span),
        };
        match self.find(name) {
            None => {
                let value = EntryValue::Expr(nest(arena, rest, value)?);
                self.push(Entry { name, span, value });
                Ok(())
            }
            Some(i) => {
                let existing = self.set.bindings.borrow().entries[i];
                merge_into(arena, existing, span, &dotted(path), rest, value)
            }
        }
    }
}

/// `b.c = value` as the value of a new name: nested sets around `value`.
fn nest<'s>(arena: &'s Bump, path: &[AttrName<'s>], value: &'s Expr<'s>) -> Result<&'s Expr<'s>, ParseError> {
    let mut value = value;
    for name in path.iter().rev() {
        let set = new_set(arena, false);
        {
            let mut bindings = set.bindings.borrow_mut();
            match *name {
                AttrName::Static(name, span) => {
                    bindings.entries.push(Entry { name, span, value: EntryValue::Expr(value) })
                }
                AttrName::Dynamic(name, span) => bindings.dynamic.push(DynamicEntry { name, span, value }),
            }
        }
        value = arena.alloc(Expr { span: name.span().to(value.span), kind: ExprKind::AttrSet(set) });
    }
    Ok(value)
}

/// Adds `rest = value` to the set that `existing` is bound to.
fn merge_into<'s>(
    arena: &'s Bump,
    existing: Entry<'s>,
    span: Span,
    dotted_path: &str,
    rest: &[AttrName<'s>],
    value: &'s Expr<'s>,
) -> Result<(), ParseError> {
    let EntryValue::Expr(Expr { kind: ExprKind::AttrSet(set), .. }) = existing.value else {
        return Err(duplicate(dotted_path, span, existing.span));
    };
    if let Some((first, deeper)) = rest.split_first() {
        match *first {
            AttrName::Dynamic(name, span) => {
                let value = nest(arena, deeper, value)?;
                set.bindings.borrow_mut().dynamic.push(DynamicEntry { name, span, value });
                Ok(())
            }
            AttrName::Static(name, span) => match find_linear(set, name) {
                Some(i) => {
                    let existing = set.bindings.borrow().entries[i];
                    merge_into(arena, existing, span, dotted_path, deeper, value)
                }
                None => {
                    let value = EntryValue::Expr(nest(arena, deeper, value)?);
                    set.bindings.borrow_mut().entries.push(Entry { name, span, value });
                    Ok(())
                }
            },
        }
    } else if let ExprKind::AttrSet(other) = value.kind {
        let other = other.bindings.borrow();
        let offset = set.bindings.borrow().inherit_from.len() as u32;
        set.bindings.borrow_mut().inherit_from.extend(other.inherit_from.iter().copied());
        for entry in other.entries.iter() {
            if let Some(i) = find_linear(set, entry.name) {
                let first = set.bindings.borrow().entries[i].span;
                return Err(duplicate(entry.name, entry.span, first));
            }
            let mut entry = *entry;
            if let EntryValue::InheritFrom(i) = &mut entry.value {
                *i += offset;
            }
            set.bindings.borrow_mut().entries.push(entry);
        }
        set.bindings.borrow_mut().dynamic.extend(other.dynamic.iter().copied());
        Ok(())
    } else {
        Err(duplicate(dotted_path, span, existing.span))
    }
}

fn dotted(path: &[AttrName<'_>]) -> String {
    let names = path.iter().map(|n| match n {
        AttrName::Static(name, _) => name,
        AttrName::Dynamic(..) => "${…}",
    });
    names.collect::<Vec<_>>().join(".")
}
