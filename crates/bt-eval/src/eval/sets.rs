//! Attribute sets: construction, selection, `with`.

use super::run::{scope, variable};
use super::{Evaluator, Result};
use crate::attrs::{AttrsBuilder, slot};
use crate::error::{At, Error, ErrorKind};
use crate::ir::*;
use crate::symbol::Symbol;
use crate::value::{Attr, Attrs, Env, List, ListOrigin, Place, Room, Slot, Value, share};
use bt_diag::{Span, suggest};
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// Shorter lists get no room behind them.
const MIN_ROOM: usize = 32;

impl<'e> Evaluator<'e> {
    pub(super) fn attrs(&self, expr: &'e AttrsExpr<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        let entries = expr.entries;
        // A set that is not recursive has a scope of its own only for hidden sources.
        let own = if expr.recursive { entries.len() } else { 0 };
        let inner = match own + expr.sources.len() {
            0 => env,
            count => self.env(Some(env), count),
        };
        for (slot, code) in inner.cells().skip(own).zip(expr.sources) {
            slot.set(self.delay_in_new_scope(*code, inner));
        }
        if expr.recursive {
            for (slot, entry) in inner.cells().zip(entries) {
                // What `__overrides` may replace must not be shared before that.
                let value = if expr.overrides {
                    Value::Delayed(entry.value.id, inner)
                } else {
                    self.delay_in_new_scope(entry.value, inner)
                };
                slot.set(value);
            }
        }
        let attrs = if expr.overrides {
            self.apply_overrides(entries, inner).at(expr.span)?
        } else {
            let attrs = self.arena.alloc_slice_fill_with(entries.len(), |i| {
                let value =
                    if expr.recursive { share(inner.slot(i as u32)) } else { self.delay(entries[i].value, inner) };
                Attr { name: entries[i].name, place: Place::new(entries[i].position), value: Cell::new(value) }
            });
            &*self.arena.alloc(Attrs::from_sorted(attrs))
        };
        self.dynamic_entries(expr, inner, attrs)
    }

