//! Merging of attribute paths and nested sets while parsing, as Nix's parser does:
//! `{ a.b = 1; a.c = 2; }` and `{ a = { b = 1; }; a.c = 2; }` are one set `a`.

use crate::ast::*;
use crate::parser::{Failure, ParseError};
use crate::text::push_attribute_name;
use bt_diag::Span;
use bumpalo::Bump;
use bumpalo::collections::Vec as ArenaVec;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Sets with more names than this are searched through a hash map while they are built.
const LINEAR: usize = 12;

/// Builds sets. The map only speeds up the search for duplicates in large sets; its keys are sets' addresses and
/// names. Its hash is seeded, so that no text can be written to make it slow.
pub(crate) struct SetBuilder<'s> {
    arena: &'s Bump,
    index: HashMap<(usize, &'s str), u32>,
    depth: u32,
}

/// A binding's attribute path.
pub(crate) struct Path<'p, 's> {
    pub names: &'p [AttrName<'s>],
    /// All of the path.
    pub span: Span,
}

#[cold]
fn duplicate(path: &[&str], at: Span, first: Span) -> Failure {
    let mut message = "attribute '".to_string();
    for (i, name) in path.iter().enumerate() {
        if i > 0 {
            message.push('.');
        }
        push_attribute_name(name, &mut message);
    }
    message.push_str("' already defined");
    let mut error = ParseError::new(at, message).related(first, "first definition");
    error.defined_at = Some(first);
    error
}

fn static_names<'s>(path: &[AttrName<'s>]) -> Vec<&'s str> {
    let names = path.iter().map(|n| match n {
        AttrName::Static(name, _) => name,
        AttrName::Dynamic(..) => "${…}",
    });
    names.collect()
}

impl<'s> SetBuilder<'s> {
    pub fn new(arena: &'s Bump) -> Self {
        SetBuilder { arena, index: HashMap::new(), depth: 0 }
    }

    pub fn new_set(&self, recursive: bool) -> &'s AttrSet<'s> {
        self.arena.alloc(AttrSet {
            recursive,
            bindings: RefCell::new(Bindings {
                entries: ArenaVec::new_in(self.arena),
                dynamic: ArenaVec::new_in(self.arena),
                inherit_from: ArenaVec::new_in(self.arena),
            }),
            indexed: Cell::new(false),
        })
    }

    fn find(&self, set: &AttrSet<'s>, name: &'s str) -> Option<Entry<'s>> {
        let bindings = set.bindings.borrow();
        if set.indexed.get() {
            let at = *self.index.get(&(std::ptr::from_ref(set).addr(), name))?;
            return bindings.entries.get(at as usize).copied();
        }
        bindings.entries.iter().find(|e| e.name == name).copied()
    }

    fn push(&mut self, set: &AttrSet<'s>, entry: Entry<'s>) {
        let mut bindings = set.bindings.borrow_mut();
        let entries = &mut bindings.entries;
        entries.push(entry);
        if entries.len() > LINEAR {
            let known = if set.indexed.replace(true) { entries.len() - 1 } else { 0 };
            let address = std::ptr::from_ref(set).addr();
            self.index.extend(entries.iter().enumerate().skip(known).map(|(i, e)| ((address, e.name), i as u32)));
        }
    }

    /// `inherit a;` and `inherit (e) a;`
    pub fn inherit(
        &mut self,
        set: &AttrSet<'s>,
        name: &'s str,
        span: Span,
        value: EntryValue<'s>,
    ) -> Result<(), Failure> {
        if let Some(existing) = self.find(set, name) {
            return Err(duplicate(&[name], span, existing.path));
        }
        self.push(set, Entry { name, span, path: span, value });
        Ok(())
    }

    /// `a.b.c = value;`
    pub fn add(&mut self, set: &'s AttrSet<'s>, path: &Path<'_, 's>, value: &'s Expr<'s>) -> Result<(), Failure> {
        let mut set = set;
        for (i, name) in path.names.iter().enumerate() {
            let rest = &path.names[i + 1..];
            let (name, span) = match *name {
                AttrName::Dynamic(name, span) => {
                    let value = self.nest(rest, path.span, value);
                    set.bindings.borrow_mut().dynamic.push(DynamicEntry { name, span, path: path.span, value });
                    return Ok(());
                }
                AttrName::Static(name, span) => (name, span),
            };
            let Some(existing) = self.find(set, name) else {
                let value = EntryValue::Expr(self.nest(rest, path.span, value));
                self.push(set, Entry { name, span, path: path.span, value });
                return Ok(());
            };
            if rest.is_empty() {
                let mut names = static_names(path.names);
                return self.merge(existing, EntryValue::Expr(value), path.span, &mut names);
            }
            match existing.value {
                EntryValue::Expr(Expr { kind: ExprKind::AttrSet(inner), .. }) => set = inner,
                _ => return Err(duplicate(&static_names(&path.names[..=i]), path.span, existing.path)),
            }
        }
        Ok(())
    }

    /// `b.c = value` as the value of a new name: nested sets around `value`.
    fn nest(&self, path: &[AttrName<'s>], whole: Span, value: &'s Expr<'s>) -> &'s Expr<'s> {
        let mut value = value;
        for name in path.iter().rev() {
            let set = self.new_set(false);
            {
                let mut bindings = set.bindings.borrow_mut();
                match *name {
                    AttrName::Static(name, span) => {
                        bindings.entries.reserve_exact(1);
                        bindings.entries.push(Entry { name, span, path: whole, value: EntryValue::Expr(value) });
                    }
                    AttrName::Dynamic(name, span) => {
                        bindings.dynamic.push(DynamicEntry { name, span, path: whole, value });
                    }
                }
            }
            value = self.arena.alloc(Expr { span: name.span().to(value.span), kind: ExprKind::AttrSet(set) });
        }
        value
    }

    /// A second value for a name: two sets become one, anything else is an error. `names` is the path of the name.
    fn merge(
        &mut self,
        existing: Entry<'s>,
        value: EntryValue<'s>,
        at: Span,
        names: &mut Vec<&'s str>,
    ) -> Result<(), Failure> {
        let set = |value| match value {
            EntryValue::Expr(Expr { kind: ExprKind::AttrSet(set), .. }) => Some(*set),
            _ => None,
        };
        let (Some(into), Some(other)) = (set(existing.value), set(value)) else {
            return Err(duplicate(names, at, existing.path));
        };
        let other = other.bindings.borrow();
        let offset = into.bindings.borrow().inherit_from.len() as u32;
        for entry in other.entries.iter() {
            let mut entry = *entry;
            if let EntryValue::InheritFrom(i) = &mut entry.value {
                *i += offset;
            }
            match self.find(into, entry.name) {
                None => self.push(into, entry),
                Some(existing) => {
                    names.push(entry.name);
                    self.depth += 1;
                    if self.depth.is_multiple_of(16) {
                        let merge = || self.merge(existing, entry.value, entry.path, names);
                        stacker::maybe_grow(128 << 10, 4 << 20, merge)?;
                    } else {
                        self.merge(existing, entry.value, entry.path, names)?;
                    }
                    self.depth -= 1;
                    names.pop();
                }
            }
        }
        let mut into = into.bindings.borrow_mut();
        into.inherit_from.extend(other.inherit_from.iter().copied());
        into.dynamic.extend(other.dynamic.iter().copied());
        Ok(())
    }
}
