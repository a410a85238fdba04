//! Builtins on attribute sets.

use super::lists::list;
use super::{Builtin, Kind};
use crate::attrs::AttrsBuilder;
use crate::eval::{Evaluator, Result};
use crate::symbol::Symbol;
use crate::value::{Attr, Attrs, MappingSource, Place, Value, share};
use rustc_hash::FxHashMap;
use std::cell::Cell;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("attrNames", 1, 1, attr_names),
    Builtin::new("attrValues", 1, 1, attr_values),
    Builtin::new("catAttrs", 2, 0b11, cat_attrs).expecting(&[Kind::Plain]),
    Builtin::new("getAttr", 2, 0b11, get_attr).expecting(&[Kind::Plain]),
    Builtin::new("hasAttr", 2, 0b11, has_attr).expecting(&[Kind::Plain]),
    Builtin::new("intersectAttrs", 2, 0b11, intersect_attrs).expecting(&[Kind::Attrs]),
    Builtin::new("mapAttrs", 2, 0b10, map_attrs),
    Builtin::new("removeAttrs", 2, 0b11, remove_attrs).expecting(&[Kind::Attrs]),
    Builtin::new("unsafeGetAttrPos", 2, 0b11, unsafe_get_attr_pos).expecting(&[Kind::Plain]),
    Builtin::new("zipAttrsWith", 2, 0b11, zip_attrs_with).expecting(&[Kind::Function]),
];

/// A value that has to be a set.
///
/// Errors: it is not one.
pub fn attrs<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<&'e Attrs<'e>> {
    match value {
        Value::Attrs(attrs) => Ok(attrs),
        other => Err(ev.expected("a set", other)),
    }
}

impl<'e> Evaluator<'e> {
    /// The entries of a set in the order of their names, which is how programs see them.
    pub fn sorted_entries(&self, attrs: &'e Attrs<'e>) -> Vec<(&'e str, &'e Attr<'e>)> {
        let mut entries: Vec<(&str, &Attr<'_>)> =
            attrs.entries(self.arena).iter().map(|a| (self.symbols.name(a.name), a)).collect();
        entries.sort_unstable_by_key(|(name, _)| *name);
        entries
    }
}

/// `attrNames set`, sorted.
fn attr_names<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let entries = ev.sorted_entries(attrs(ev, args[0])?);
    Ok(ev.list_from(entries.len(), entries.iter().map(|(name, _)| ev.string_in(name.as_bytes(), &[]))))
}

/// `attrValues set`, in the order of the names.
fn attr_values<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let entries = ev.sorted_entries(attrs(ev, args[0])?);
    Ok(ev.list_from(entries.len(), entries.iter().map(|(_, attr)| share(&attr.value))))
}

/// `catAttrs name sets`: the attribute's values of those sets that have it.
fn cat_attrs<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let name = ev.symbols.intern(ev.force_plain(args[0])?);
    let mut values = Vec::new();
    for item in list(ev, args[1])?.items {
        if let Some(attr) = attrs(ev, ev.force_slot(item)?)?.get(name) {
            values.push(share(&attr.value));
        }
    }
    Ok(ev.list(values))
}

/// `getAttr name set`
fn get_attr<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let name = ev.symbols.intern(ev.force_plain(args[0])?);
    let set = attrs(ev, args[1])?;
    match ev.attribute(set, name) {
        Some(slot) => Ok(share(slot)),
        None => Err(ev.missing_attribute(set, name)),
    }
}

/// `hasAttr name set`
fn has_attr<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let name = ev.symbols.intern(ev.force_plain(args[0])?);
    Ok(Value::Bool(ev.attribute(attrs(ev, args[1])?, name).is_some()))
}

/// `intersectAttrs a b`: what of `b` is named in `a`.
fn intersect_attrs<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let (left, right) = (attrs(ev, args[0])?, attrs(ev, args[1])?);
    let (names, values) = (left.entries(ev.arena), right.entries(ev.arena));
    let mut builder = AttrsBuilder::with_capacity(names.len().min(values.len()));
    if names.len() <= values.len() {
        names.iter().filter_map(|a| right.get(a.name)).for_each(|attr| builder.push_copy(attr));
    } else {
        values.iter().filter(|a| left.get(a.name).is_some()).for_each(|attr| builder.push_copy(attr));
    }
    Ok(Value::Attrs(builder.finish(ev.arena)))
}

/// `mapAttrs f set`: `f name value` for each.
fn map_attrs<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let entries = attrs(ev, args[1])?.entries(ev.arena);
    let element = ev.mapping(args[0], MappingSource::Attrs(entries));
    let mapped = ev.arena.alloc_slice_fill_with(entries.len(), |i| Attr {
        name: entries[i].name,
        place: entries[i].place.hidden(),
        value: Cell::new(element(i)),
    });
    Ok(Value::Attrs(ev.arena.alloc(Attrs::from_sorted(mapped))))
}

/// `removeAttrs set names`
fn remove_attrs<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let set = attrs(ev, args[0])?;
    let mut names = Vec::new();
    for item in list(ev, args[1])?.items {
        names.push(ev.symbols.intern(ev.force_plain(share(item))?));
    }
    names.sort_unstable();
    let entries = set.entries(ev.arena);
    let mut builder = AttrsBuilder::with_capacity(entries.len());
    for attr in entries.iter().filter(|a| names.binary_search(&a.name).is_err()) {
        builder.push_copy(attr);
    }
    let rest = builder.finish(ev.arena);
    Ok(Value::Attrs(set.like(ev.arena, rest)))
}

/// `unsafeGetAttrPos name set`: where the attribute was defined, or null.
fn unsafe_get_attr_pos<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let name = ev.symbols.intern(ev.force_plain(args[0])?);
    let place = attrs(ev, args[1])?.get(name).and_then(|attr| attr.place.visible());
    Ok(place.map_or(Value::Null, |position| ev.position_value(position)))
}

/// `zipAttrsWith f sets`: `f name values` for each name in any of the sets.
fn zip_attrs_with<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    super::lists::function(ev, args[0])?;
    let mut found: FxHashMap<Symbol, Vec<Value<'e>>> = FxHashMap::default();
    let mut order: Vec<(Symbol, Place)> = Vec::new();
    for item in list(ev, args[1])?.items {
        for attr in attrs(ev, ev.force_slot(item)?)?.entries(ev.arena) {
            found
                .entry(attr.name)
                .or_insert_with(|| {
                    order.push((attr.name, attr.place.hidden()));
                    Vec::new()
                })
                .push(share(&attr.value));
        }
    }
    let mut builder = AttrsBuilder::with_capacity(order.len());
    for (name, place) in order {
        let values = ev.list(found.remove(&name).unwrap_or_default());
        let text = ev.string_in(ev.symbols.name(name).as_bytes(), &[]);
        builder.push_at(name, place, ev.delayed_call(args[0], &[text, values]));
    }
    Ok(Value::Attrs(builder.finish(ev.arena)))
}