    /// `__overrides` replaces attributes before anyone sees them (historical, still in use).
    fn apply_overrides(&self, entries: &'e [Entry<'e>], env: &'e Env<'e>) -> Result<&'e Attrs<'e>> {
        let mut builder = AttrsBuilder::with_capacity(entries.len());
        let at = entries.iter().position(|e| e.name == crate::symbol::sym::OVERRIDES).unwrap_or(0);
        let overrides = match self.force_slot(env.slot(at as u32))? {
            Value::Attrs(overrides) => overrides,
            other => return Err(self.expected("a set", other)),
        };
        for attr in overrides.entries(self.arena) {
            if let Some(i) = entries.iter().position(|e| e.name == attr.name) {
                env.slot(i as u32).set(share(&attr.value));
            }
            builder.push_copy(attr);
        }
        for (slot, entry) in env.cells().zip(entries) {
            builder.push_at(entry.name, Place::new(entry.position), share(slot));
        }
        Ok(builder.finish(self.arena))
    }

    fn dynamic_entries(&self, expr: &'e AttrsExpr<'e>, env: &'e Env<'e>, attrs: &'e Attrs<'e>) -> Result<Value<'e>> {
        if expr.dynamic.is_empty() {
            return Ok(Value::Attrs(attrs));
        }
        let mut names: FxHashMap<Symbol, Span> = FxHashMap::default();
        let mut builder = AttrsBuilder::with_capacity(expr.entries.len() + expr.dynamic.len());
        for entry in expr.dynamic {
            let name = match self.eval(entry.name, env).at(entry.span)? {
                Value::Null => continue,
                value => self.attribute_name(value).at(entry.span)?,
            };
            let earlier = names.insert(name, entry.span);
            let earlier = earlier.or_else(|| attrs.get(name).map(|a| a.span()));
            if let Some(first) = earlier {
                let at = self.show_place(first).map_or(String::new(), |place| format!(" at {place}"));
                let message = format!("dynamic attribute '{}' already defined{at}", self.symbols.name(name));
                return Err(Error::new(ErrorKind::Other, message).at(entry.span).related(first, "first definition"));
            }
            builder.push_at(name, Place::new(entry.span.start), self.delay(entry.value, env));
        }
        for attr in attrs.entries(self.arena) {
            builder.push_copy(attr);
        }
        Ok(Value::Attrs(builder.finish(self.arena)))
    }

    /// The name of an attribute that a program computed.
    fn attribute_name(&self, value: Value<'e>) -> Result<Symbol> {
        match value {
            Value::String(s) if s.context().is_empty() => match s.as_str() {
                Some(text) => Ok(self.symbols.intern(text)),
                None => Err(Error::new(ErrorKind::Other, "attribute name is not valid UTF-8")),
            },
            Value::String(s) => {
                let message = format!("the string '{}' is not allowed to refer to a store path", s.to_text());
                Err(Error::new(ErrorKind::Type, message))
            }
            other => Err(self.expected("a string", other)),
        }
    }

    fn path_name(&self, name: &Name<'e>, env: &'e Env<'e>) -> Result<(Symbol, Span)> {
        match name {
            Name::Static(name, span) => Ok((*name, *span)),
            Name::Dynamic(expr, span) => {
                let value = self.eval(expr, env).at(*span)?;
                Ok((self.attribute_name(value).at(*span)?, *span))
            }
        }
    }

    /// The cell of an attribute; an open set makes what it does not have.
    pub fn attribute(&self, attrs: &'e Attrs<'e>, name: Symbol) -> Option<&'e Slot<'e>> {
        match attrs.get(name) {
            Some(attr) => Some(&attr.value),
            None => self.open_attribute(attrs, name),
        }
    }

    fn open_attribute(&self, attrs: &'e Attrs<'e>, name: Symbol) -> Option<&'e Slot<'e>> {
        let open = attrs.open()?;
        if let Some((_, slot)) = open.made.borrow().iter().find(|(n, _)| *n == name) {
            return Some(slot);
        }
        let text = self.string(self.symbols.name(name));
        let made = slot(self.arena, self.delayed_call(open.fallback, &[text]));
        open.made.borrow_mut().push((name, made));
        Some(made)
    }

    pub(super) fn select1(&self, select: &'e Select1<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        let subject = match self.eval(select.subject, env) {
            Ok(subject) => subject,
            Err(error) => return Err(self.selection_frame(error, select.span)),
        };
        match subject {
            Value::Attrs(attrs) => match self.attribute(attrs, select.name) {
                Some(slot) => match self.force_slot(slot) {
                    Ok(value) => Ok(value),
                    Err(error) => Err(self.attribute_frame(error, select.name, select.span)),
                },
                None => Err(self.missing_attribute(attrs, select.name).at(select.name_span)),
            },
            other => Err(self.expected("a set", other).at(select.span)),
        }
    }

    #[cold]
    pub(crate) fn missing_attribute(&self, attrs: &'e Attrs<'e>, name: Symbol) -> Error {
        let name = self.symbols.name(name);
        let is_builtins = self.builtins().is_some_and(|builtins| std::ptr::eq(builtins, attrs));
        if is_builtins && self.world.is_pure() && crate::builtins::IMPURE.contains(&name) {
            return Error::new(ErrorKind::Impure, format!("attribute '{name}' missing")).help(format!(
                "'builtins.{name}' does not exist in pure evaluation, as of flakes: take it as an argument"
            ));
        }
        let error = Error::new(ErrorKind::MissingAttribute, format!("attribute '{name}' missing"));
        let names = attrs.entries(self.arena).iter().map(|a| self.symbols.name(a.name));
        match suggest::nearest(name, names) {
            Some(near) => error.help(format!("did you mean '{near}'?")),
            None => error,
        }
    }

    /// The value at a path, or `None` when it is not there and there is a default.
    pub(super) fn select_path(&self, select: &'e Select<'e>, env: &'e Env<'e>) -> Result<Option<Value<'e>>> {
        let mut value = match self.eval(select.subject, env) {
            Ok(value) => value,
            Err(error) => return Err(self.selection_frame(error, select.span)),
        };
        for name in select.path {
            let (name, name_span) = self.path_name(name, env)?;
            let slot = match value {
                Value::Attrs(attrs) => match self.attribute(attrs, name) {
                    Some(slot) => slot,
                    None if select.default.is_some() => return Ok(None),
                    None => return Err(self.missing_attribute(attrs, name).at(name_span)),
                },
                _ if select.default.is_some() => return Ok(None),
                other => return Err(self.expected("a set", other).at(select.span)),
            };
            value = match self.force_slot(slot) {
                Ok(value) => value,
                Err(error) => return Err(self.attribute_frame(error, name, select.span)),
            };
        }
        Ok(Some(value))
    }

    pub(super) fn has_attr(&self, has: &'e HasAttr<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        let mut value = self.eval(has.subject, env)?;
        let last = has.path.len() - 1;
        for (i, name) in has.path.iter().enumerate() {
            let (name, _) = self.path_name(name, env)?;
            let Value::Attrs(attrs) = value else { return Ok(Value::Bool(false)) };
            let Some(slot) = self.attribute(attrs, name) else { return Ok(Value::Bool(false)) };
            if i < last {
                value = self.force_slot(slot)?;
            }
        }
        Ok(Value::Bool(true))
    }

    /// A variable of a `with`: what sets really hold comes before what an open set would make.
    pub(super) fn with_variable(&self, var: &'e WithVar<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        let mut open = None;
        // From one `with` to the next, not from the innermost scope to each.
        let (mut inner, mut at) = (env, 0);
        for level in var.levels {
            inner = scope(inner, *level - at);
            at = *level;
            match self.force_slot(inner.slot(0)).at(var.span)? {
                Value::Attrs(attrs) => {
                    if let Some(attr) = attrs.get(var.name) {
                        return self.force_slot(&attr.value).at(var.span);
                    }
                    if open.is_none() && attrs.open().is_some() {
                        open = Some(attrs);
                    }
                }
                other => return Err(self.expected("a set", other).at(var.span)),
            }
        }
        if let Some(slot) = open.and_then(|attrs| self.open_attribute(attrs, var.name)) {
            return self.force_slot(slot).at(var.span);
        }
        let name = self.symbols.name(var.name);
        let error = Error::new(ErrorKind::UndefinedVariable, format!("undefined variable '{name}'")).at(var.span);
        let sets = var.levels.iter().filter_map(|level| match variable(env, *level, 0).get() {
            Value::Attrs(attrs) => Some(attrs.entries(self.arena)),
            _ => None,
        });
        let names = sets.flatten().map(|attr| self.symbols.name(attr.name)).chain(self.global_names());
        match suggest::nearest(name, names) {
            Some(near) => Err(error.help(format!("did you mean '{near}'?"))),
            None => Err(error),
        }
    }

    /// Lists one after the other.
    pub fn concat(&self, lists: &[&'e List<'e>]) -> Value<'e> {
        let mut parts = lists.iter().filter(|l| !l.items.is_empty());
        let (first, second) = (parts.next(), parts.next());
        match (first, second) {
            (None, _) => return Value::List(self.empty_list()),
            (Some(only), None) => return Value::List(only),
            _ => {}
        }
        let total = lists.iter().map(|l| l.items.len()).sum();
        let (items, room) = self.joined(lists, total);
        let mut end = 0;
        let parts = lists.iter().filter(|l| !l.items.is_empty()).map(|list| {
            end += list.items.len();
            (end, *list)
        });
        let parts = parts.collect::<Vec<_>>();
        let origin = &*self.arena.alloc(ListOrigin::Concatenated(self.arena.alloc_slice_copy(&parts)));
        Value::List(self.arena.alloc(List { items, origin: Some(origin), room }))
    }

    /// The cells of lists one after the other. What is appended again and again to a list of some length goes into room
    /// that was left behind it, so that a loop over `++` copies little.
    fn joined(&self, lists: &[&'e List<'e>], total: usize) -> (&'e [Slot<'e>], Option<&'e Room<'e>>) {
        let (first, rest) = (lists[0], &lists[1..]);
        let length = first.items.len();
        if let Some(room) = first.room
            && room.used.get() == length
            && total <= room.cells.len()
        {
            let appended = rest.iter().flat_map(|l| l.items);
            for (cell, item) in room.cells[length..].iter().zip(appended) {
                cell.set(share(item));
            }
            room.used.set(total);
            return (&room.cells[..total], Some(room));
        }
        let grew_before = matches!(first.origin, Some(ListOrigin::Concatenated(_)));
        let capacity = if grew_before && length >= MIN_ROOM && total - length <= length { total * 2 } else { total };
        let mut items = bumpalo::collections::Vec::with_capacity_in(capacity, self.arena);
        for list in lists {
            items.extend(list.items.iter().map(|slot| Cell::new(share(slot))));
        }
        items.extend((total..capacity).map(|_| Cell::new(Value::Null)));
        let cells: &'e [Slot<'e>] = items.into_bump_slice();
        let room = (capacity > total).then(|| &*self.arena.alloc(Room { cells, used: Cell::new(total) }));
        (&cells[..total], room)
    }
}
